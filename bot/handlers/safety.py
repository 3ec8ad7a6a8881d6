"""Who goes first: `/canary 3 500`, `/canary 3 5%`, either with `ask`, or `off`."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers import preview
from bot.handlers.turn import Turn
from bot.views import changes, review_card
from bot.views.delivery_terms import canary_words as words
from broadcast.models import Broadcast
from broadcast.services import compose, safety
from broadcast.states import BroadcastStatus


async def canary(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    if wish := turn.rest():
        chosen = await safety.set_canary(turn.core, turn.admin, broadcast_id, wish)
        said = words(turn.speech, chosen, turn.core.policy.canary_wait_seconds)
        row = await compose.get(turn.core, broadcast_id)
        if row.status == BroadcastStatus.DRAFT:  # also one that was approved until now
            shown = await preview.show(turn, broadcast_id, replaces=True)
            return shown if said.text in shown[-1].text.text else [Reply(said), *shown]
        return [Reply(review_card.lines(review_card.title(turn.speech, row), said))]
    row = await compose.get(turn.core, broadcast_id)
    return [_ask(turn, row)]


def _ask(turn: Turn, row: Broadcast) -> Reply:
    number, plain = row.broadcast_id, turn.speech.plain
    current = words(
        turn.speech, safety.canary_of(turn.core, row), turn.core.policy.canary_wait_seconds
    )
    ask = turn.speech.say("Shall a few go first? Or write it: `/canary {id} 500`", id=number)
    ask = changes.warning(turn.speech, row, turn.admin.timezone) + ask
    buttons = (
        (Button("100", f"canary {number} 100"), Button("5%", f"canary {number} 5%")),
        (Button(plain("5%, then ask me"), f"canary {number} 5% ask"),),
        (Button(plain("Everyone at once"), f"canary {number} off"),),
    )
    return Reply(review_card.lines(review_card.title(turn.speech, row), current, ask), buttons)
