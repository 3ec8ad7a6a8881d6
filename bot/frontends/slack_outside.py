"""People in the workspace who are not in the team: told kindly, alone, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.chat import Reply
from bot.frontends.slack_answer import Answerer
from bot.frontends.slack_event import Kind, origin
from broadcast.language import N_, Speech

# No word about what there is.
OUTSIDE = N_("Sorry, this is not open to you yet. Please ask an admin here for an invitation.")


async def turn_away(
    answerer: Answerer, kind: Kind, ack: Callable[..., Awaitable[Any]], body: Mapping[str, Any],
    words: Speech,
) -> None:  # fmt: skip
    """Whoever did something on purpose is told. Opening a link's button is for everybody, and what
    they write is not ours to answer."""
    if kind == Kind.COMMAND:
        await ack(words.plain(OUTSIDE))
        return
    await ack()
    link = any(action.get("url") for action in body.get("actions") or ())
    if kind in {Kind.ACTION, Kind.SHORTCUT} and not link:
        await answerer.answer(origin(kind, body), [Reply(words.say(OUTSIDE))], words)
