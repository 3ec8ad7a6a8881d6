"""RichText and Telegram's entities, both ways. Telegram counts in UTF-16 units, we in characters."""

from __future__ import annotations

from typing import Any

from broadcast.message import Entity, EntityKind, RichText, utf16_length

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
_KINDS = {name: kind for kind, name in _NAMES.items()} | {"expandable_blockquote": EntityKind.QUOTE}
_VALUES = {
    EntityKind.LINK: "url",
    EntityKind.PRE: "language",
    EntityKind.CUSTOM_EMOJI: "custom_emoji_id",
}


def to_telegram(text: RichText) -> list[dict[str, Any]]:
    """Entities as Telegram's JSON objects."""
    made = []
    for entity in text.entities:
        start, end = entity.offset, entity.offset + entity.length
        out: dict[str, Any] = {
            "type": _NAMES[entity.kind],
            "offset": utf16_length(text.text[:start]),
            "length": utf16_length(text.text[start:end]),
        }
        if (name := _VALUES.get(entity.kind)) and entity.value:
            out[name] = entity.value
        made.append(out)
    return made


def from_telegram(text: str, entities: list[dict[str, Any]]) -> RichText:
    """Entities we know; what Telegram finds by itself (mentions, bare links) needs none."""
    positions = {0: 0}
    units = 0
    for index, character in enumerate(text, start=1):
        units += 2 if character > "\uffff" else 1
        positions[units] = index
    found = []
    for raw in entities:
        kind = _KINDS.get(str(raw.get("type")))
        start = positions.get(int(raw["offset"]))
        end = positions.get(int(raw["offset"]) + int(raw["length"]))
        if kind is None or start is None or end is None:
            continue
        value = str(raw.get(_VALUES.get(kind, ""), "") or "")
        found.append(Entity(kind=kind, offset=start, length=end - start, value=value))
    return RichText(text=text, entities=tuple(found))
