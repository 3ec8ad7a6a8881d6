"""Who goes first: `/canary 3 500`, `/canary 3 5%`, either with `ask`, or `off`."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers import card
from bot.handlers.terms import canary_words as words
from bot.handlers.turn import Turn
from broadcast.machine import BroadcastStatus
from broadcast.models import Broadcast
from broadcast.services import compose, safety


async def canary(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    before = row.status  # within a turn the row itself is changed
    if wish := turn.rest():
        chosen = await safety.set_canary(turn.core, turn.admin, broadcast_id, wish)
        said = words(turn.speech, chosen, turn.core.policy.canary_wait_seconds)
        voided = None
        if (await compose.get(turn.core, broadcast_id)).status != before != BroadcastStatus.DRAFT:
            voided = turn.speech.say("It was changed, so it needs approval again.")
        return [Reply(card.lines(card.title(turn.speech, row), said, voided))]
    return [_ask(turn, row)]


def _ask(turn: Turn, row: Broadcast) -> Reply:
    number, plain = row.broadcast_id, turn.speech.plain
    current = words(
        turn.speech, safety.canary_of(turn.core, row), turn.core.policy.canary_wait_seconds
    )
    ask = turn.speech.say("Shall a few go first? Or write it: `/canary {id} 500`", id=number)
    buttons = (
        (Button("100", f"canary {number} 100"), Button("5%", f"canary {number} 5%")),
        (Button(plain("5%, then ask me"), f"canary {number} 5% ask"),),
        (Button(plain("Everyone at once"), f"canary {number} off"),),
    )
    return Reply(card.lines(card.title(turn.speech, row), current, ask), buttons)
