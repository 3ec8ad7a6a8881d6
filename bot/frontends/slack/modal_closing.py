"""Windows that stand open while what they are about goes on without them.

Slack lets an app close a window only where its person submits it. One whose buttons are void shows
how things stand; one in which something is typed says so above it and keeps what was typed.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import dispatch
from bot.chat import Actor, NotSaid, Reply, Request
from bot.frontends.slack.api import call_patiently
from bot.frontends.slack.event import command_line
from bot.frontends.slack.modal import FORM, about, line_of, noted, sheet
from bot.frontends.slack.replies import TITLE, Answerer
from bot.frontends.slack.rich_text import Block
from bot.frontends.slack.strangers import OUTSIDE
from bot.per_person import log_and_go_on
from broadcast.context import Core
from broadcast.errors import CannotDo
from broadcast.language import Speech, speech
from broadcast.services import compose, team

log = structlog.get_logger()
KNOWN = 100  # windows that are kept true, the latest
ROUND_SECONDS, APART_SECONDS = 2.0, 0.6  # views.update is Tier 4, 100 a minute (facts 4.1)


@dataclass(frozen=True, slots=True)
class _Window:
    """`view` as it stands there with that `hash`; `stand`: how its broadcast stood then."""

    user: str
    view: Block
    hash: str
    number: int
    stand: str


class Windows:
    """Of everybody in one workspace."""

    def __init__(
        self, core: Core, client: AsyncWebClient, answerer: Answerer, frontend: str
    ) -> None:
        self._core, self._client, self._answerer = core, client, answerer
        self._frontend = frontend
        self._open: dict[str, _Window] = {}
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def shown(self, user: str, view: Block, answer: Any) -> None:
        """A window was opened or changed by us; `answer` is Slack's."""
        there = answer["view"]
        view_id, number = str(there["id"]), about(view)
        self._open.pop(view_id, None)
        if not number:
            return
        with log_and_go_on("slack_window_not_followed"):
            form = view["callback_id"] == FORM  # one is looked at once in any case
            stand = "" if form else await self._stand(number, form=False)
            self._open[view_id] = _Window(user, view, str(there["hash"]), number, stand)
        for old in list(self._open)[:-KNOWN]:
            del self._open[old]

    def gone(self, view_id: str) -> None:
        """It was closed or submitted."""
        self._open.pop(view_id, None)

    def changed(self) -> None:
        """Returns at once; soon no window offers what is over."""
        if not self._open:
            return
        self._bell.set()
        if self._task is None:
            self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            await self._bell.wait()
            await asyncio.sleep(ROUND_SECONDS)  # whoever did it gets their answer first
            self._bell.clear()
            for view_id, window in list(self._open.items()):
                try:
                    await self._look(view_id, window)
                except Exception as error:  # one window may not end everybody's
                    log.error("slack_window_failed", error=type(error).__name__)

    async def _stand(self, number: int, *, form: bool) -> str:
        """A window with buttons is void when the broadcast is not where it was; a form with any
        change."""
        with contextlib.suppress(CannotDo):
            row = await compose.get(self._core, number)
            stage = f"{row.status} {row.submission} {row.correcting}"
            return f"{stage} {row.version}" if form else stage
        return "gone"

    async def _look(self, view_id: str, window: _Window) -> None:
        form = window.view["callback_id"] == FORM
        stand = await self._stand(window.number, form=form)
        known = await team.who(self._core, self._frontend, window.user)
        if known is not None and stand == window.stand:
            return
        words = speech(known[0].language if known else self._core.policy.language)
        view = await (self._form(window) if form else self._sheet(window, words))
        if self._open.get(view_id) is not window:  # changed or closed while we looked
            return
        window = self._open[view_id] = replace(window, stand=stand)
        if view == window.view:
            return
        try:
            answer = await call_patiently(
                lambda: self._client.views_update(view_id=view_id, hash=window.hash, view=view)
            )
        except NotSaid as no:  # closed, or something newer stands there
            log.info("slack_window_not_changed", why=str(no))
            if self._open.get(view_id) is window:
                self.gone(view_id)
            return
        if self._open.get(view_id) is window:
            self._open[view_id] = replace(window, view=view, hash=str(answer["view"]["hash"]))
        await asyncio.sleep(APART_SECONDS)

    async def _form(self, window: _Window) -> Block:
        """The same, and above it what would be said if it were submitted now."""
        command, arguments = command_line(line_of(window.view))
        actor = Actor(self._frontend, window.user)
        request = Request(actor, window.user, command, arguments, unasked=True)
        return noted(window.view, (await dispatch.check(self._core, request)).get("", ""))

    async def _sheet(self, window: _Window, words: Speech) -> Block:
        """How it stands now, for this person."""
        actor = Actor(self._frontend, window.user)
        request = Request(actor, window.user, "status", str(window.number), unasked=True)
        replies = await dispatch.handle(self._core, request) or [Reply(words.say(OUTSIDE))]
        return sheet(TITLE, await self._answerer.blocks(replies, words), words)
