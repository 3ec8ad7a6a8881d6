"""Neutral rich text to and from Telegram's entities (UTF-16 offsets), for the console (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.chat import Rows
from broadcast.message import Entity, EntityKind, Message, RichText, utf16_length

PREFIX = "a:"
CALLBACK_BYTES = 64
_TO = {
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
_FROM = {name: kind for kind, name in _TO.items()} | {"expandable_blockquote": EntityKind.QUOTE}
_VALUE = {
    EntityKind.LINK: "url",
    EntityKind.PRE: "language",
    EntityKind.CUSTOM_EMOJI: "custom_emoji_id",
}


def to_entities(text: RichText) -> list[MessageEntity]:
    """Without a parse mode: what people typed can never break a message."""
    out = []
    for entity in text.entities:
        start = utf16_length(text.text[: entity.offset])
        length = utf16_length(text.text[entity.offset : entity.offset + entity.length])
        if not length:
            continue
        field = _VALUE.get(entity.kind)
        extra = {field: entity.value} if field and entity.value else {}
        out.append(MessageEntity(_TO[entity.kind], start, length, **extra))  # type: ignore[arg-type]
    return out


def from_entities(text: str, entities: Iterable[MessageEntity]) -> RichText:
    """Addresses, mentions and hashtags are left out: clients find those by themselves."""
    ends = list(accumulate((2 if ch > "\uffff" else 1) for ch in text))
    at = {0: 0} | {end: i + 1 for i, end in enumerate(ends)}
    out = []
    for entity in entities:
        kind = _FROM.get(entity.type)
        start, end = at.get(entity.offset), at.get(entity.offset + entity.length)
        if kind is None or start is None or end is None:
            continue
        value = getattr(entity, _VALUE[kind]) if kind in _VALUE else None
        out.append(Entity(kind=kind, offset=start, length=end - start, value=value or ""))
    return RichText(text=text, entities=tuple(out))


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Buttons that carry command lines; one too long for Telegram is left out."""
    made = [
        [
            InlineKeyboardButton(button.label[:60], callback_data=PREFIX + button.command)
            for button in row
            if len((PREFIX + button.command).encode()) <= CALLBACK_BYTES
        ]
        for row in rows
    ]
    made = [row for row in made if row]
    return InlineKeyboardMarkup(made) if made else None


def links(message: Message) -> InlineKeyboardMarkup | None:
    """The buttons a subscriber will see."""
    made = [[InlineKeyboardButton(b.label, url=b.url) for b in row] for row in message.buttons]
    return InlineKeyboardMarkup(made) if made else None
