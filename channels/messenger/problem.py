"""Everything that would stop a message on Messenger, each with the way to mend it (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import Message
from channels._kit import links
from channels._kit.marked_text import PLAIN, changes
from channels._kit.unsupported import losses
from channels.messenger.content import (
    MAX_BUTTONS,
    MAX_LABEL,
    MAX_TEMPLATE_TEXT,
    MAX_TEXT,
    links_of,
    words_of,
)

MAX_FILES = 10  # as an album elsewhere
FILE_BYTES = 25 * 2**20  # send-messages/saving-assets


def problems_of(message: Message) -> list[Problem]:
    return list(_problems(message))


def changes_of(message: Message) -> list[Problem]:
    """What people see that was not written like this."""
    labels = [button.label for row in message.buttons for button in row]
    found = links.problems_of("Messenger", links.in_words(message))
    found += changes("Messenger", message.text, PLAIN) + losses("Messenger", message)
    if labels and len(words_of(message)) > MAX_TEMPLATE_TEXT:
        found.append(
            Problem(
                N_("Messenger shows the buttons as lines: the text is over {limit} characters."),
                {"limit": MAX_TEMPLATE_TEXT},
            )
        )
    if any(len(label) > MAX_LABEL for label in labels):
        found.append(
            Problem(
                N_("Messenger cuts a button's label after {limit} characters."),
                {"limit": MAX_LABEL},
            )
        )
    count = len(message.media) + bool(words_of(message).strip())
    if count > 1:
        found.append(
            Problem(
                N_("On Messenger this arrives as {n} messages: the files, then the text."),
                {"n": count},
            )
        )
    return found


def _problems(message: Message) -> Iterator[Problem]:
    yield from links.problems_of("Messenger", links.on_buttons(message))  # Meta refuses these
    buttons = links_of(message)
    length = len(words_of(message)) + sum(len(x["title"]) + len(x["url"]) + 3 for x in buttons)
    if length > MAX_TEXT:
        yield Problem(
            N_("Messenger takes {limit} characters, links included; yours has {length}."),
            {"limit": MAX_TEXT, "length": length},
        )
    if len(buttons) > MAX_BUTTONS:
        yield Problem(
            N_("Messenger shows {limit} buttons at most; yours are {count}."),
            {"limit": MAX_BUTTONS, "count": len(buttons)},
        )
    if buttons and not words_of(message):
        yield Problem(N_("Messenger shows no buttons without a text. Please write one."))
    if len(message.media) > MAX_FILES:
        yield Problem(
            N_("An album holds {limit} files at most; yours has {count}. Please take some out."),
            {"limit": MAX_FILES, "count": len(message.media)},
        )
    for item in message.media:
        if item.size > FILE_BYTES:
            yield Problem(
                N_("“{name}” is too big for Messenger: {limit} MB at most."),
                {"name": item.filename or item.kind.value, "limit": FILE_BYTES // 2**20},
            )
