"""App Home: what waits for a person, shown when they open it and whenever it is not true any more."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from time import monotonic

import structlog

from bot import dispatch
from bot.chat import Actor, NotSaid, Reply, Request
from bot.frontends.slack_answer import Answerer
from bot.frontends.slack_drawing import Block
from bot.frontends.slack_outside import OUTSIDE
from broadcast.core import Core
from broadcast.language import Speech, speech
from broadcast.services import team

log = structlog.get_logger()
LATELY_SECONDS = 12 * 3600.0  # who has not opened it for longer sees it anew when they do
# views.publish is Tier 4, 100 a minute (facts 4.1): what nobody asked for takes at most half.
ROUND_SECONDS, APART_SECONDS, LATER_SECONDS = 3.0, 1.2, 30.0


@dataclass(slots=True)
class _Page:
    opened: float
    drawn: str = ""


class Home:
    """Published again only where it differs from what is there."""

    def __init__(self, core: Core, answerer: Answerer, frontend: str) -> None:
        self._core, self._answerer, self._frontend = core, answerer, frontend
        self._pages: dict[str, _Page] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def opened(self, user: str) -> None:
        """They look at it now."""
        self._pages.setdefault(user, _Page(0.0)).opened = monotonic()
        await self.refresh(user)

    async def refresh(self, user: str) -> None:
        """At once, for somebody who has opened it."""
        try:
            await self._draw(user)
        except NotSaid as no:
            log.warning("slack_home_not_shown", why=str(no))

    def changed(self) -> None:
        """Returns at once; soon everybody who has opened it lately sees it as it is."""
        if not self._pages:
            return
        self._bell.set()
        if self._task is None:
            self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        """However much changes at a time: one round after another."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            pause = ROUND_SECONDS
            for user, page in list(self._pages.items()):
                if monotonic() - page.opened > LATELY_SECONDS:
                    del self._pages[user]
                    continue
                try:
                    if await self._draw(user):
                        await asyncio.sleep(APART_SECONDS)
                except NotSaid as no:
                    log.info("slack_home_shown_later", why=str(no))
                    if not no.forever:
                        self._bell.set()
                        pause = max(pause, no.retry_after or LATER_SECONDS)
                except Exception as error:  # a page of one may not end everybody's
                    log.error("slack_home_failed", error=type(error).__name__)
            await asyncio.sleep(pause)

    async def _draw(self, user: str) -> bool:
        """Whether it was published. Raises NotSaid."""
        page = self._pages.get(user)
        if page is None:
            return False
        async with self._turns.setdefault(user, asyncio.Lock()):
            blocks = await self._blocks(user)
            drawn = json.dumps(blocks)
            if not blocks or drawn == page.drawn:
                return False
            await self._answerer.publish(user, blocks)
            page.drawn = drawn
            return True

    async def _blocks(self, user: str) -> list[Block]:
        """Whoever is no longer in the team sees nothing of it any more."""
        known = await team.who(self._core, self._frontend, user)
        words = speech(known[0].language if known else self._core.policy.language)
        return await self._answerer.blocks(await self._replies(user, words), words)

    async def _replies(self, user: str, words: Speech) -> list[Reply]:
        replies: list[Reply] = []
        for command in ("home", "menu"):
            request = Request(Actor(self._frontend, user), user, command, unasked=True)
            replies += await dispatch.handle(self._core, request)
        return replies or [Reply(words.say(OUTSIDE))]
