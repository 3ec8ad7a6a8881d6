"""Every command's help, and what is said about wrong use, in the user's language."""

from __future__ import annotations

import gettext
from typing import Any

from broadcast.language import FALLBACK, N_, terminal

# What the command line's library says; the rest of its words are for programmers.
_LIBRARY = (
    N_("Usage:"), N_("Options"), N_("Arguments"), N_("Commands"), N_("Aborted!"), N_("required"),
    N_("default: {default}"), N_("Show this message and exit."), N_("Missing command."),
    N_("Missing argument"), N_("Missing option"), N_("Error: {message}"), N_("No such command {name!r}."),
    N_("No such option {name!r}."), N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"), N_("Option {name!r} requires an argument."),
    N_("Option {name!r} does not take a value."), N_("Got unexpected extra argument ({args})"),
    N_("Got unexpected extra arguments ({args})"), N_("Did you mean {possibility}?"),
    N_("Try '{command} {option}' for help."), N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a directory."), N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is not readable."), N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
)  # fmt: skip


def translate(command: Any) -> None:
    """Put the user's language into a command of typer's and all below it."""
    speech = terminal()
    if speech.language == FALLBACK:
        return
    gettext.dgettext = lambda domain, message: speech.template(message)
    gettext.dngettext = lambda domain, msgid1, msgid2, n: speech.template(
        msgid1 if n == 1 else msgid2
    )
    _put(command)


def key(text: str) -> str:
    """A help text as the catalogs have it: lines are the layout's matter."""
    return " ".join(text.split())


def _put(command: Any) -> None:
    say = terminal().template
    for words in ("help", "short_help"):
        if text := getattr(command, words, None):
            setattr(command, words, say(key(text)))
    for parameter in command.params:
        if text := getattr(parameter, "help", None):
            parameter.help = say(key(text))
    for below in getattr(command, "commands", {}).values():
        _put(below)
