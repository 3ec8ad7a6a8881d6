"""A platform's daily allowance: with how many people we may begin, outside their window, in 24 h."""

from __future__ import annotations

from sqlalchemy import text

from broadcast.context import Core
from broadcast.services.reach import DAY_SECONDS

_LAST_DAY = text("SELECT address_id, at FROM begun WHERE channel = :channel AND at > :since")


class Budget:
    """All accounts of one channel share it, as the platform counts. Times in Unix seconds."""

    def __init__(self, begun: dict[int, float]) -> None:
        self._begun = dict(sorted(begun.items(), key=lambda one: one[1]))

    def admits(self, address_id: int, now: float, limit: int) -> bool:
        """Take a place, unless this person has one already; False when none is left."""
        if address_id in self._begun:
            return True
        self._forget(now)
        if len(self._begun) >= limit:
            return False
        self._begun[address_id] = now
        return True

    def give_back(self, address_id: int) -> None:
        """It was not begun after all."""
        self._begun.pop(address_id, None)

    def next_place(self, now: float) -> float:
        """Seconds until somebody's day is over."""
        oldest = next(iter(self._begun.values()), now)
        return max(1.0, oldest + DAY_SECONDS - now)

    def _forget(self, now: float) -> None:
        while self._begun and next(iter(self._begun.values())) <= now - DAY_SECONDS:
            del self._begun[next(iter(self._begun))]


class Budgets:
    """One a channel, read from the database when it is first asked for."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known: dict[str, Budget] = {}

    async def of(self, channel: str) -> Budget:
        if channel not in self._known:
            since = self._core.clock().timestamp() - DAY_SECONDS
            async with self._core.store.read() as session:
                rows = await session.execute(_LAST_DAY, {"channel": channel, "since": since})
                self._known[channel] = Budget(dict(rows.tuples().all()))
        return self._known[channel]
