"""The answer to an album: its parts come one by one, so it is said once, when no more come.

Each part is already in the draft, durably; only what we say about it waits here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.chat import Reply

QUIET_SECONDS = 0.7
Say = Callable[[str, list[Reply]], Awaitable[None]]


class Albums:
    """`say(conversation, replies)` is called once for each album."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._waiting: dict[tuple[str, str], _Answer] = {}

    def add(self, conversation: str, album: str, replies: list[Reply]) -> None:
        """The answer to one more part; it waits a little longer."""
        key = (conversation, album)
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = _Answer()
        answer.add(replies)
        if answer.timer is not None:
            answer.timer.cancel()
        answer.timer = asyncio.create_task(self._when_quiet(key, QUIET_SECONDS))

    async def _when_quiet(self, key: tuple[str, str], seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._say(key[0], self._waiting.pop(key).replies())

    async def close(self) -> None:
        """Say at once what is still waiting."""
        for key, answer in list(self._waiting.items()):
            if answer.timer is not None:
                answer.timer.cancel()
            del self._waiting[key]
            await self._say(key[0], answer.replies())


class _Answer:
    """What was said to several parts alike is said once; of the previews only the last counts."""

    def __init__(self) -> None:
        self.timer: asyncio.Task[None] | None = None
        self._notes: list[Reply] = []
        self._shown: list[Reply] = []

    def add(self, replies: list[Reply]) -> None:
        notes = [r for r in replies if r.content is None and not r.buttons]
        self._notes += [r for r in notes if r not in self._notes]
        self._shown = [r for r in replies if r not in notes] or self._shown

    def replies(self) -> list[Reply]:
        return [*self._notes, *self._shown]
