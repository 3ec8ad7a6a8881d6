"""An author's choice: whether who joins later may still ask for this one."""

from __future__ import annotations

from bot.chat import Reply
from bot.handlers.preview import show
from bot.handlers.turn import Turn
from bot.views.reach import CLOSED, newcomers_button
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.services import compose
from broadcast.services.newcomers import CHOICE, DAYS, OPEN


async def choose(turn: Turn) -> list[Reply]:
    """`newcomers 42 open|closed`; without a choice: the button."""
    broadcast_id, choice = turn.broadcast_id(), turn.rest().strip().lower()
    if not choice:
        row = await compose.get(turn.core, broadcast_id)
        text = turn.speech.say(
            "Who joins within {n} days may ask for this one with /last, if you open it to newcomers.",
            n=DAYS,
        )
        return [Reply(text, ((newcomers_button(turn.speech, row),),))]
    if choice not in {OPEN, CLOSED}:
        raise Invalid(N_("Please choose with the buttons of /newcomers."))
    chosen = {CHOICE: OPEN if choice == OPEN else ""}
    await compose.set_reach(turn.core, turn.admin, broadcast_id, **chosen)
    return await show(turn, broadcast_id, replaces=True)
