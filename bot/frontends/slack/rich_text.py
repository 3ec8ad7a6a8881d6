"""Neutral text drawn as Slack's rich text: exactly the words a subscriber will see (pure).

Rich text holds text literally, so nothing a person typed can become formatting or a mention.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import Entity, EntityKind, RichText

Block = dict[str, Any]

URL = 3000  # of a link; a longer address is shown as plain words (facts 4.3)
BLOCK_CHARACTERS = 3000  # Slack names none for rich text; this is a section's (facts 4.3)
_STYLES = {
    EntityKind.BOLD: "bold",
    EntityKind.ITALIC: "italic",
    EntityKind.UNDERLINE: "underline",
    EntityKind.STRIKE: "strike",
    EntityKind.CODE: "code",
    EntityKind.PRE: "code",  # only where it cannot be a block: see areas
}
# Slack lists no languages: an unknown one might be refused, so only well-known ones are named.
_LANGUAGES = {
    *("c", "cpp", "csharp", "css", "go", "html", "java", "javascript", "json", "kotlin", "php"),
    *("python", "ruby", "rust", "shell", "sql", "swift", "typescript", "xml", "yaml"),
}
_ADDRESS = re.compile(r"(https?://[^\s<>\"“”]*[^\s<>\"“”.,;:!?'’)\]}…])")
_AREAS = {EntityKind.PRE, EntityKind.QUOTE}
_JOINED = frozenset("\u200d\ufe0f\u20e3") | {chr(0x1F3FB + n) for n in range(5)}


def to_rich_text(text: RichText) -> list[Block]:
    """Blocks for a message, none for empty text; over BLOCK_CHARACTERS it becomes several.

    Cut after a line, else after a word, else between characters; no character is lost.
    Quotes and code on lines of their own are drawn as such; those that begin or end inside a
    line cannot be: code is drawn inline, a quote as plain words. Spoilers are readable and
    custom emoji ordinary. `shown_differently` says so to the reader. Bare addresses can be clicked,
    as subscribers' apps let them.
    """
    return [
        {"type": "rich_text", "elements": [_clickable(element) for element in _elements(piece)]}
        for piece in _cut(text, BLOCK_CHARACTERS)
    ]


def rich_text_value(text: RichText) -> Block:
    """The same in one block of any length, as the initial value of a `rich_text_input`.

    Read again, nothing has changed but what `shown_differently` says, and a line break that ends
    the text after a quote or code.
    """
    return {"type": "rich_text", "elements": _elements(text)}


def shown_differently(text: RichText) -> tuple[Problem, ...]:
    """What Slack's preview shows otherwise than a subscriber will see it."""
    kinds = {entity.kind for entity in text.entities}
    found = []
    if EntityKind.SPOILER in kinds:
        found.append(Problem(N_("Slack cannot hide words: the spoiler is readable here.")))
    if EntityKind.CUSTOM_EMOJI in kinds:
        found.append(Problem(N_("Slack shows the special emoji as ordinary ones.")))
    whole = {(area.offset, area.kind) for area in areas_of(text)}
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
    for area in areas_of(text):
        start, end = area.offset, area.offset + area.length
        made += _section(text, cursor, start)
        if area.kind == EntityKind.PRE:
            code: Block = {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": text.text[start:end]}],
            }
            known = {"language": area.value} if area.value in _LANGUAGES else {}
            made.append(code | known)
        else:
            made.append({"type": "rich_text_quote", "elements": leaves_of(text, start, end)})
        cursor = end + 1
    return made + _section(text, cursor, len(text.text))


def _section(text: RichText, start: int, end: int) -> list[Block]:
    if start >= end:
        return []
    return [{"type": "rich_text_section", "elements": leaves_of(text, start, end)}]


def leaves_of(text: RichText, start: int, end: int) -> list[Block]:
    """One leaf for each stretch in which the formatting does not change."""
    over = [e for e in _valid(text) if e.offset < end and e.offset + e.length > start]
    edges = {start, end}
    for entity in over:
        edges |= {max(entity.offset, start), min(entity.offset + entity.length, end)}
    alone = {(area.offset, area.kind) for area in areas_of(text)}
    made = []
    for left, right in pairwise(sorted(edges)):
        here = [e for e in over if e.offset <= left and e.offset + e.length >= right]
        styles = {
            _STYLES[e.kind]: True
            for e in here
            if e.kind in _STYLES and (e.offset, e.kind) not in alone
        }
        links = [e.value for e in here if e.kind == EntityKind.LINK and len(e.value) <= URL]
        url = links[0] if links else ""
        leaf: Block = {"type": "link", "url": url} if url else {"type": "text"}
        leaf["text"] = text.text[left:right]
        made.append(leaf | ({"style": styles} if styles else {}))
    return made


def _clickable(element: Block) -> Block:
    """With bare addresses as links; a link without words of its own reads back as plain text."""
    if element["type"] == "rich_text_preformatted":
        return element
    made = []
    for leaf in element["elements"]:
        if leaf["type"] == "link" or leaf.get("style", {}).get("code"):
            made.append(leaf)
            continue
        rest = {name: value for name, value in leaf.items() if name == "style"}
        for index, words in enumerate(_ADDRESS.split(leaf["text"])):
            if words:
                link = index % 2 and len(words) <= URL
                kind = {"type": "link", "url": words} if link else {"type": "text", "text": words}
                made.append(kind | rest)
    return element | {"elements": made}


def areas_of(text: RichText) -> list[Entity]:
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
            found.append(_moved(entity, start, end))
            reached = end + 1
    return found


def _valid(text: RichText) -> list[Entity]:
    """Entities cut to the text; empty ones are out."""
    made = []
    for entity in text.entities:
        start = max(entity.offset, 0)
        end = min(entity.offset + entity.length, len(text.text))
        if start < end:
            made.append(_moved(entity, start, end))
    return made


def _moved(entity: Entity, start: int, end: int) -> Entity:
    if (start, end) == (entity.offset, entity.offset + entity.length):
        return entity
    return entity.model_copy(update={"offset": start, "length": end - start})


def _cut(text: RichText, limit: int) -> list[RichText]:
    pieces, start = [], 0
    while start < len(text.text):
        end = start + characters_to_take(text.text[start:], limit)
        pieces.append(text.part(start, end))
        start = end
    return pieces


def characters_to_take(text: str, limit: int) -> int:
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


def count_characters(node: Any) -> int:
    """Characters Slack may count: everything in blocks but the names of their parts."""
    if isinstance(node, str):
        return len(node)
    if isinstance(node, Mapping):
        return sum(
            count_characters(v) for k, v in node.items() if k not in {"type", "style", "action_id"}
        )
    return sum(count_characters(item) for item in node) if isinstance(node, Sequence) else 0
