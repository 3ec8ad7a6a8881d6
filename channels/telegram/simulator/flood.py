"""Strangers who write faster than anybody can read: an attack to be borne."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.account import Account
from channels.telegram.simulator.hand import Hand
from channels.telegram.simulator.platform import Platform

_WORDS = "hello there, is anybody reading this? "


class Flood:
    """These people write in turn: `count` messages, `per_second` of them; then it is over."""

    def __init__(
        self, platform: Platform, account: Account, people: Sequence[int], *, count: int,
        per_second: float, text: str = "",
    ) -> None:  # fmt: skip
        if not people or count < 1 or per_second <= 0:
            raise ValueError("a flood needs people, a count and per_second")
        self._hand, self._account = Hand(platform), account
        self._people, self._count, self._per_second = people, count, per_second
        self._text = text or _WORDS
        self.sent = 0
        self._task = asyncio.get_running_loop().create_task(self._pour())

    async def _pour(self) -> None:
        began = time.monotonic()
        while self.sent < self._count:
            due = min(self._count, 1 + int((time.monotonic() - began) * self._per_second))
            while self.sent < due:
                who = self._people[self.sent % len(self._people)]
                self._hand.say(self._account, who, {"text": f"{self._text}{self.sent}"})
                self.sent += 1
            await asyncio.sleep(0.01)

    def describe(self) -> Json:
        """Progress."""
        return {"count": self._count, "sent": self.sent, "done": self._task.done()}

    def close(self) -> None:
        """They are tired of it."""
        self._task.cancel()
