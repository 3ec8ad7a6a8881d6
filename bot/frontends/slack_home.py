"""App Home: what waits for a person, shown when they open it and after what they do."""

from __future__ import annotations

import asyncio
import json

import structlog

from bot import dispatch
from bot.chat import Actor, NotSaid, Reply, Request
from bot.frontends.slack_answer import Answerer
from bot.frontends.slack_drawing import Block
from broadcast.core import Core
from broadcast.language import Speech

log = structlog.get_logger()
HOME_BLOCKS = 100  # facts 4.3


class Home:
    """Published again only where it differs from what is there."""

    def __init__(self, core: Core, answerer: Answerer, frontend: str) -> None:
        self._core, self._answerer, self._frontend = core, answerer, frontend
        self._shown: dict[str, str] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def opened(self, user: str, words: Speech) -> None:
        """They look at it now."""
        self._shown.setdefault(user, "")
        await self.refresh(user, words)

    async def refresh(self, user: str, words: Speech) -> None:
        """Only for those who have opened it once."""
        if user not in self._shown:
            return
        async with self._turns.setdefault(user, asyncio.Lock()):
            blocks = await self._blocks(user, words)
            drawn = json.dumps(blocks)
            if not blocks or drawn == self._shown[user]:
                return
            try:
                await self._answerer.publish(user, blocks)
                self._shown[user] = drawn
            except NotSaid as no:
                log.warning("slack_home_not_shown", why=str(no))

    async def _blocks(self, user: str, words: Speech) -> list[Block]:
        replies: list[Reply] = []
        for command in ("home", "menu"):
            request = Request(Actor(self._frontend, user), user, command, unasked=True)
            replies += await dispatch.handle(self._core, request)
        return (await self._answerer.blocks(replies, words))[:HOME_BLOCKS]
