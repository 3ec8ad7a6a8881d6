"""The workspace's time, which a test may push ahead, and timestamps no two messages share."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970; `ahead` is what the control API added."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._last = 0

    def now(self) -> float:
        """Workspace time."""
        return time.time() + self.ahead

    def ts(self) -> str:
        """A new message timestamp, which in Slack is also the message's id: later is larger."""
        self._last = max(self._last + 1, int(self.now() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
