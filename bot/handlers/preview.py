"""Seeing it: the message as a subscriber will, for oneself or through a subscriber's eyes."""

from __future__ import annotations

from bot.chat import Reply
from bot.handlers import card
from bot.handlers.turn import Turn
from broadcast.errors import Invalid, NotFound
from broadcast.language import N_
from broadcast.services import compose, first_steps
from broadcast.services.subscribe import LANGUAGE_NAMES


async def show(turn: Turn, broadcast_id: int, *, replaces: bool = False) -> list[Reply]:
    """The message exactly as a subscriber will see it, and the control card under it."""
    look = await compose.look(turn.core, broadcast_id)
    control = card.card(
        turn.core, turn.speech, look, timezone=turn.admin.timezone, replaces=replaces
    )
    if look.message.is_empty or replaces:
        return [control]
    if look.problems:
        text = turn.speech.say("It cannot go out like this yet. What to mend is said below.")
        return [Reply(text, content=look.message, refused=True), control]
    return [Reply(content=look.message), control]


async def preview(turn: Turn) -> list[Reply]:
    return await show(turn, turn.broadcast_id())


async def test(turn: Turn) -> list[Reply]:
    """To yourself, as a named subscriber would see it."""
    broadcast_id = turn.broadcast_id()
    look = await compose.look(turn.core, broadcast_id)
    if look.message.is_empty:
        raise Invalid(N_("There is nothing in it yet. Send me the message first."))
    if look.problems:
        raise Invalid(look.problems[0].template, **look.problems[0].values)
    await first_steps.tested(turn.core, turn.admin)
    name = turn.rest()
    if not name:
        text = turn.speech.say("This is how {name} will see it.", name=turn.admin.name)
        return [Reply(text), Reply(content=look.message)]
    person = await compose.find_subscriber(turn.core, name)
    if person is None:
        raise NotFound(N_("No subscriber has that name."))
    text = turn.speech.say(
        "This is how {name} will see it, who reads {language}.",
        name=person.name, language=LANGUAGE_NAMES.get(person.language, person.language),
    )  # fmt: skip
    return [Reply(text), Reply(content=look.message)]
