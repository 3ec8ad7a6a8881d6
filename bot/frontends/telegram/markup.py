"""python-telegram-bot's objects from Telegram's JSON: entities and keyboards of the console (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
)

from bot.chat import Button, Rows
from broadcast.message import Message, RichText, is_visible
from channels.telegram.content import WITH_THUMBNAIL, caption_of, preview_of, told_of
from channels.telegram.content import shown_as as shown_as_fields
from channels.telegram.markup import KNOWN_KINDS, from_telegram, to_telegram

__all__ = [
    "KNOWN_KINDS",
    "WITH_THUMBNAIL",
    "told_of",
]  # what a console knows of a channel comes through here

PREFIX = "a:"
CALLBACK_BYTES = 64
MAX_TEXT = 4096


def to_entities(text: RichText) -> list[MessageEntity]:
    """Without a parse mode: what people typed can never break a message."""
    return list(MessageEntity.de_list(to_telegram(text), None))


def from_entities(text: str, entities: Iterable[MessageEntity]) -> RichText:
    return from_telegram(text, [entity.to_dict() for entity in entities])


def pieces(text: RichText, limit: int = MAX_TEXT) -> list[RichText]:
    """The whole text in stretches Telegram takes, cut after a line or a word where there is one.
    `limit` in UTF-16 units."""
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
    """Buttons that carry command lines; for those too long for Telegram see `typed`."""
    made = [
        [
            InlineKeyboardButton(_label(button), callback_data=PREFIX + button.command)
            for button in row
            if _fits(button)
        ]
        for row in rows
    ]
    made = [row for row in made if row]
    return InlineKeyboardMarkup(made) if made else None


def _label(button: Button) -> str:
    """What people named shows nothing sometimes, and Telegram refuses the whole message then."""
    label = button.label[:60]
    return label if is_visible(label) else button.command


def typed(rows: Rows) -> str:
    """The buttons that do not fit, as lines to be typed: tapping and typing are one."""
    left = [button for row in rows for button in row if not _fits(button)]
    return "".join(f"\n{button.label}: /{button.command}" for button in left)


def _fits(button: Button) -> bool:
    return len((PREFIX + button.command).encode()) <= CALLBACK_BYTES


def shown_as(message: Message, place: int) -> dict[str, Any]:
    """How the file at this place is shown, as arguments of the library: its caption too."""
    fields = caption_of(message, place) | shown_as_fields(message, message.media[place])
    if "caption_entities" in fields:
        fields["caption_entities"] = list(MessageEntity.de_list(fields["caption_entities"], None))
    return fields


def preview_options(message: Message) -> LinkPreviewOptions | None:
    options = preview_of(message.preview)
    return LinkPreviewOptions(**options) if options else None


def links(message: Message) -> InlineKeyboardMarkup | None:
    """The buttons a subscriber will see."""
    made = [[InlineKeyboardButton(b.label, url=b.url) for b in row] for row in message.buttons]
    return InlineKeyboardMarkup(made) if made else None
