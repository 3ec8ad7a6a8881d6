"""Everything that would stop a message on WhatsApp, each with the way to mend it (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast.channel import Problem, Template
from broadcast.language import N_, speech
from broadcast.message import MediaKind, Message, RichText
from broadcast.way_out import AS_BUTTON, AS_WORDS, LEAVE, LEAVE_WORD, is_written
from channels._kit import links
from channels._kit.marked_text import WHATSAPP, changes
from channels._kit.unsupported import losses
from channels.whatsapp.content import (
    CAPTIONLESS,
    MAX_CAPTION,
    MAX_TEXT,
    count_of,
    leave_labels,
    way_out,
    words_of,
)

_ROOM_FOR_LEAVING = 60  # the line that says how to leave
# Sizes: docs/whatsapp/cloud-api media (facts section 1); documents 100 MB.
_BYTES = {
    MediaKind.PHOTO: 5 * 2**20,
    MediaKind.VIDEO: 16 * 2**20,
    MediaKind.ANIMATION: 16 * 2**20,
    MediaKind.AUDIO: 16 * 2**20,
    MediaKind.VOICE: 16 * 2**20,
    MediaKind.DOCUMENT: 100 * 2**20,
}
_TYPES = {
    MediaKind.PHOTO: ("image/jpeg", "image/png"),
    MediaKind.VIDEO: ("video/mp4", "video/3gpp"),
    MediaKind.ANIMATION: ("video/mp4",),
}


MAX_FILES = 10  # as an album elsewhere; WhatsApp itself lets 45 go to one person in a burst


def problems_of(message: Message) -> list[Problem]:
    return [*_words(message), *_files(message)]


def changes_of(message: Message) -> list[Problem]:
    """What people see that was not written like this."""
    found = changes("WhatsApp", message.text, WHATSAPP) + losses("WhatsApp", message)
    found += links.problems_of("WhatsApp", links.in_words(message) + links.on_buttons(message))
    if message.buttons:
        found.append(Problem(N_("WhatsApp shows the buttons as lines under the text.")))
    count = count_of(message)
    if count > 1 and message.media[-1].kind in CAPTIONLESS:
        found.append(
            Problem(
                N_("On WhatsApp this arrives as {n} messages: the files, then the text."),
                {"n": count},
            )
        )
    elif count > 1:
        found.append(
            Problem(
                N_(
                    "On WhatsApp this arrives as {n} messages, a file each, the text under the last."
                ),
                {"n": count},
            )
        )
    return found


def way_out_of(message: Message, language: str) -> Problem | None:
    """How whoever gets it here can leave, as it stands under it."""
    said, shown = speech(language), way_out(message)
    if shown == LEAVE:
        return Problem(AS_BUTTON, {"label": said.plain(LEAVE)})
    return Problem(AS_WORDS, {"words": said.plain(LEAVE_WORD)}) if shown else None


def no_way_out(template: Template) -> list[Problem]:
    """Of a template that says nowhere how to leave; only its own text and buttons go with it."""
    if leave_labels().intersection(template.buttons):
        return []
    texts = (template.header, template.body, template.footer, *template.buttons)
    if any(is_written(Message(text=RichText(text=text))) for text in texts):
        return []
    sentence = N_("The template “{name}” does not show how to leave.")
    return [Problem(sentence, {"name": template.name})]


def _words(message: Message) -> Iterator[Problem]:
    length = len(words_of(message))
    captioned = message.media and message.media[-1].kind not in CAPTIONLESS
    room = _ROOM_FOR_LEAVING if way_out(message) else 0
    limit = (MAX_CAPTION if captioned else MAX_TEXT) - room
    if length > limit:
        yield Problem(
            N_("WhatsApp takes {limit} characters here, links included; yours has {length}."),
            {"limit": limit, "length": length},
        )


def _files(message: Message) -> Iterator[Problem]:
    if len(message.media) > MAX_FILES:
        yield Problem(
            N_("An album holds {limit} files at most; yours has {count}. Please take some out."),
            {"limit": MAX_FILES, "count": len(message.media)},
        )
    for item in message.media:
        name, limit = item.filename or item.kind.value, _BYTES[item.kind]
        if item.size > limit:
            yield Problem(
                N_("“{name}” is too big for WhatsApp: {limit} MB at most."),
                {"name": name, "limit": limit // 2**20},
            )
        allowed = _TYPES.get(item.kind)
        if allowed and item.mime and item.mime not in allowed:
            yield Problem(
                N_("WhatsApp cannot show “{name}” ({mime}). Please send JPEG, PNG or MP4."),
                {"name": name, "mime": item.mime},
            )
