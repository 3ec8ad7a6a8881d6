"""App Home: five facts for each person, shown when they open it and whenever it is not true any more.

However much happens, Slack is asked little: what has changed is shown within seconds to whoever
looked lately, numbers that merely move less often, and to whoever did not look lately rarely.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from math import inf
from time import monotonic

import structlog

from bot.chat import NotSaid, Reply
from bot.frontends.slack import home_view
from bot.frontends.slack.replies import Answerer
from bot.frontends.slack.rich_text import Block
from bot.frontends.slack.strangers import OUTSIDE
from broadcast.context import Core
from broadcast.language import speech
from broadcast.models import Role
from broadcast.services import dashboard, team
from broadcast.services.dashboard import House

log = structlog.get_logger()
LATELY_SECONDS = 12 * 3600.0  # who has not opened it for longer sees it anew when they do
LOOKS_SECONDS = 900.0  # who opened it since may still look at it
MOVES_SECONDS = 10.0  # between two times that only numbers moved, while somebody may look
RARELY_SECONDS = (
    60.0  # and for anything while nobody does; also, without any news, between two looks
)
# views.publish is Tier 4, 100 a minute (facts 4.1): what nobody asked for takes at most half.
ROUND_SECONDS, APART_SECONDS, LATER_SECONDS = 3.0, 1.2, 30.0


@dataclass(slots=True)
class _Page:
    """What somebody has before their eyes. `still`: the same without numbers that move; `at`: when
    it was published (monotonic)."""

    opened: float
    drawn: str = ""
    still: str = ""
    at: float = -inf


@dataclass(frozen=True, slots=True)
class _Look:
    """One person's page as it should be. `outside`: they have no business here (any more)."""

    blocks: list[Block]
    still: str
    outside: bool = False


class Home:
    """Published again only where it differs from what is there."""

    def __init__(self, core: Core, answerer: Answerer, frontend: str) -> None:
        self._core, self._answerer, self._frontend = core, answerer, frontend
        self._pages: dict[str, _Page] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def opened(self, user: str, *, blank: bool = False) -> None:
        """They look at it now. `blank`: Slack shows nothing there, as after a new installation."""
        page = self._pages.setdefault(user, _Page(0.0))
        page.opened = monotonic()
        if blank:
            page.drawn = ""
        await self.refresh(user)
        self._watch()

    async def refresh(self, user: str) -> None:
        """At once, for somebody who has opened it."""
        try:
            await self._draw(user, None, at_once=True)
        except NotSaid as no:
            log.warning("slack_home_not_shown", why=str(no))

    def changed(self) -> None:
        """Returns at once; soon everybody who has opened it lately sees it as it is, and after a
        while whoever opened it in an earlier life of ours."""
        self._bell.set()
        self._watch()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _watch(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        """However much changes at a time: one round after another."""
        await self._inherit()
        while True:
            pause = RARELY_SECONDS
            self._bell.clear()
            try:
                pause = min(pause, await self._round())
            except Exception as error:  # such as a database that is busy
                log.error("slack_home_failed", error=type(error).__name__)
                pause = LATER_SECONDS
            await asyncio.sleep(ROUND_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._bell.wait()

    async def _inherit(self) -> None:
        """Whoever of the team may have it open since before we started."""
        with contextlib.suppress(Exception):  # they see it when they open it
            for _, who in await team.conversations(self._core):
                if who.frontend == self._frontend:
                    before = monotonic() - LOOKS_SECONDS
                    self._pages.setdefault(who.user_id, _Page(before, at=monotonic()))

    async def _round(self) -> float:
        """Seconds until somebody's turn comes whose page is not as it should be."""
        read, later = monotonic(), inf
        house = await dashboard.house(self._core)
        for user, page in list(self._pages.items()):
            if monotonic() - page.opened > LATELY_SECONDS:
                self._pages.pop(user, None)
                self._turns.pop(user, None)
                continue
            try:
                fresh = house if page.at < read else None  # it shows something newer already
                later = min(later, await self._draw(user, fresh))
            except NotSaid as no:
                log.info("slack_home_shown_later", why=str(no))
                if not no.forever:
                    later = min(later, no.retry_after or LATER_SECONDS)
            except Exception as error:  # a page of one may not end everybody's
                log.error("slack_home_failed", error=type(error).__name__)
                later = min(later, LATER_SECONDS)
        return later

    async def _draw(self, user: str, house: House | None, *, at_once: bool = False) -> float:
        """Publish it where it should be and may be. Returns the seconds until it may be, if it has
        to be. Raises NotSaid."""
        page = self._pages.get(user)
        if page is None:
            return inf
        async with self._turns.setdefault(user, asyncio.Lock()):
            look = await self._look(user, house)
            drawn = json.dumps(look.blocks)
            if drawn == page.drawn:
                return inf
            due = 0.0 if at_once or look.outside else self._due(page, look)
            if due > 0:
                return due
            await self._answerer.publish(user, look.blocks)
            page.drawn, page.still, page.at = drawn, look.still, monotonic()
            if look.outside:
                page.opened = -inf  # nothing changes for them but by what they do themselves
        if not at_once:
            await asyncio.sleep(APART_SECONDS)
        return inf

    def _due(self, page: _Page, look: _Look) -> float:
        """Seconds until this page may be published again."""
        now = monotonic()
        if now - page.opened > LOOKS_SECONDS:
            apart = RARELY_SECONDS
        else:
            apart = MOVES_SECONDS if look.still == page.still else 0.0
        return page.at + apart - now

    async def _look(self, user: str, house: House | None) -> _Look:
        """Whoever is no longer in the team, or has no role in it, sees nothing of it."""
        known = await team.who(self._core, self._frontend, user)
        admin = known[0] if known else None
        words = speech(admin.language if admin else self._core.policy.language)
        if admin is None or admin.role not in set(Role):
            blocks = await self._answerer.blocks([Reply(words.say(OUTSIDE))], words)
            return _Look(blocks, OUTSIDE, outside=True)
        seen = await dashboard.of(self._core, admin, house or await dashboard.house(self._core))
        command = self._answerer.command
        blocks = home_view.drawn(words, admin, seen, command)
        still = home_view.drawn(words, admin, seen, command, still=True)
        return _Look(blocks, json.dumps(still))
