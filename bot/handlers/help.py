"""How a command is found: what each does, with an example; what a wrong word may have meant; what
can be done instead of what was refused. A suggestion explains and never acts."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot import command_names
from bot.chat import Button, Reply, Rows
from bot.command_examples import HELP
from bot.handlers import menu
from bot.handlers.menu import Known
from bot.handlers.turn import Turn
from bot.views.review_card import lines, sentence
from broadcast.context import Core
from broadcast.errors import CannotDo, Invalid, NotFound
from broadcast.language import Speech
from broadcast.models import Admin

_NEAR, _NOTICE = 0.7, 190


def overview(turn: Turn, commands: Sequence[Known], rows: Rows) -> Reply:
    """All of these, a line each."""
    say, language = turn.speech.say, turn.speech.language
    listed = [
        say(
            "/{name}: {what}",
            name=command_names.shown(row.name, language),
            what=say(row.description),
        )
        for row in commands
    ]
    head = say("Everything can be done with the buttons. These commands do the same:")
    more = say(
        "To have one explained, write for example `/{help} {name}`.",
        help=command_names.shown("help", language), name=command_names.shown("schedule", language),
    )  # fmt: skip
    return Reply(lines(head, *listed, more), rows)


def explained(turn: Turn, row: Known) -> Reply:
    """One command with an example, and the button that runs it."""
    speech = turn.speech
    called = speech.say("*/{name}*", name=command_names.shown(row.name, speech.language))
    what = speech.say(HELP.get(row.name, row.description))
    button = Button(speech.capital(speech.plain(row.description)), row.name)
    return Reply(lines(called, what), ((button,), (Button(speech.plain("Help"), "help"),)))


def unknown(turn: Turn, word: str, commands: Sequence[Known]) -> Reply:
    """What they may have meant, in any language; its button explains it."""
    speech, may = turn.speech, {row.name for row in commands}
    spelled = {typed: row for typed, row in command_names.by_name().items() if row in may}
    near = difflib.get_close_matches(command_names.folded(word), spelled, 1, _NEAR)
    help_ = (Button(speech.plain("Help"), "help"),)
    if not near:
        text = speech.say(
            "I do not know “{name}”. /{help} shows what I can do.", name=word[:40],
            help=command_names.shown("help", speech.language),
        )  # fmt: skip
        return Reply(text, (help_,))
    meant = spelled[near[0]]
    shown = command_names.shown(meant, speech.language)
    text = speech.say("I do not know “{name}”. Did you mean /{near}?", name=word[:40], near=shown)
    button = Button(speech.plain("What does /{name} do?", name=shown), f"help {meant}")
    return Reply(text, ((button,), help_))


async def refused(core: Core, speech: Speech, admin: Admin | None, refusal: CannotDo) -> Reply:
    """Why not, and what can be done instead; what was only written wrongly says so itself."""
    text = sentence(speech, refusal.template, refusal.values)
    rows: Rows = ()
    if admin is not None and not isinstance(refusal, Invalid):
        rows = await menu.rows(core, speech, admin)
        number = refusal.values.get("id")
        if isinstance(number, int) and not isinstance(refusal, NotFound):
            rows = ((Button(speech.plain("Open #{id}", id=number), f"open {number}"),), *rows)
    return Reply(text, rows, notice=text.text[:_NOTICE])
