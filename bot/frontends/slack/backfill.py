"""After a long break: what the team wrote to the app meanwhile, which Slack brings no more.

Slack tries an event again at once, after one minute and after five (facts 4.2), and then never. Only
messages can be read back; a press or a command fails before the eyes of whoever did it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.chat import NotSaid
from bot.frontends.slack.api import call_patiently
from bot.per_person import log_and_go_on
from broadcast.context import Core
from broadcast.services import team

log = structlog.get_logger()
BREAK_SECONDS = 60.0  # a shorter one is bridged by Slack's own tries
MARGIN_SECONDS = 5.0  # their clock and ours
PAUSES = (5.0, 30.0, 120.0, 600.0, 0.0)  # seconds after each try
READ = 200  # messages a person, at most
Json = dict[str, Any]


class Missed:
    """`channel` finds the direct message with somebody; `keep` stores one message, once."""

    def __init__(
        self,
        core: Core,
        client: AsyncWebClient,
        frontend: str,
        channel: Callable[[str], Awaitable[str]],
        keep: Callable[[str, Json], Awaitable[None]],
    ) -> None:
        self._core, self._client, self._frontend = core, client, frontend
        self._channel, self._keep = channel, keep

    async def read_back(self, since: float) -> None:
        """Everything of the team since that moment (epoch seconds), whether it came or not. What
        cannot be read or kept now is tried again: twice the same counts once."""
        left: set[str] | None = None
        for pause in PAUSES:
            try:
                left = await self._people() if left is None else left
                left = {user for user in left if not await self._done(user, since)}
            except (SQLAlchemyError, OSError) as trouble:
                log.warning("slack_not_read_back", why=type(trouble).__name__)
            if left is not None and not left:
                return
            await asyncio.sleep(pause)
        log.error("slack_never_read_back", people=len(left or ()))

    async def _people(self) -> set[str]:
        known = await team.conversations(self._core)
        return {who.user_id for _, who in known if who.frontend == self._frontend}

    async def _done(self, user: str, since: float) -> bool:
        read = False
        with log_and_go_on("slack_not_read_back"):  # their turn comes again
            try:
                await self._read(user, since)
                read = True
            except NotSaid as no:
                log.warning("slack_not_read_back", why=str(no))
                read = no.forever
        return read

    async def _read(self, user: str, since: float) -> None:
        channel = await call_patiently(lambda: self._channel(user))
        answer = await call_patiently(
            lambda: self._client.conversations_history(
                channel=channel, oldest=f"{since - MARGIN_SECONDS:.6f}", limit=READ
            )
        )
        written = [m for m in answer["messages"] if m.get("user") == user and not m.get("bot_id")]
        for message in reversed(written):
            await self._keep(channel, message)
