"""Deliveries claimed and not begun: as few as keep the workers busy, for intent is on disk for each.

What is in stock when the process is killed becomes uncertain though nothing was sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from broadcast.store.ledger import Claimed

# The bookkeeper's look: a result is on disk at most so late, the commit not counted. At a slow rate
# half as often: there the commits are most of the cost, and a tenth of a second is few messages.
_LOOK_SECONDS, _SLOW_LOOK_SECONDS = 0.045, 0.095
_AHEAD_SECONDS, _SLOW_AHEAD_SECONDS = 0.1, 0.15  # of stock at a limited rate
_SLOW = 100.0  # messages per second
_LEAST, _MOST = 64, 512  # without a limit
_SHRINK = 256  # a part of the size with every refill: half within some seconds


class Stock:
    """Workers reserve before they wait for a turn, so that no turn is spent on nothing."""

    def __init__(self, rate: float, hurry: Callable[[], None] = lambda: None) -> None:
        """`hurry` is called when half is gone; at a limited rate the next look is soon enough."""
        self._paced, self._hurry = rate > 0, hurry
        slow = 0 < rate <= _SLOW
        self.look_seconds = _SLOW_LOOK_SECONDS if slow else _LOOK_SECONDS
        ahead = rate * (_SLOW_AHEAD_SECONDS if slow else _AHEAD_SECONDS)
        self._low = -1  # how many are left when that is said, once after each refill
        self._least = min(int(ahead) + 2, _MOST) if rate else _LEAST
        self._size = self._least
        self._items: deque[Claimed] = deque()
        self._reserved = 0
        self._idle: deque[asyncio.Future[bool]] = deque()
        self._ran_dry = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    @property
    def wanted(self) -> int:
        """How many to claim now; 0 while enough is there: half, at a limited rate two thirds, as
        nobody looks before the next time."""
        there = len(self._items)
        enough = self._size * 2 // 3 if self._paced else self._size // 2
        return self._size - there if there <= enough else 0

    def add(self, items: list[Claimed]) -> int:
        """Wake those who wait for more. Returns how many more workers would have something to do.

        Grows when the workers ran dry (a slow disk, or fast answers), and shrinks again.
        """
        if self._ran_dry:
            self._size = min(2 * self._size, _MOST)
        else:
            self._size = max(self._size - self._size // _SHRINK, self._least)
        self._ran_dry = False
        self._low = -1 if self._paced else self._size // 2
        self._items.extend(items)
        free = len(self._items) - self._reserved
        while free > 0 and self._idle:
            if not (waiting := self._idle.popleft()).done():
                waiting.set_result(True)
                free -= 1
        return free

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
        self._ran_dry |= not self._items
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
