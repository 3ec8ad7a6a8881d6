"""Neutral text drawn as Slack's rich text: exactly the words a subscriber will see (pure).

Rich text holds text literally, so nothing a person typed can become formatting or a mention.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from broadcast.language import N_
from broadcast.message import Entity, EntityKind, RichText
from broadcast.ports import Problem

Block = dict[str, Any]

BLOCK_CHARACTERS = 3000  # Slack names none for rich text; this is a section's (facts 4.3)
_STYLES = {
    EntityKind.BOLD: "bold",
    EntityKind.ITALIC: "italic",
    EntityKind.UNDERLINE: "underline",
    EntityKind.STRIKE: "strike",
    EntityKind.CODE: "code",
    EntityKind.PRE: "code",  # only where it cannot be a block: see areas
}
_AREAS = {EntityKind.PRE, EntityKind.QUOTE}
_JOINED = frozenset("\u200d\ufe0f\u20e3") | {chr(0x1F3FB + n) for n in range(5)}


def to_rich_text(text: RichText) -> list[Block]:
    """Blocks for a message, none for empty text; over BLOCK_CHARACTERS it becomes several.

    Cut after a line, else after a word, else between characters; no character is lost.
    Quotes and code on lines of their own are drawn as such; those that begin or end inside a
    line cannot be: code is drawn inline, a quote as plain words. Spoilers are readable and
    custom emoji ordinary. `shown_differently` says so to the reader.
    """
    return [
        {"type": "rich_text", "elements": _elements(piece)}
        for piece in _cut(text, BLOCK_CHARACTERS)
    ]


def rich_text_value(text: RichText) -> Block:
    """The same in one block of any length, as the initial value of a `rich_text_input`."""
    return {"type": "rich_text", "elements": _elements(text)}


def shown_differently(text: RichText) -> tuple[Problem, ...]:
    """What Slack's preview shows otherwise than a subscriber will see it."""
    kinds = {entity.kind for entity in text.entities}
    found = []
    if EntityKind.SPOILER in kinds:
        found.append(Problem(N_("Slack cannot hide words: the spoiler is readable here.")))
    if EntityKind.CUSTOM_EMOJI in kinds:
        found.append(Problem(N_("Slack shows the special emoji as ordinary ones.")))
    whole = {(area.offset, area.kind) for area in areas(text)}
    asked = {(e.offset, e.kind) for e in _valid(text) if e.kind in _AREAS}
    if asked - whole:
        found.append(Problem(N_("Slack shows a quote or code inside a line more simply.")))
    return tuple(found)


def _elements(text: RichText) -> list[Block]:
    """Each area takes the line break after it: it is the area's own edge.

    Every section before an area ends with its line break; without it Slack's desktop draws the
    section inside the area.
    """
    made, cursor = [], 0
    for area in areas(text):
        start, end = area.offset, area.offset + area.length
        made += _section(text, cursor, start)
        if area.kind == EntityKind.PRE:
            code: Block = {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": text.text[start:end]}],
            }
            made.append(code | ({"language": area.value} if area.value else {}))
        else:
            made.append({"type": "rich_text_quote", "elements": leaves(text, start, end)})
        cursor = end + 1
    return made + _section(text, cursor, len(text.text))


def _section(text: RichText, start: int, end: int) -> list[Block]:
    if start >= end:
        return []
    return [{"type": "rich_text_section", "elements": leaves(text, start, end)}]


def leaves(text: RichText, start: int, end: int) -> list[Block]:
    """One leaf for each stretch in which the formatting does not change."""
    over = [e for e in _valid(text) if e.offset < end and e.offset + e.length > start]
    edges = {start, end}
    for entity in over:
        edges |= {max(entity.offset, start), min(entity.offset + entity.length, end)}
    alone = {(area.offset, area.kind) for area in areas(text)}
    made = []
    for left, right in pairwise(sorted(edges)):
        here = [e for e in over if e.offset <= left and e.offset + e.length >= right]
        styles = {
            _STYLES[e.kind]: True
            for e in here
            if e.kind in _STYLES and (e.offset, e.kind) not in alone
        }
        url = next((e.value for e in here if e.kind == EntityKind.LINK and e.value), "")
        leaf: Block = {"type": "link", "url": url} if url else {"type": "text"}
        leaf["text"] = text.text[left:right]
        made.append(leaf | ({"style": styles} if styles else {}))
    return made


def areas(text: RichText) -> list[Entity]:
    """Quotes and code blocks that stand on lines of their own, trimmed to them, none in another."""
    found: list[Entity] = []
    reached = 0
    wanted = [e for e in _valid(text) if e.kind in _AREAS]
    for entity in sorted(wanted, key=lambda e: (e.offset, -e.length, e.kind)):
        start, end = entity.offset, entity.offset + entity.length
        own_lines = (start == 0 or text.text[start - 1] == "\n") and (
            text.text[end - 1] == "\n" or text.text[end : end + 1] in {"", "\n"}
        )
        end = start + len(text.text[start:end].rstrip("\n"))
        if own_lines and start < end and start >= reached:
            found.append(entity.model_copy(update={"length": end - start}))
            reached = end + 1
    return found


def _valid(text: RichText) -> list[Entity]:
    """Entities cut to the text; empty ones are out."""
    made = []
    for entity in text.entities:
        start = max(entity.offset, 0)
        end = min(entity.offset + entity.length, len(text.text))
        if start < end:
            made.append(entity.model_copy(update={"offset": start, "length": end - start}))
    return made


def _cut(text: RichText, limit: int) -> list[RichText]:
    pieces, start = [], 0
    while start < len(text.text):
        end = start + room(text.text[start:], limit)
        pieces.append(part(text, start, end))
        start = end
    return pieces


def room(text: str, limit: int) -> int:
    """How many characters to take: up to a line's end, else a word's, else what may be parted."""
    if len(text) <= limit:
        return len(text)
    for edge in ("\n", " "):
        if (found := text.rfind(edge, limit // 2, limit)) >= 0:
            return found + 1
    end = limit
    while end > 1 and (text[end] in _JOINED or text[end - 1] == "\u200d" or _combining(text[end])):
        end -= 1
    return end if end > 1 else limit


def _combining(char: str) -> bool:
    return bool(unicodedata.combining(char))


def part(text: RichText, start: int, end: int) -> RichText:
    """The characters from `start` to `end` with their formatting."""
    inside = []
    for entity in _valid(text):
        left, right = max(entity.offset, start), min(entity.offset + entity.length, end)
        if left < right:
            inside.append(
                entity.model_copy(update={"offset": left - start, "length": right - left})
            )
    return RichText(text=text.text[start:end], entities=tuple(inside))


def weight(node: Any) -> int:
    """Characters Slack may count: everything in blocks but the names of their parts."""
    if isinstance(node, str):
        return len(node)
    if isinstance(node, Mapping):
        return sum(weight(v) for k, v in node.items() if k not in {"type", "style", "action_id"})
    return sum(weight(item) for item in node) if isinstance(node, Sequence) else 0
