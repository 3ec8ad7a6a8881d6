"""A Message as Bot API calls, and everything that would stop it on Telegram (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.language import N_
from broadcast.message import Media, MediaKind, Message, utf16_length
from broadcast.ports import Problem
from channels.telegram.markup import to_telegram

MAX_TEXT, MAX_CAPTION, MAX_ENTITIES, MAX_ALBUM = 4096, 1024, 100, 10
PHOTO_BYTES, FILE_BYTES = 10 * 2**20, 50 * 2**20
_METHODS = {
    MediaKind.PHOTO: "sendPhoto",
    MediaKind.VIDEO: "sendVideo",
    MediaKind.DOCUMENT: "sendDocument",
    MediaKind.AUDIO: "sendAudio",
    MediaKind.ANIMATION: "sendAnimation",
    MediaKind.VOICE: "sendVoice",
}
_FAMILY = {
    MediaKind.PHOTO: "picture",
    MediaKind.VIDEO: "picture",
    MediaKind.DOCUMENT: "document",
    MediaKind.AUDIO: "audio",
}


def method_of(message: Message) -> str:
    if not message.media:
        return "sendMessage"
    return "sendMediaGroup" if len(message.media) > 1 else _METHODS[message.media[0].kind]


def fields_of(message: Message, files: dict[int, str]) -> dict[str, Any]:
    """Everything but chat_id; `files` maps media_id to a file_id or `attach://name`."""
    text, entities = message.text.text, to_telegram(message.text)
    fields: dict[str, Any] = {}
    if not message.media:
        fields["text"] = text
        if entities:
            fields["entities"] = entities
    elif len(message.media) == 1:
        item = message.media[0]
        fields[item.kind.value] = files[item.media_id]
        if text:
            fields |= {"caption": text, "caption_entities": entities}
    else:
        fields["media"] = [_album_item(item, files) for item in message.media]
        if text:  # the caption of the first item is shown as the album's
            fields["media"][0] |= {"caption": text, "caption_entities": entities}
    if message.buttons:
        rows = [[{"text": b.label, "url": b.url} for b in row] for row in message.buttons]
        fields["reply_markup"] = {"inline_keyboard": rows}
    return fields


def _album_item(item: Media, files: dict[int, str]) -> dict[str, Any]:
    return {"type": item.kind.value, "media": files[item.media_id]}


def problems_of(message: Message) -> list[Problem]:
    """What Telegram would refuse, each with the way to mend it."""
    found = []
    limit = MAX_CAPTION if message.media else MAX_TEXT
    length = utf16_length(message.text.text)
    if message.is_empty:
        found.append(Problem(N_("There is nothing in it yet. Send me the message first.")))
    if length > limit:
        sentence = (
            N_(
                "The text under a file may have {limit} characters; yours has {length}. Please shorten it."
            )
            if message.media
            else N_("A message may have {limit} characters; yours has {length}. Please shorten it.")
        )
        found.append(Problem(sentence, {"limit": limit, "length": length}))
    if len(message.text.entities) > MAX_ENTITIES:
        found.append(
            Problem(N_("Telegram shows {limit} formatted parts at most. Please use less formatting."),
                    {"limit": MAX_ENTITIES})
        )  # fmt: skip
    return found + _album_problems(message) + _button_problems(message) + _size_problems(message)


def _album_problems(message: Message) -> list[Problem]:
    if len(message.media) < 2:
        return []
    found = []
    if len(message.media) > MAX_ALBUM:
        found.append(Problem(N_("An album holds {limit} files at most."), {"limit": MAX_ALBUM}))
    if len({_FAMILY.get(item.kind, item.kind.value) for item in message.media}) > 1 or any(
        item.kind not in _FAMILY for item in message.media
    ):
        found.append(
            Problem(N_("An album may hold photos and videos together, or only documents, or only music. Please send these separately."))
        )  # fmt: skip
    if message.buttons:
        found.append(
            Problem(N_("Telegram cannot put buttons under an album. Remove the buttons or send one photo."))
        )  # fmt: skip
    return found


def _button_problems(message: Message) -> list[Problem]:
    buttons = [button for row in message.buttons for button in row]
    found = []
    for button in buttons:
        if not button.url.startswith(("http://", "https://", "tg://")):
            found.append(
                Problem(N_("The button “{label}” needs a full web address, beginning with https://."),
                        {"label": button.label})
            )  # fmt: skip
        if not 1 <= len(button.label) <= 64:
            found.append(Problem(N_("A button's label may have 64 characters at most.")))
    if len(buttons) > 100:
        found.append(Problem(N_("There may be 100 buttons at most.")))
    return found


def _size_problems(message: Message) -> list[Problem]:
    found = []
    for item in message.media:
        limit = PHOTO_BYTES if item.kind == MediaKind.PHOTO else FILE_BYTES
        if item.size > limit:
            found.append(
                Problem(N_("“{name}” is too big: {limit} MB at most. Please send a smaller one."),
                        {"name": item.filename or item.kind.value, "limit": limit // 2**20})
            )  # fmt: skip
    return found
