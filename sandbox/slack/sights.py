"""What people got to see, in order: for a test that waits, and for the live stream of the page."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.workspace import Json

_KEPT = 5000


@dataclass(slots=True, frozen=True)
class Sight:
    """`users` None: everybody in the conversation `facts["channel"]`."""

    number: int
    kind: str
    users: frozenset[str] | None
    facts: Json
    at: float  # time.monotonic()

    def describe(self) -> Json:
        """As the live stream and the control API tell it."""
        return {"type": f"slack_{self.kind}", "channel": "slack", **self.facts}


class Sights:
    """A log with a bell."""

    def __init__(self) -> None:
        self._log: deque[Sight] = deque(maxlen=_KEPT)
        self._bell = asyncio.Event()
        self.marker = 0

    def add(self, kind: str, users: set[str] | None, facts: Json) -> Sight:
        """Something became visible."""
        self.marker += 1
        sight = Sight(
            self.marker, kind, None if users is None else frozenset(users), facts, time.monotonic()
        )
        self._log.append(sight)
        self._bell.set()
        return sight

    def since(self, marker: int, user: str) -> list[Sight]:
        """What a person could see after a marker, oldest first."""
        found: list[Sight] = []
        for sight in reversed(self._log):
            if sight.number <= marker:
                break
            if sight.users is None or user in sight.users:
                found.append(sight)
        return found[::-1]

    async def wait(
        self,
        marker: int,
        user: str,
        seconds: float,
        counts: Callable[[Sight], bool] = lambda _: True,
    ) -> list[Sight]:
        """The same, as soon as there is anything that `counts`, or after `seconds`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not any(counts(sight) for sight in self.since(marker, user)):
            self._bell.clear()
            try:
                await asyncio.wait_for(self._bell.wait(), end - loop.time())
            except TimeoutError:
                break
        return self.since(marker, user)

    @staticmethod
    def describe(sights: list[Sight]) -> list[Any]:
        """As JSON."""
        return [sight.describe() for sight in sights]
