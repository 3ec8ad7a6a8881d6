"""Every command's help, and what is said about wrong use, in the user's language."""

from __future__ import annotations

import gettext
import re
from typing import Any

from broadcast.language import FALLBACK, N_, terminal

# What the command line's library asks gettext for, and what it writes into a help text by itself.
_ASKED = (
    N_("Options"), N_("Arguments"), N_("Commands"), N_("required"), N_("default: {default}"),
)  # fmt: skip
_WRITTEN = (N_("Usage:"), N_("Show this message and exit."))
# What it says of a value, as we say it.
_OF_A_VALUE = (
    (r"'(?P<file>.+)' does not exist\.", N_("{file} is not there.")),
    (r"'(?P<file>.+)' is a directory\.", N_("{file} is a folder.")),
    (r"'(?P<file>.+)' is not readable\.", N_("{file} may not be read by this user.")),
    (r"valid integer", N_("must be a whole number")),
    (r"valid number", N_("must be a number")),
    (r"greater than or equal to (?P<ge>\S+)", N_("must be at least {ge}")),
    (r"less than or equal to (?P<le>\S+)", N_("must be at most {le}")),
)


def translate(command: Any) -> None:
    """Put the user's language into a command of typer's and all below it."""
    speech = terminal()
    if speech.language == FALLBACK:
        return
    gettext.dgettext = lambda domain, message: speech.template(message)
    _put(command)


def wrong_use(error: Any) -> str:
    """What an error of the command line means, and where help is."""
    say, kind = terminal().plain, type(error).__name__
    place = error.ctx.command_path if getattr(error, "ctx", None) else "tellal"
    if kind == "NoArgsIsHelpError":
        return str(error.format_message())
    if kind == "NoSuchOption":
        words = say("There is no option {name}.", name=error.option_name)
    elif kind == "MissingParameter":
        words = say("{name} is missing.", name=_name(error))
    elif kind == "BadParameter":
        words = f"{_name(error)}: {_of_a_value(str(error.message))}"
    elif found := re.search(r"No such command '(.+)'", error.format_message()):
        words = say("There is no command {name}.", name=found[1])
    elif found := re.search(
        r"unexpected extra argument(?:s|\(s\))? \((.+)\)", error.format_message()
    ):
        words = say("{given} is not expected here.", given=found[1])
    else:
        words = error.format_message()
    return words + "\n" + say("Help: {command}", command=f"{place} --help")


def _name(error: Any) -> str:
    parameter = error.param
    if parameter is None:
        return "tellal"
    return str(parameter.opts[-1] if parameter.opts else parameter.name)


def _of_a_value(message: str) -> str:
    for pattern, sentence in _OF_A_VALUE:
        if found := re.search(pattern, message):
            return terminal().plain(sentence, **found.groupdict())
    return message


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
    written = command.get_help
    command.get_help = lambda context: _rewritten(written(context))
    for below in getattr(command, "commands", {}).values():
        _put(below)


def _rewritten(text: str) -> str:
    for words in _WRITTEN:
        text = text.replace(words, terminal().template(words))
    return text
