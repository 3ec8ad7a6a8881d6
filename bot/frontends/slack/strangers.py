"""People in the workspace who are not in the team: told kindly, alone, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bot.chat import NotSaid, Reply
from bot.frontends.slack.event import Kind, origin, user_of
from bot.frontends.slack.replies import Answerer
from broadcast.language import N_, Speech

log = structlog.get_logger()

# No word about what there is.
OUTSIDE = N_("Sorry, this is not open to you yet. Please ask an admin here for an invitation.")


async def turn_away(
    answerer: Answerer, kind: Kind, ack: Callable[..., Awaitable[Any]], body: Mapping[str, Any],
    words: Speech,
) -> None:  # fmt: skip
    """Whoever did something on purpose, or opened our page, is told. Opening a link's button is for
    everybody, and what they write is not ours to answer."""
    if kind == Kind.COMMAND:
        await ack(words.plain(OUTSIDE))
        return
    await ack()
    link = any(action.get("url") for action in body.get("actions") or ())
    said = [Reply(words.say(OUTSIDE))]
    where = origin(kind, body)
    if kind in {Kind.ACTION, Kind.SHORTCUT} and not link:
        await answerer.answer(where, said, words)
    if where.home or (kind == Kind.EVENT and body["event"].get("type") == "app_home_opened"):
        try:
            await answerer.publish(user_of(body), await answerer.blocks(said, words))
        except NotSaid as no:
            log.info("slack_home_not_shown", why=str(no))
