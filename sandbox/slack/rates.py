"""How often Slack lets an app call: per method and minute by tier, per channel for messages."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from sandbox.slack.clock import Clock
from sandbox.slack.errors import rate_limited

# docs.slack.dev/apis/web-api/rate-limits; t5 is "special": messages are counted per channel, and
# auth.test and chat.getPermalink take hundreds a minute.
TIERS = {"t1": 1.0, "t2": 20.0, "t3": 50.0, "t4": 100.0, "t5": 600.0}
_MINUTE = 60.0


class Rates:
    """The numbers, which the control API may change while everything runs; 0 lifts a limit."""

    def __init__(self, clock: Clock, posts_per_second: float) -> None:
        self._clock = clock
        lifted = posts_per_second == 0
        self.tiers = {tier: 0.0 if lifted else number for tier, number in TIERS.items()}
        self.posts_per_second = posts_per_second
        self.post_burst = 5  # "short bursts" are tolerated, how short is not published
        self.posts_per_minute = 0.0  # workspace-wide; there is a cap, but no published number
        self._windows: dict[str, deque[float]] = {}
        self._recovered: dict[str, float] = {}
        self._closed_until = 0.0
        self.refused = 0

    def close_for(self, seconds: float) -> None:
        """Answers 429 to everything until then: a flood that holds."""
        self._closed_until = self._clock.now() + seconds

    def admit(self, method: str, tier: str, channel: str = "") -> None:
        """Lets a call through, or raises 429. `channel`: where a message is posted."""
        now = self._clock.now()
        wait = self._closed_until - now
        if wait <= 0 and channel:
            wait = max(
                self._window("posts", self.posts_per_minute, now),
                self._post(channel, now),
            )
        elif wait <= 0:
            wait = self._window(method, self.tiers.get(tier, 0.0), now)
        if wait > 0:
            self.refused += 1
            raise rate_limited(max(1, math.ceil(wait)))

    def _window(self, name: str, limit: float, now: float) -> float:
        """Seconds until one more fits into the minute; a little slack forgives jitter."""
        if not limit:
            return 0.0
        times = self._windows.setdefault(name, deque())
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(times) >= limit + max(2.0, limit * 0.05):
            return times[0] + _MINUTE - now
        times.append(now)
        return 0.0

    def _post(self, channel: str, now: float) -> float:
        """A token bucket per channel, kept as the moment its burst is recovered."""
        if not self.posts_per_second:
            return 0.0
        interval = 1.0 / self.posts_per_second
        recovered = max(self._recovered.get(channel, now), now)
        excess = recovered - now - (self.post_burst - 1) * interval
        if excess > 1e-9:
            return excess
        self._recovered[channel] = recovered + interval
        return 0.0

    def describe(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **self.tiers,
            "posts_per_second": self.posts_per_second,
            "post_burst": self.post_burst,
            "posts_per_minute": self.posts_per_minute,
            "refused": self.refused,
        }

    def change(self, wish: dict[str, Any]) -> None:
        """New numbers. ValueError for what cannot be one."""
        for name, given in wish.items():
            value = float(given)
            if value < 0:
                raise ValueError(f"{name} must not be negative")
            if name in self.tiers:
                self.tiers[name] = value
            elif name == "post_burst":
                self.post_burst = max(1, int(value))
            elif name in ("posts_per_second", "posts_per_minute"):
                setattr(self, name, value)
            else:
                raise ValueError(f"no limit {name!r}; there are {', '.join(self.describe())}")
