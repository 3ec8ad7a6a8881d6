"""Deliveries claimed and not begun: as few as keep the workers busy, for intent is on disk for each.

What is in stock when the process is killed becomes uncertain though nothing was sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from math import ceil
from time import monotonic

from broadcast.store.deliveries import Claimed

# The bookkeeper's look: a result is on disk at most so late, the commit not counted. At a slow rate
# half as often: there the commits are most of the cost, and a tenth of a second is few messages.
_LOOK_SECONDS, _SLOW_LOOK_SECONDS = 0.045, 0.095
_AHEAD_SECONDS, _SLOW_AHEAD_SECONDS = 0.1, 0.15  # of stock
_MOST_SECONDS = 0.2  # with what rounding adds; but one at least
_SLOW = 100.0  # messages per second
_LEAST, _MOST = 64, 512  # without a limit
_FORGET = 0.7  # a part of the fastest pace that is remembered from one refill to the next


class Stock:
    """Workers reserve before they wait for a turn, so that no turn is spent on nothing."""

    def __init__(
        self, rate: Callable[[], float] = lambda: 0.0, hurry: Callable[[], None] = lambda: None
    ) -> None:
        """`rate`: deliveries a second as they go now, 0 without a limit. `hurry` is called when the
        workers run dry, and without a limit when half is gone."""
        self._rate, self._hurry = rate, hurry
        now = rate()
        self._paced = now > 0
        self.look_seconds = _SLOW_LOOK_SECONDS if 0 < now <= _SLOW else _LOOK_SECONDS
        self._low = -1  # how many are left when that is said, once after each refill
        self._size = _LEAST
        self._items: deque[Claimed] = deque()
        self._reserved = 0
        self._idle: deque[asyncio.Future[bool]] = deque()
        self._ran_dry = False
        self._closed = False
        self._filled_at, self._filled = 0.0, 0  # when, and up to how many, at the latest refill
        self._pace = 0.0  # taken a second, without a limit

    def __len__(self) -> int:
        return len(self._items)

    @property
    def size(self) -> int:
        """How many at most. Never more than what leaves in a moment, however long nothing came."""
        rate = self._rate()
        if not rate:
            return self._size
        ahead = _SLOW_AHEAD_SECONDS if rate <= _SLOW else _AHEAD_SECONDS
        return max(1, min(ceil(rate * ahead) + 1, int(rate * _MOST_SECONDS), _MOST))

    @property
    def wanted(self) -> int:
        """How many to claim now; 0 while enough is there: half, at a limited rate two thirds, as
        nobody looks before the next time."""
        there, size = len(self._items), self.size
        enough = size * 2 // 3 if self._paced else size // 2
        return size - there if there <= enough else 0

    def add(self, items: list[Claimed]) -> int:
        """Wake those who wait for more. Returns how many more workers would have something to do."""
        if not self._paced:
            self._fit()
        self._ran_dry = False
        self._low = -1 if self._paced else self._size // 2
        self._items.extend(items)
        self._filled = len(self._items)
        free = len(self._items) - self._reserved
        while free > 0 and self._idle:
            if not (waiting := self._idle.popleft()).done():
                waiting.set_result(True)
                free -= 1
        return free

    def _fit(self) -> None:
        """Without a limit: as many as go in a moment at the pace they were taken lately; more, step
        by step, when the workers ran dry (a slow disk, or fast answers)."""
        now = monotonic()
        if self._filled_at and now > self._filled_at:
            taken = (self._filled - len(self._items)) / (now - self._filled_at)
            self._pace = max(taken, _FORGET * self._pace)
        self._filled_at = now
        most = min(max(int(self._pace * _SLOW_AHEAD_SECONDS), _LEAST), _MOST)
        self._size = min(2 * self._size, most) if self._ran_dry else min(self._size, most)

    def reserve(self) -> bool:
        """Lay one aside for a worker that will `take` it when its turn comes."""
        if len(self._items) <= self._reserved:
            return False
        self._reserved += 1
        return True

    def take(self) -> Claimed | None:
        """What was reserved; None when the stock was closed meanwhile."""
        self._reserved -= 1
        if not self._items:
            return None
        item = self._items.popleft()
        if len(self._items) <= self._low:
            self._low = -1
            self._hurry()
        return item

    async def more(self) -> bool:
        """Wait until there is something again. False: there never will be."""
        if self._closed:
            return False
        if not self._items and not self._ran_dry:
            self._ran_dry = True
            self._hurry()
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._idle.append(waiting)
        return await waiting

    def close(self) -> list[Claimed]:
        """Nobody gets any more; returns what is left. Harmless to repeat."""
        self._closed = True
        left = list(self._items)
        self._items.clear()
        while self._idle:
            if not (waiting := self._idle.popleft()).done():
                waiting.set_result(False)
        return left
