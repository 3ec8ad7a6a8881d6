"""What is set on a message beside its words: no console shows all of it, and all of it is decided on."""

from __future__ import annotations

from collections.abc import Sequence

from bot.views.quotes import note
from broadcast.channel import Problem
from broadcast.language import Speech
from broadcast.message import LinkPreview, Message, RichText

MOST = 200  # characters of a caption
NOTES = 4  # on a card; the preview shows all of them


def lines_of(speech: Speech, message: Message) -> list[RichText]:
    """One line for each."""
    say = speech.say
    found = []
    for place, item in enumerate(message.media, 1):
        if words := item.caption.text:
            words = words if len(words) <= MOST else words[: MOST - 1] + "…"
            found.append(say("Caption of file {n}: {words}", n=place, words=words))
    hidden = [str(place) for place, item in enumerate(message.media, 1) if item.spoiler]
    if hidden:
        found.append(say("Hidden until it is tapped: file {n}", n=", ".join(hidden)))
    if message.text_above:
        found.append(say("The text stands above the files."))
    return [*found, *_preview(speech, message.preview)]


def notes(speech: Speech, changes: Sequence[Problem]) -> list[RichText]:
    """What some channel shows otherwise, no more than a phone's screen bears."""
    many = len(changes) > NOTES
    some = changes[: NOTES - 1] if many else changes
    found = [note(speech, change) for change in some]
    if many:
        left = len(changes) - len(some)
        found.append(
            speech.say_n(
                "ℹ️ {n} more thing looks different: see Preview.",
                "ℹ️ {n} more things look different: see Preview.",
                left,
            )
        )
    return found


def _preview(speech: Speech, preview: LinkPreview) -> list[RichText]:
    if preview.off:
        return [speech.say("Link preview: off")]
    found = []
    if preview.above:
        found.append(speech.say("Link preview: above the text"))
    if preview.size == "small":
        found.append(speech.say("Link preview: with a small picture"))
    if preview.size == "large":
        found.append(speech.say("Link preview: with a large picture"))
    if preview.url:
        found.append(speech.say("Link preview of {url}", url=preview.url))
    return found
