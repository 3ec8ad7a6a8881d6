"""What Slack sends us: kept durably and acknowledged within its three seconds, done afterwards."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy.exc import SQLAlchemyError

from bot import dispatch
from bot.chat import Reply, Request
from bot.frontends.slack_answer import Answerer
from bot.frontends.slack_event import Kind, command_line, event_id, origin, user_of
from bot.frontends.slack_modal import FORM, errors, saving
from bot.frontends.slack_outside import turn_away
from bot.frontends.slack_request import Reader
from bot.handlers.team import brings_code
from broadcast.core import Core
from broadcast.language import N_, Speech, speech
from broadcast.ports import Keep
from broadcast.services import team

log = structlog.get_logger()
KEEP_SECONDS = 2.0
Json = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
_ANY = re.compile(".*")
_NEWS = frozenset({"user_change", "tokens_revoked", "app_uninstalled"})
_NOT_KEPT = N_("I could not keep that, so nothing was done. Please try again in a moment.")


class Door:
    """`keep` stores an event; whoever is no admin and brings no code stays outside.

    `command` is how ours is called there, such as `/broadcast`.
    """

    def __init__(
        self, core: Core, keep: Keep, reader: Reader, answerer: Answerer, frontend: str,
        command: str,
    ) -> None:  # fmt: skip
        self._core, self._keep, self._reader, self._answerer = core, keep, reader, answerer
        self._frontend, self._command = frontend, command
        self._tasks: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def listen(self, app: AsyncApp) -> None:
        """One listener a kind; whatever the payload says is read later, from what was kept."""

        def kept(kind: Kind) -> Callable[..., Awaitable[None]]:
            async def listener(ack: Ack, body: Json) -> None:
                await self._take(kind, ack, body)

            return listener

        async def submitted(ack: Ack, body: Json) -> None:
            await self._submitted(ack, body)

        async def nothing(ack: Ack) -> None:
            await ack()

        async def failed(error: Exception) -> None:
            log.error("slack_listener_failed", error=type(error).__name__)

        app.error(failed)
        app.command(_ANY)(kept(Kind.COMMAND))
        app.action(_ANY)(kept(Kind.ACTION))
        app.shortcut(_ANY)(kept(Kind.SHORTCUT))
        app.view_submission(FORM)(submitted)
        app.view_submission(_ANY)(nothing)
        app.view_closed(_ANY)(nothing)
        app.event(_ANY)(kept(Kind.EVENT))

    async def _take(self, kind: Kind, ack: Ack, body: Json) -> None:
        if not await self._concerns_us(kind, body):
            words = speech(self._core.policy.language)
            await turn_away(self._answerer, kind, ack, body, words)
            return
        if await self._kept(kind, body):
            await ack()
        elif kind == Kind.COMMAND:
            await ack((await self.speech_of(user_of(body))).plain(_NOT_KEPT))
        else:
            await ack()
            saying = asyncio.create_task(self._say_not_kept(kind, body))
            self._tasks.add(saying)
            saying.add_done_callback(self._tasks.discard)

    async def _submitted(self, ack: Ack, body: Json) -> None:
        """Checked before it is acknowledged: then what is wrong stands beside the field."""
        if not await self._concerns_us(Kind.SUBMISSION, body):
            await ack()
            return
        words = await self.speech_of(user_of(body))
        request = self._reader.form(body, origin(Kind.SUBMISSION, body))
        wrong = await dispatch.check(self._core, request)
        if not wrong and not await self._kept(Kind.SUBMISSION, body):
            wrong = {"": words.plain(_NOT_KEPT)}
        if wrong:
            await ack(response_action="errors", errors=errors(body["view"], wrong))
        else:
            await ack(response_action="update", view=saving(words))

    async def _concerns_us(self, kind: Kind, body: Json) -> bool:
        """An admin's, or news about one, or from somebody who brings a code."""
        user = user_of(body)
        if kind == Kind.EVENT and body["event"].get("type") in _NEWS:
            return True
        if not user:
            return False
        if await team.who(self._core, self._frontend, user) is not None:
            return True
        if kind == Kind.COMMAND:
            command, arguments = command_line(str(body.get("text", "")))
            actor = self._reader.actor(user)
            return brings_code(Request(actor, user, command, arguments))
        return kind == Kind.EVENT and bool(self._reader.code_brought(body))

    async def _kept(self, kind: Kind, body: Json) -> bool:
        """Durably, or (where that takes too long for Slack) on its way there."""
        slim = {name: value for name, value in body.items() if name != "token"}
        event: dict[str, object] = {"kind": kind.value, "body": slim}
        kept = [(event_id(kind, body), event)]
        storing: asyncio.Task[None] = asyncio.create_task(self._store(kept))
        self._tasks.add(storing)
        storing.add_done_callback(self._stored)
        try:
            await asyncio.wait_for(asyncio.shield(storing), KEEP_SECONDS)
        except TimeoutError:
            log.warning("slack_event_kept_late", kind=kind.value)
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def _store(self, kept: list[tuple[str, dict[str, object]]]) -> None:
        await self._keep(kept)

    def _stored(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("slack_event_not_kept", error=type(error).__name__)

    async def _say_not_kept(self, kind: Kind, body: Json) -> None:
        words = await self.speech_of(user_of(body))
        said = [Reply(words.say(_NOT_KEPT))]
        await self._answerer.answer(origin(kind, body), said, words, again="menu")

    async def speech_of(self, user: str) -> Speech:
        """Their language, where they are an admin."""
        known = await team.who(self._core, self._frontend, user)
        return speech(known[0].language if known else self._core.policy.language)
