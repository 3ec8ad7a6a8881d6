"""A Message as the fields of a Bot API call (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.message import MediaKind, Message
from channels.telegram.markup import to_telegram

METHODS = {
    MediaKind.PHOTO: "sendPhoto",
    MediaKind.VIDEO: "sendVideo",
    MediaKind.DOCUMENT: "sendDocument",
    MediaKind.AUDIO: "sendAudio",
    MediaKind.ANIMATION: "sendAnimation",
    MediaKind.VOICE: "sendVoice",
}
Fields = dict[str, Any]


def method_of(message: Message) -> str:
    if not message.media:
        return "sendMessage"
    return "sendMediaGroup" if len(message.media) > 1 else METHODS[message.media[0].kind]


def fields_of(message: Message, files: dict[int, str]) -> Fields:
    """Everything but chat_id; `files` maps media_id to a file_id or `attach://name`.

    Formatting goes as entities, never as parse_mode: what people type cannot break it.
    """
    if not message.media:
        fields = _words(message, "text", "entities")
    elif len(message.media) == 1:
        item = message.media[0]
        fields = {item.kind.value: files[item.media_id]} | _caption(message)
    else:
        album = [{"type": m.kind.value, "media": files[m.media_id]} for m in message.media]
        album[0] |= _caption(message)  # the first item's caption is shown as the album's
        return {"media": album}
    if message.buttons:
        rows = [[{"text": b.label, "url": b.url} for b in row] for row in message.buttons]
        fields["reply_markup"] = {"inline_keyboard": rows}
    return fields


def _caption(message: Message) -> Fields:
    return _words(message, "caption", "caption_entities") if message.text.text else {}


def _words(message: Message, text: str, entities: str) -> Fields:
    fields: Fields = {text: message.text.text}
    if made := to_telegram(message.text):
        fields[entities] = made
    return fields
