"""Keeps the first steps true wherever they are shown, until all are done or somebody hides them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.chat import Frontend, NotSaid, Reply
from bot.handlers import checklist
from broadcast.context import Core, Event
from broadcast.language import speech
from broadcast.models import ChecklistMessage, Role
from broadcast.services import first_steps, team

log = structlog.get_logger()
_ROUND_SECONDS = 1.0  # between two looks, however much happens
_LATER_SECONDS = 30.0
_NEVER = frozenset({"progress", "storage", "trouble", "waits"})  # nothing of it ticks a step


class FirstSteps:
    """`tell` is told what the notifier is told; `run` draws until it is cancelled."""

    def __init__(self, core: Core, frontends: Sequence[Frontend]) -> None:
        self._core = core
        self._frontends = {one.name: one for one in frontends}
        self._bell = asyncio.Event()
        self._bell.set()  # what an earlier process showed
        self._drawn: dict[int, Reply] = {}
        self._stands = True  # whether they are shown anywhere, as far as we know

    async def tell(self, event: Event) -> None:
        """Returns at once."""
        if event.kind == "checklist":
            self._stands = True
        if self._stands and event.kind not in _NEVER:
            self._bell.set()

    async def run(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            pause = _ROUND_SECONDS
            try:
                pause = await self._draw()
            except (SQLAlchemyError, OSError) as trouble:
                log.warning("first_steps_not_drawn", error=type(trouble).__name__)
                self._bell.set()
                pause = _LATER_SECONDS
            await asyncio.sleep(pause)

    async def _draw(self) -> float:
        """Bring every message up to date; seconds until the next look may be."""
        rows = await first_steps.shown(self._core)
        self._stands = bool(rows)
        if not rows:
            return _ROUND_SECONDS
        owners = {
            (identity.frontend, identity.conversation): admin
            for admin, identity in await team.conversations(self._core, {Role.OWNER})
        }
        steps = await first_steps.steps(self._core)
        newest = {(row.frontend, row.conversation): row.checklist_message_id for row in rows}
        pause = _ROUND_SECONDS
        for row in rows:
            place = (row.frontend, row.conversation)
            owner = owners.get(place)
            words = speech(owner.language if owner else self._core.policy.language)
            if owner is None:
                reply, last = Reply(words.say("This is for owners.")), True
            elif row.checklist_message_id != newest[place]:
                reply, last = Reply(words.say("The first steps are further down now.")), True
            else:
                reply, last = checklist.shown(self._core, words, steps), steps.done
            pause = max(pause, await self._hang(row, reply, words.language, last))
        return pause

    async def _hang(self, row: ChecklistMessage, reply: Reply, language: str, last: bool) -> float:
        """Edit one message; `last`: it stays so. Seconds to wait before anything else is said."""
        number, frontend = row.checklist_message_id or 0, self._frontends.get(row.frontend)
        if frontend is None:
            return 0.0
        began = monotonic()
        if self._drawn.get(number) != reply:
            try:
                await frontend.edit(row.conversation, row.message_id, reply, language)
                self._drawn[number] = reply
            except NotSaid as no:
                if not no.forever:
                    self._bell.set()
                    return no.retry_after or _LATER_SECONDS
                last = True  # it was deleted, or can be changed no more
            except Exception as error:  # its words may hold a token
                log.warning("first_steps_not_shown", error=type(error).__name__)
                return 0.0
        if last:
            self._drawn.pop(number, None)
            await first_steps.forget(self._core, row.frontend, row.conversation, row.message_id)
        return max(0.0, frontend.edit_seconds - (monotonic() - began))
