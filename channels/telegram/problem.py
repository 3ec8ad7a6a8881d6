"""Everything that would stop a message on Telegram, each with the way to mend it (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import (
    EntityKind,
    LinkButton,
    Media,
    MediaKind,
    Message,
    RichText,
    is_visible,
)
from broadcast.way_out import is_added
from channels.telegram.content import METHODS, with_line
from channels.telegram.web_address import is_address, opens

MAX_TEXT, MAX_CAPTION, MAX_ENTITIES, MAX_ALBUM = 4096, 1024, 100, 10
MAX_BUTTONS, MAX_LABEL = 100, 64
# A photo as TDLib measures it (files/FileLoaderUtils.cpp), any other file as the Bot API says it.
PHOTO_BYTES, FILE_BYTES = 10 * 2**20, 50_000_000
READ_BYTES = 10 * 10**6  # measured: of a larger film Telegram reads neither size nor length
PHOTO_EDGES, PHOTO_RATIO = 10_000, 20  # width and height together; the longer to the shorter
_PHOTO_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/tiff", "image/bmp", "image/webp"}
)
_FAMILY = {  # what may stand together in an album
    MediaKind.PHOTO: "picture",
    MediaKind.VIDEO: "picture",
    MediaKind.DOCUMENT: "document",
    MediaKind.AUDIO: "audio",
}


# core.telegram.org/bots/api#formatting-options; since Bot API 9.4 the owner's Premium is enough. The
# API does not tell a bot whether it may, and takes the message either way.
_SPECIAL_EMOJI = Problem(
    N_(
        "Telegram shows special emoji only if the bot's owner has Telegram Premium or the bot has a username from Fragment. Otherwise people see ordinary ones."
    )
)


def problems_of(message: Message, language: str = "en") -> list[Problem]:
    """In the order an author reads: words, files, buttons. Empty when all is well. `language`: of the
    line under an album that says how to leave."""
    if len(message.media) > 1 and is_added(message):
        message = with_line(message, language)
    return [*_words(message), *_album(message), *_files(message), *_buttons(message)]


def changes_of(message: Message) -> list[Problem]:
    """What people see that was not written like this. Telegram leaves a link that it would not open
    out, and says nothing."""
    texts = (message.text, *(item.caption for item in message.media))
    lost = {e.value for text in texts for e in text.entities if e.kind is EntityKind.LINK}
    links = [
        Problem(
            N_("Telegram does not open “{url}”: those words come without a link."), {"url": url}
        )
        for url in sorted(lost)
        if not opens(url)
    ]
    special = any(e.kind is EntityKind.CUSTOM_EMOJI for text in texts for e in text.entities)
    squares = [_square(item) for item in message.media if _is_square(item)]
    return [*links, *([_SPECIAL_EMOJI] if special else []), *squares]


def _is_square(item: Media) -> bool:
    """Whether neither we nor Telegram will find out how large and how long a film is."""
    moves = item.kind in {MediaKind.VIDEO, MediaKind.ANIMATION}
    return moves and item.size > READ_BYTES and not (item.width and item.height)


def _square(item: Media) -> Problem:
    return Problem(
        N_(
            "“{name}” is over 10 MB and came without its size and length: until it is opened, Telegram shows it as a square of 0:00."
        ),
        {"name": item.filename or item.kind.value},
    )


def length_of(text: str) -> int:
    """As Telegram counts: code points, without white space at the ends."""
    return len(text.replace("\r", "").strip(" \n\t"))


def _words(message: Message) -> Iterator[Problem]:
    if message.is_empty:
        yield Problem(N_("There is nothing in it yet. Send me the message first."))
    if not message.media:
        yield from _fits(
            message.text, MAX_TEXT,
            N_("A message may have {limit} characters; yours has {length}. Please shorten it."),
        )  # fmt: skip
    for text in (message.text, *(item.caption for item in message.media)) if message.media else ():
        yield from _fits(
            text, MAX_CAPTION,
            N_(
                "The text under a file may have {limit} characters; yours has {length}. Please shorten it."
            ),
        )  # fmt: skip


def _fits(text: RichText, limit: int, sentence: str) -> Iterator[Problem]:
    if (length := length_of(text.text)) > limit:
        yield Problem(sentence, {"limit": limit, "length": length})
    if len(text.entities) > MAX_ENTITIES:
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
                {"name": name, "limit": limit // 10**6},
            )
        if item.kind is MediaKind.PHOTO:
            yield from _photo(item, name)


def _photo(item: Media, name: str) -> Iterator[Problem]:
    if item.mime and item.mime not in _PHOTO_TYPES:
        yield Problem(
            N_(
                "Telegram cannot show “{name}” ({mime}) as a photo. Please send JPEG or PNG, or send it as a file."
            ),
            {"name": name, "mime": item.mime},
        )
    long, short = max(item.width, item.height), min(item.width, item.height)
    if short and (long + short > PHOTO_EDGES or long > PHOTO_RATIO * short):
        yield Problem(
            N_(
                "“{name}” has {width} × {height} pixels. Telegram takes a photo whose width and height come to {limit} together, the one at most {ratio} times the other. Please make it smaller, or send it as a file."
            ),
            {
                "name": name, "width": item.width, "height": item.height, "limit": PHOTO_EDGES,
                "ratio": PHOTO_RATIO,
            },
        )  # fmt: skip


def _buttons(message: Message) -> Iterator[Problem]:
    buttons = [button for row in message.buttons for button in row]
    for button in buttons:
        yield from _button(button)
    most = MAX_BUTTONS - is_added(message)  # the one to leave
    if len(buttons) > most:
        yield Problem(
            N_("Telegram shows {limit} buttons at most; yours are {count}. Please remove some."),
            {"limit": most, "count": len(buttons)},
        )


def _button(button: LinkButton) -> Iterator[Problem]:
    if not is_visible(button.label):
        yield Problem(N_("A button needs a label. Please write one before its address."))
    elif len(button.label) > MAX_LABEL:
        yield Problem(
            N_(
                "A button's label may have {limit} characters; “{label}” has {length}. Please shorten it."
            ),
            {"limit": MAX_LABEL, "label": button.label, "length": len(button.label)},
        )
    if not is_address(button.url):
        yield Problem(
            N_(
                "Telegram does not open “{url}”, the address of the button “{label}”. Please give one that begins with https:// and has no mistake in it."
            ),
            {"label": button.label, "url": button.url},
        )
