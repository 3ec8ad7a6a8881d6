"""Words of people inside ours, and what is wrong or different, as a line of a card (pure)."""

from __future__ import annotations

import re

from broadcast.channel import Problem
from broadcast.language import Speech
from broadcast.message import RichText

_COMMAND = re.compile(r"(?<![\w/:.])/(?=\w)")


def quoted(text: str) -> str:
    """Words of a person's inside ours: no console may take `/start` in them for a command of ours,
    to be written its own way or tapped. An invisible word joiner keeps them apart."""
    return _COMMAND.sub("/\u2060", text)


def warning(speech: Speech, problem: Problem) -> RichText:
    return speech.say("⚠️ {problem}", problem=_worded(speech, problem))


def note(speech: Speech, problem: Problem) -> RichText:
    return speech.say("ℹ️ {note}", note=_worded(speech, problem))


def _worded(speech: Speech, problem: Problem) -> RichText:
    values = {
        name: quoted(value) if isinstance(value, str) else value
        for name, value in problem.values.items()
    }
    return speech.say(problem.template, **values)
