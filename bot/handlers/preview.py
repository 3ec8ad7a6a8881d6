"""Seeing it: the message with its card, through a subscriber's eyes, or sent to oneself."""

from __future__ import annotations

from bot.chat import Reply
from bot.handlers import preview_as
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.errors import Invalid
from broadcast.services import compose, first_steps, review


async def show(turn: Turn, broadcast_id: int, *, replaces: bool = False) -> list[Reply]:
    """The message exactly as a subscriber will see it, and the control card under it."""
    look = await compose.look_at(turn.core, broadcast_id)
    control = review_card.card(
        turn.core,
        turn.speech,
        look,
        timezone=turn.admin.timezone,
        replaces=replaces,
        reader=turn.admin,
    )
    if look.message.is_empty or replaces:
        return [control]
    if look.problems:
        text = turn.speech.say("It cannot go out like this yet. What to fix is said below.")
        return [Reply(text, content=look.message, refused=True), control]
    return [Reply(content=look.message), control]


async def preview(turn: Turn) -> list[Reply]:
    """`preview 42 [CHANNEL] [LANGUAGE | #ID | a name] [silent]`."""
    broadcast_id = turn.broadcast_id()
    look = await compose.look_at(turn.core, broadcast_id)
    if look.message.is_empty:
        return await show(turn, broadcast_id)
    name = turn.values.get("name")
    words = " ".join(filter(None, (turn.rest(), name if isinstance(name, str) else "")))
    return await preview_as.show(turn, broadcast_id, words)


async def test(turn: Turn) -> list[Reply]:
    """To yourself; with a name, as that subscriber would see it."""
    broadcast_id = turn.broadcast_id()
    look = await compose.look_at(turn.core, broadcast_id)
    if look.message.is_empty:
        raise Invalid(review.NOTHING_IN_IT)
    if look.problems:
        raise Invalid(look.problems[0].template, **look.problems[0].values)
    await first_steps.tested(turn.core, turn.admin)
    if name := turn.rest():
        return await preview_as.show(turn, broadcast_id, name)
    text = turn.speech.say("This is how {name} will see it.", name=turn.admin.name)
    return [Reply(text), Reply(content=look.message)]
