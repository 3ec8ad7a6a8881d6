"""Counts of many rows, kept for a while, so that a page drawn often costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")
FREE_SECONDS, SHARE, LONGEST_SECONDS = 0.25, 30.0, 600.0


class Counted:
    """What took more than FREE_SECONDS to count is good for SHARE times the rest: counting takes a
    small part of the time, and a small house sees its numbers of now."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}  # until when (monotonic), the count
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, name: str, count: Callable[[], Awaitable[T]]) -> T:
        """The count of that name; whoever asks meanwhile waits for the same one. Raises what
        `count` raises, and keeps nothing then."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            until, value = self._kept.get(name, (0.0, None))
            began = monotonic()
            if began >= until:
                value = await count()
                ended = monotonic()
                took = max(0.0, ended - began - FREE_SECONDS)
                until = ended + min(LONGEST_SECONDS, SHARE * took)
                self._kept[name] = (until, value)
            found: T = value
            return found
