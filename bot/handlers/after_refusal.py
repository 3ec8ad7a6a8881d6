"""The next step beside a refusal: nobody is told no without a way on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from bot import command_names
from bot.chat import Button, Rows
from bot.handlers import menu
from bot.handlers.menu import Known
from bot.handlers.turn import Turn
from broadcast.errors import CannotDo, Invalid, NotFound
from broadcast.language import N_
from broadcast.services import compose, review

Find = Callable[[str], Known | None]

_NAMED = re.compile(r"(?<![\w/:.])/([a-z]+)")
_ABOUT_ONE = frozenset({"audience", "content", "newcomers", "outside", "versions", "cancel"})
_LABELS: Mapping[str, str] = {
    "share": N_("Share the link"), "audience": N_("Audience"), "content": N_("Edit"),
}  # fmt: skip
# What mends it where the sentence names no command.
_MENDS: Mapping[str, tuple[str, ...]] = {
    review.NOBODY: ("share", "audience"),
    review.NOTHING_IN_IT: ("content",),
}


async def on(turn: Turn, refusal: CannotDo, find: Find) -> Rows:
    """What mends it, the commands it names, and for what was only written wrongly the broadcast it
    was about, the command explained, or else what fits now."""
    number = await _about(turn, refusal)
    wanted = (*_MENDS.get(refusal.template, ()), *_NAMED.findall(refusal.template))
    rows = [(one,) for one in _commands(turn, dict.fromkeys(wanted), number, find)]
    if not isinstance(refusal, Invalid):
        return tuple(rows)
    plain, row = turn.speech.plain, find(turn.request.command)
    if number is not None:
        rows.append((Button(plain("Open #{id}", id=number), f"open {number}"),))
    if row is not None and not turn.request.pressed and row.name in command_names.NAMES:
        shown = command_names.shown(row.name, turn.speech.language)
        rows.append((Button(plain("What does /{name} do?", name=shown), f"help {row.name}"),))
    return tuple(rows) or await menu.rows(turn.core, turn.speech, turn.admin)


def _commands(
    turn: Turn, wanted: Iterable[str], number: int | None, find: Find
) -> Iterable[Button]:
    for word in wanted:
        row = find(word)
        if row is None or turn.admin.role not in row.roles:
            continue
        words = turn.speech
        label = _LABELS.get(row.name)
        label = words.plain(label) if label else words.capital(words.plain(row.description))
        if row.name not in _ABOUT_ONE:
            yield Button(label, row.name)
        elif number is not None:
            yield Button(label, f"{row.name} {number}")


async def _about(turn: Turn, refusal: CannotDo) -> int | None:
    """The broadcast it was about, if there is one."""
    head = (turn.words or [""])[0].lstrip("#")
    asked = turn.identity.asking.split(":")[1:2]
    given = refusal.values.get("id", head if turn.request.command else (asked or [""])[0])
    number = int(str(given)) if str(given).isdecimal() else turn.identity.draft_id
    if number is None:
        return None
    try:
        return (await compose.get(turn.core, min(number, 2**53))).broadcast_id
    except NotFound:
        return None
