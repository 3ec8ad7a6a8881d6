"""What is said where a file was asked for and the console did not take it, the same on each."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, File, Reply
from broadcast.language import N_, Speech

_NOT_TAKEN = N_("{channel} did not take the file, so you do not have it.")
_PERHAPS = N_("{channel} did not answer, so the file may or may not have come.")


def not_taken(words: Speech, reply: Reply, file: File, channel: str, *, unsure: bool) -> Reply:
    """In place of the file and its words; the way to ask once more before the other ways."""
    text = words.say(_PERHAPS if unsure else _NOT_TAKEN, channel=channel)
    again = (Button(words.plain("Try again"), file.again),)
    return replace(reply, text=text, buttons=(again, *reply.buttons), file=None)
