"""A launched broadcast gets other content: written while it rests, for those who have not got it."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers import control
from bot.handlers.turn import Turn
from bot.views import forms
from broadcast.errors import TooLate
from broadcast.language import N_
from broadcast.services import compose, correct, report
from broadcast.states import BroadcastStatus

BACK = "back"
_RUNNING = frozenset({BroadcastStatus.SENDING, BroadcastStatus.WATCHING, BroadcastStatus.WAITING})


async def begin(turn: Turn) -> list[Reply]:
    """Ask for the corrected message; `/correct 3 back` takes a correction back."""
    broadcast_id = turn.broadcast_id()
    if turn.rest() == BACK:
        row = await correct.take_back(turn.core, turn.admin, broadcast_id)
        await turn.focus(None)
        return [await control.show_status(turn, row, replaces=True)]
    row = await compose.get(turn.core, broadcast_id)
    if row.status in _RUNNING:
        raise TooLate(
            N_("Pause it first: a message can be corrected only while nothing is being sent.")
        )
    compose.may_edit(turn.admin, row)
    await turn.ask(broadcast_id, "content")
    sums = await report.sums(turn.core, broadcast_id)
    text = turn.speech.say(
        "Send me the corrected message for *#{id}*. Those who have it already ({sent}) get no second one; it goes to the others once it is approved.",
        id=broadcast_id, sent=turn.speech.number(sums.sent),
    )  # fmt: skip
    rows = (
        (
            Button(turn.speech.plain("Change its buttons"), f"button {broadcast_id}"),
            Button(turn.speech.plain("Back"), f"status {broadcast_id}"),
        ),
    )
    return [Reply(text, rows, form=forms.composing(turn, row))]
