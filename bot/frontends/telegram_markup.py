"""python-telegram-bot's objects from Telegram's JSON: entities and keyboards of the console (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.chat import Rows
from broadcast.message import Message, RichText, utf16_length
from channels.telegram.markup import from_telegram, to_telegram

PREFIX = "a:"
CALLBACK_BYTES = 64
MAX_TEXT = 4096
_CUT = "…"


def to_entities(text: RichText) -> list[MessageEntity]:
    """Without a parse mode: what people typed can never break a message."""
    return list(MessageEntity.de_list(to_telegram(text), None))


def from_entities(text: str, entities: Iterable[MessageEntity]) -> RichText:
    return from_telegram(text, [entity.to_dict() for entity in entities])


def fitting(text: RichText, limit: int = MAX_TEXT) -> RichText:
    """Our own words, cut where Telegram would refuse them whole. `limit` in UTF-16 units."""
    if utf16_length(text.text) <= limit:
        return text
    kept = text.text.encode("utf-16-le")[: 2 * (limit - len(_CUT))].decode("utf-16-le", "ignore")
    entities = tuple(e for e in text.entities if e.offset + e.length <= len(kept))
    return RichText(text=kept + _CUT, entities=entities)


def pieces(text: RichText, limit: int = MAX_TEXT) -> list[RichText]:
    """The whole text in stretches Telegram takes, cut after a line or a word where there is one."""
    made, start = [], 0
    while start < len(text.text):
        taken = text.text[start:].encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
        end = start + len(taken)
        if end < len(text.text):
            edge = max(taken.rfind("\n"), taken.rfind(" "))
            end = start + edge + 1 if edge > 0 else end
        if text.text[start:end].strip():
            made.append(text.part(start, end))
        start = end
    return made


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
