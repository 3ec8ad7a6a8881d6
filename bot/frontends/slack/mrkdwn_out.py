"""Neutral text as Slack's mrkdwn: notifications, small texts of ours in a section (pure)."""

from __future__ import annotations

import re
from bisect import bisect_right

from bot.frontends.slack.rich_text import areas_of, leaves_of
from broadcast.message import EntityKind, RichText

# Markers cannot be escaped in mrkdwn, and full-width ones act too; a likeness is only a sign.
_LIKENESS = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "＊": "﹡", "＿": "ˍ", "～": "∼", "｀": "ˋ"}
_ACTING = re.compile(r"(?<![^\W_])[*_~＊＿～]|[*_~＊＿～](?![^\W_])|[`｀]")
_ADDRESS = re.compile(r"https?://[^\s<>|]+")
_SHORTCODE = re.compile(r":(?=[\w+'-]+:)")
_QUOTE_SIGN = re.compile(r"^(?=[>＞])", re.MULTILINE)
_SIGNS = (("code", "`"), ("strike", "~"), ("italic", "_"), ("bold", "*"))
_SOFT_HYPHEN, _ZERO_WIDTH = "\u00ad", "\u200b"
_IN_ADDRESS = {"&": "&amp;", "<": "%3C", ">": "%3E", "|": "%7C", " ": "%20"}


def to_mrkdwn(text: RichText) -> str:
    """Formatting of ours acts; what a person typed stays words, never a mention or formatting.

    A marker that would act becomes its likeness (`*` → `∗`); an emoji shortcode and a leading `>`
    get an invisible character. Underline, spoilers and custom emoji become plain. What must be
    exact to the letter belongs in rich text.
    """
    plain = _literal(text)
    out, cursor = "", 0
    for area in areas_of(plain):
        start, end = area.offset, area.offset + area.length
        out += _inline(plain, cursor, start)
        if area.kind == EntityKind.PRE:
            out += f"```\n{_escape(plain.text[start:end])}\n```"
        else:
            out += "\n".join(f"> {line}" for line in _inline(plain, start, end).split("\n"))
        out += "\n" if end < len(plain.text) else ""
        cursor = end + 1
    return out + _inline(plain, cursor, len(plain.text))


def _literal(text: RichText) -> RichText:
    """The same words without any sign that acts; code keeps all but its backticks."""
    code = {
        position
        for entity in text.entities
        if entity.kind in {EntityKind.CODE, EntityKind.PRE}
        for position in range(max(entity.offset, 0), entity.offset + entity.length)
    }
    signs = list(text.text)
    # An address acts as a whole: no marker in it does, and each letter of it counts.
    exact = code | {
        position for address in _ADDRESS.finditer(text.text) for position in range(*address.span())
    }
    for found in _ACTING.finditer(text.text):
        if found.start() not in exact or found[0] in "`｀":
            signs[found.start()] = _LIKENESS[found[0]]
    added = {found.end(): _ZERO_WIDTH for found in _SHORTCODE.finditer(text.text)}
    added |= {found.start(): _SOFT_HYPHEN for found in _QUOTE_SIGN.finditer(text.text)}
    places = sorted(place for place in added if place not in exact)
    for place in reversed(places):
        signs.insert(place, added[place])
    moved = []
    for entity in text.entities:
        start = entity.offset + bisect_right(places, entity.offset - 1)
        end = entity.offset + entity.length
        end += bisect_right(places, end - 1)
        moved.append(entity.model_copy(update={"offset": start, "length": end - start}))
    return RichText(text="".join(signs), entities=tuple(moved))


def _inline(text: RichText, start: int, end: int) -> str:
    """Markers stand within one line and tight around words; glued to a word they get a gap."""
    if start >= end:
        return ""
    out, closed = "", False
    for leaf in leaves_of(text, start, end):
        for index, line in enumerate(leaf["text"].split("\n")):
            out += "\n" if index else ""
            made, marked = _styled(line, leaf.get("url", ""), leaf.get("style", {}))
            if (closed and made[:1].isalnum()) or (marked and out[-1:].isalnum()):
                out += _ZERO_WIDTH
            out += made
            closed = marked if made else closed and not index
    return out


def _styled(line: str, url: str, style: dict[str, bool]) -> tuple[str, bool]:
    """The line in mrkdwn, and whether it begins or ends with a marker."""
    core = line.strip()
    if not core:
        return line, False
    made = _escape(core)
    if url:
        made = f"<{''.join(_IN_ADDRESS.get(char, char) for char in url)}|{made}>"
    signs = [sign for name, sign in _SIGNS if style.get(name) and not (url and name == "code")]
    for sign in signs:
        made = sign + made + sign
    lead, _, trail = line.partition(core)
    return lead + made + trail, bool(signs)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
