"""Slack's emoji names as Unicode (pure)."""

from __future__ import annotations

import re

import emoji

_NAME = re.compile(r"[\w+'&.-]+")
_TONES = {f"skin-tone-{n}": chr(0x1F3FB + n - 2) for n in range(2, 7)}
_FLAG = re.compile(r"flag-([a-z]{2})")
_REGIONAL_A = 0x1F1E6


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
    """By the alias table; Slack writes some names with hyphens and another word for the person."""
    if name in _TONES:
        return _TONES[name]
    if flag := _FLAG.fullmatch(name):
        return "".join(chr(_REGIONAL_A + ord(letter) - ord("a")) for letter in flag[1])
    if not _NAME.fullmatch(name):
        return ""
    words = name.replace("-", "_")
    for candidate in (
        name,
        words,
        re.sub(r"^male_", "man_", words),
        re.sub(r"^female_", "woman_", words),
    ):
        shortcode = f":{candidate}:"
        found = emoji.emojize(shortcode, language="alias")
        if found != shortcode:
            return found
    return ""


def _toned(found: str, tone: str) -> str:
    """With the skin tone, where this emoji has one and does not carry it already."""
    if not tone or any(known in found for known in _TONES.values()):
        return found
    toned = found[0] + tone + found[1:].removeprefix("\ufe0f")
    return toned if emoji.is_emoji(toned) else found
