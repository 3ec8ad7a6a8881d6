"""Slack's emoji names as Unicode (pure); emoji.json is made by generate_slack_emoji."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import emoji
import orjson

_TONES = {f"skin-tone-{n}": chr(0x1F3FB + n - 2) for n in range(2, 7)}
_FLAG = re.compile(r"flag-([a-z]{2})")
_REGIONAL_A = 0x1F1E6
_ALSO = {"simple_smile": "\U0001f642"}  # Slack's own older name for :slightly_smiling_face:


@cache
def _names() -> dict[str, str]:
    file = Path(__file__).with_name("emoji.json")
    names: dict[str, str] = orjson.loads(file.read_bytes())
    return names | _ALSO


def unicode_of(name: str, codes: str = "", skin_tone: int = 0) -> str:
    """The character(s) of an emoji; empty for a workspace's own one.

    `name` as between the colons, with or without `::skin-tone-3`. `codes` is what rich text adds
    for a standard emoji: code points in hex, joined by hyphens. `skin_tone` is 2 to 6, or 0.
    """
    base, _, tone = name.partition("::")
    tone = tone or (f"skin-tone-{skin_tone}" if skin_tone else "")
    found = _decoded(codes) or _named(base)
    return _toned(found, _TONES.get(tone, "")) if found else ""


def _decoded(codes: str) -> str:
    try:
        found = "".join(chr(int(code, 16)) for code in codes.split("-")) if codes else ""
        found.encode()
    except (ValueError, OverflowError):  # no number, no code point, half a surrogate pair
        return ""
    return found


def _named(name: str) -> str:
    """By Slack's own list; the alias table of `emoji` knows what is newer than that."""
    if name in _TONES:
        return _TONES[name]
    if found := _names().get(name):
        return found
    if flag := _FLAG.fullmatch(name):
        return "".join(chr(_REGIONAL_A + ord(letter) - ord("a")) for letter in flag[1])
    shortcode = f":{name}:"
    found = emoji.emojize(shortcode, language="alias")
    return found if found != shortcode and emoji.is_emoji(found) else ""


def _toned(found: str, tone: str) -> str:
    """With the skin tone, where this emoji has one and does not carry it already."""
    if not tone or any(known in found for known in _TONES.values()):
        return found
    toned = found[0] + tone + found[1:].removeprefix("\ufe0f")
    return toned if emoji.is_emoji(toned) else found
