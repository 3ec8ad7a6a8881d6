"""Who goes first: `/canary 3 500`, `/canary 3 5%`, either with `ask`, or `off`."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers import card
from bot.handlers.turn import Turn
from broadcast.language import Speech
from broadcast.message import RichText
from broadcast.models import Broadcast
from broadcast.safety import Canary
from broadcast.services import compose, safety


async def canary(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    if wish := turn.rest():
        chosen = await safety.set_canary(turn.core, turn.admin, broadcast_id, wish)
        said = words(turn.speech, chosen, turn.core.policy.canary_wait_seconds)
        return [Reply(card.lines(card.title(turn.speech, row), said))]
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


def words(speech: Speech, canary: Canary, wait_seconds: float) -> RichText:
    """What is going to happen, as one sentence."""
    if not canary.number:
        return speech.say("It goes to everyone at once.")
    first = f"{canary.number:g}%" if canary.percent else speech.number(int(canary.number))
    wait = speech.duration(wait_seconds)
    if canary.asks:
        return speech.say(
            "First {first}, then a look for {wait}; then I ask you.", first=first, wait=wait
        )
    return speech.say(
        "First {first}, then a look for {wait}; if all is well it goes on by itself.",
        first=first,
        wait=wait,
    )
