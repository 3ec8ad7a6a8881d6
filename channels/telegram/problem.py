"""Everything that would stop a message on Telegram, each with the way to mend it (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from broadcast.language import N_
from broadcast.message import LinkButton, MediaKind, Message, utf16_length
from broadcast.ports import Problem
from channels.telegram.content import METHODS

MAX_TEXT, MAX_CAPTION, MAX_ENTITIES, MAX_ALBUM = 4096, 1024, 100, 10
MAX_BUTTONS, MAX_LABEL = 100, 64
PHOTO_BYTES, FILE_BYTES = 10 * 2**20, 50 * 2**20
_FAMILY = {  # what may stand together in an album
    MediaKind.PHOTO: "picture",
    MediaKind.VIDEO: "picture",
    MediaKind.DOCUMENT: "document",
    MediaKind.AUDIO: "audio",
}


def problems_of(message: Message) -> list[Problem]:
    """In the order an author reads: words, files, buttons. Empty when all is well."""
    return [*_words(message), *_album(message), *_files(message), *_buttons(message)]


def _words(message: Message) -> Iterator[Problem]:
    if message.is_empty:
        yield Problem(N_("There is nothing in it yet. Send me the message first."))
    # Telegram's unit is unclear (facts 1.4); UTF-16 never counts too little.
    length = utf16_length(message.text.text)
    if message.media and length > MAX_CAPTION:
        yield Problem(
            N_(
                "The text under a file may have {limit} characters; yours has {length}. Please shorten it."
            ),
            {"limit": MAX_CAPTION, "length": length},
        )
    if not message.media and length > MAX_TEXT:
        yield Problem(
            N_("A message may have {limit} characters; yours has {length}. Please shorten it."),
            {"limit": MAX_TEXT, "length": length},
        )
    if len(message.text.entities) > MAX_ENTITIES:
        yield Problem(
            N_("Telegram shows {limit} formatted parts at most. Please use less formatting."),
            {"limit": MAX_ENTITIES},
        )


def _album(message: Message) -> Iterator[Problem]:
    count, kinds = len(message.media), {item.kind for item in message.media}
    if count < 2:
        return
    if count > MAX_ALBUM:
        yield Problem(
            N_("An album holds {limit} files at most; yours has {count}. Please take some out."),
            {"limit": MAX_ALBUM, "count": count},
        )
    if kinds - _FAMILY.keys():
        yield Problem(
            N_("A GIF or a voice message cannot be part of an album. Please send it by itself.")
        )
    elif len({_FAMILY[kind] for kind in kinds}) > 1:
        yield Problem(
            N_(
                "An album may hold photos and videos together, or only documents, or only music. Please send these separately."
            )
        )
    if message.buttons:
        yield Problem(
            N_("Telegram cannot put buttons under an album. Remove the buttons or send one photo.")
        )


def _files(message: Message) -> Iterator[Problem]:
    for item in message.media:
        name = item.filename or item.kind.value
        if item.kind not in METHODS:
            yield Problem(
                N_("Telegram cannot send “{name}” as it is. Please send it as a file."),
                {"name": name},
            )
        limit = PHOTO_BYTES if item.kind == MediaKind.PHOTO else FILE_BYTES
        if item.size > limit:
            yield Problem(
                N_("“{name}” is too big: {limit} MB at most. Please send a smaller one."),
                {"name": name, "limit": limit // 2**20},
            )


def _buttons(message: Message) -> Iterator[Problem]:
    buttons = [button for row in message.buttons for button in row]
    for button in buttons:
        yield from _button(button)
    if len(buttons) > MAX_BUTTONS:
        yield Problem(
            N_("Telegram shows {limit} buttons at most; yours are {count}. Please remove some."),
            {"limit": MAX_BUTTONS, "count": len(buttons)},
        )


def _button(button: LinkButton) -> Iterator[Problem]:
    if not button.label.strip():
        yield Problem(N_("A button needs a label. Please write one before its address."))
    elif len(button.label) > MAX_LABEL:
        yield Problem(
            N_(
                "A button's label may have {limit} characters; “{label}” has {length}. Please shorten it."
            ),
            {"limit": MAX_LABEL, "label": button.label, "length": len(button.label)},
        )
    if not _is_link(button.url):
        yield Problem(
            N_("The button “{label}” needs a full web address, beginning with https://."),
            {"label": button.label},
        )


def _is_link(url: str) -> bool:
    """An address Telegram takes for a button: one bad one would be refused for everybody."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if any(ch.isspace() for ch in url):
        return False
    if parts.scheme == "tg":
        return bool(host)
    return parts.scheme in {"http", "https"} and "." in host.strip(".")
