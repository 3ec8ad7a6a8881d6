"""Simulated time: it runs as real time does and can be advanced; and what is due in it."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time
from collections.abc import Callable
from typing import Any

DAY = 86_400.0


class Clock:
    """Seconds since 1970 as this platform sees them."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def now(self) -> float:
        """The moment."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Lets time pass at once. Raises ValueError for going back."""
        if seconds < 0:
            raise ValueError("time only goes forward")
        self._ahead += seconds


class Agenda:
    """Calls functions when their time has come, earliest first; `advance` brings them nearer."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        # (due, tie breaker, function, its arguments)
        self._due: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        self._task: asyncio.Task[None] | None = None
        self._sooner = asyncio.Event()

    def __len__(self) -> int:
        return len(self._due)

    def at(self, due: float, function: Callable[..., None], *arguments: Any) -> None:
        """Once it is `due` (simulated time), function(*arguments) is called."""
        self._count += 1
        heapq.heappush(self._due, (due, self._count, function, arguments))
        if self._due[0][1] == self._count:
            self._sooner.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def after(self, seconds: float, function: Callable[..., None], *arguments: Any) -> None:
        """The same, counted from now."""
        self.at(self.clock.now() + seconds, function, *arguments)

    def advance(self, seconds: float) -> int:
        """Lets time pass and does what came due; says how much that was."""
        self.clock.advance(seconds)
        return self._do_due(1_000_000)

    def close(self) -> None:
        """Forgets everything."""
        self._due.clear()
        if self._task is not None:
            self._task.cancel()

    def _do_due(self, most: int) -> int:
        done, now = 0, self.clock.now()
        while self._due and self._due[0][0] <= now and done < most:
            _, _, function, arguments = heapq.heappop(self._due)
            function(*arguments)
            done += 1
        return done

    async def _run(self) -> None:
        while True:
            # In portions, so that requests are served between them.
            if self._do_due(500) == 500:
                await asyncio.sleep(0)
                continue
            self._sooner.clear()
            left = self._due[0][0] - self.clock.now() if self._due else 3600.0
            with contextlib.suppress(TimeoutError):
                # A pause of a few milliseconds gathers events that are due nearly together.
                await asyncio.wait_for(self._sooner.wait(), max(left, 0.005))
