"""How much is let through: at most so many in a span of time, or so many per key with a burst."""

from __future__ import annotations

import math
from collections import deque


class Window:
    """At most `limit` events in any `span` seconds, with a little slack.

    The slack (2, or 5 %) keeps jitter of a loaded machine from tripping a client that paces
    itself exactly at the limit.
    """

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def wait(self, now: float, count: int, limit: float, span: float) -> float:
        """Seconds until `count` more would fit; 0 when they do now."""
        times = self._times
        while times and times[0] <= now - span:
            times.popleft()
        room = limit + max(2.0, limit * 0.05)
        excess = math.ceil(len(times) + count - room)
        if excess <= 0 or not times:
            return 0.0
        return times[min(excess, len(times)) - 1] + span - now

    def count(self, now: float, span: float) -> int:
        """Events in the last `span` seconds."""
        while self._times and self._times[0] <= now - span:
            self._times.popleft()
        return len(self._times)

    def add(self, now: float, count: int) -> None:
        """Counts events that went through."""
        self._times.extend([now] * count)


class Buckets:
    """For each key a token bucket of one float: the moment its burst is fully recovered."""

    def __init__(self) -> None:
        self._recovered: dict[int, float] = {}

    def wait(self, now: float, key: int, interval: float, burst: int) -> float:
        """Takes one for this key; or the seconds until there is one again."""
        recovered = max(self._recovered.get(key, now), now)
        wait = recovered - now - (burst - 1) * interval
        if wait > 1e-9:
            return wait
        if len(self._recovered) > 50_000:
            self._recovered = {k: t for k, t in self._recovered.items() if t > now}
        self._recovered[key] = recovered + interval
        return 0.0
