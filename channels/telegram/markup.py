"""RichText and Telegram's entities, both ways. Telegram counts in UTF-16 units, we in characters.

Pure and without aiogram: whoever reads Telegram's JSON may import it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from broadcast.message import FOLDED, Entity, EntityKind, RichText

_NAMES = {
    EntityKind.BOLD: "bold",
    EntityKind.ITALIC: "italic",
    EntityKind.UNDERLINE: "underline",
    EntityKind.STRIKE: "strikethrough",
    EntityKind.SPOILER: "spoiler",
    EntityKind.CODE: "code",
    EntityKind.PRE: "pre",
    EntityKind.QUOTE: "blockquote",
    EntityKind.LINK: "text_link",
    EntityKind.CUSTOM_EMOJI: "custom_emoji",
}
_FOLDED_QUOTE = "expandable_blockquote"
_KINDS = {name: kind for kind, name in _NAMES.items()} | {_FOLDED_QUOTE: EntityKind.QUOTE}
# What Telegram finds in the words by itself: it needs no entity.
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number",
          "bank_card"}  # fmt: skip
KNOWN_KINDS = frozenset(_KINDS) | _FOUND
_VALUES = {
    EntityKind.LINK: "url",
    EntityKind.PRE: "language",
    EntityKind.CUSTOM_EMOJI: "custom_emoji_id",
}
_MUST_HAVE_VALUE = frozenset({EntityKind.LINK, EntityKind.CUSTOM_EMOJI})


def to_telegram(text: RichText) -> list[dict[str, Any]]:
    """Entities as Telegram's JSON objects; what it would refuse (empty, out of the text) is out."""
    if not text.entities:
        return []
    units = _units(text.text)
    made = []
    for entity in text.entities:
        start, end = max(entity.offset, 0), min(entity.offset + entity.length, len(text.text))
        if start >= end or (entity.kind in _MUST_HAVE_VALUE and not entity.value):
            continue
        out: dict[str, Any] = {
            "type": _NAMES[entity.kind],
            "offset": units[start],
            "length": units[end] - units[start],
        }
        if entity.kind is EntityKind.QUOTE and entity.value == FOLDED:
            out["type"] = _FOLDED_QUOTE
        elif (name := _VALUES.get(entity.kind)) and entity.value:
            out[name] = entity.value
        made.append(out)
    return made


def from_telegram(text: str, entities: Sequence[dict[str, Any]]) -> RichText:
    """Entities we know; what Telegram finds by itself (mentions, bare links) needs none."""
    if not entities:
        return RichText(text=text)
    positions = {unit: index for index, unit in enumerate(_units(text))}
    found = (_entity(raw, positions) for raw in entities)
    return RichText(text=text, entities=tuple(entity for entity in found if entity))


def _entity(raw: dict[str, Any], positions: dict[int, int]) -> Entity | None:
    """None for a kind we drop, and for a stretch that does not begin and end with a character."""
    kind = _KINDS.get(str(raw.get("type")))
    offset, length = raw.get("offset"), raw.get("length")
    if kind is None or not isinstance(offset, int) or not isinstance(length, int):
        return None
    start, end = positions.get(offset), positions.get(offset + length)
    value = str(raw.get(_VALUES[kind]) or "") if kind in _VALUES else ""
    if raw.get("type") == _FOLDED_QUOTE:
        value = FOLDED
    if start is None or end is None or start >= end or (kind in _MUST_HAVE_VALUE and not value):
        return None
    return Entity(kind=kind, offset=start, length=end - start, value=value)


def _units(text: str) -> list[int]:
    """For each position between characters, how many UTF-16 units come before it."""
    return list(accumulate((2 if ch > "\uffff" else 1 for ch in text), initial=0))
