"""The books of a fan-out look again, whenever its rest happens to end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from broadcast.engine import recorder
from broadcast.engine.claim_buffer import Stock
from broadcast.store.deliveries import Batch, Lost, Sent, Wish


class Ledger:
    """Planning is not over at the first look, and it is at the second."""

    def __init__(self) -> None:
        self.looks = 0

    async def exchange(self, sent: Any, results: Any, wish: Wish) -> Batch:
        return Batch([], wish.after)

    async def left(self, wish: Wish) -> tuple[int, float, bool]:
        self.looks += 1
        return 0, 0.0, self.looks > 1


@pytest.mark.parametrize("late_at", range(2, 12))
async def test_a_rest_that_ends_between_two_looks_at_the_clock_is_noticed(
    monkeypatch: pytest.MonkeyPatch, late_at: int
) -> None:
    ticks = 0

    def steady() -> float:
        """Time creeps, but for one leap between two readings of the clock."""
        nonlocal ticks
        ticks += 1
        return 1000.0 + ticks / 10_000 + (10.0 if ticks >= late_at else 0.0)

    monkeypatch.setattr(recorder, "steady_unix", steady)
    monkeypatch.setattr(recorder, "_OTHERS_SECONDS", 0.001)
    ledger: Any = Ledger()
    wish = Wish(1, "telegram", "default", size=0)
    kept = recorder.Books(
        SimpleNamespace(), ledger, wish, Stock(lambda: 30.0), in_flight=lambda: 0, feed=lambda claimed: None
    )  # fmt: skip
    async with asyncio.timeout(60):
        assert await kept.keep()
    assert ledger.looks == 2


async def test_having_lost_the_database_it_waits_for_what_is_in_flight() -> None:
    class Gone(Ledger):
        async def exchange(self, sent: Any, results: Any, wish: Wish) -> Batch:
            self.looks += 1
            raise Lost

    ledger: Any = Gone()
    in_flight = 1
    kept = recorder.Books(
        SimpleNamespace(), ledger, Wish(1, "telegram", "default"), Stock(lambda: 30.0),
        in_flight=lambda: in_flight, feed=lambda claimed: None,
    )  # fmt: skip
    keeping = asyncio.ensure_future(kept.keep())
    await asyncio.sleep(0.05)  # never comes back when the books look in a circle
    assert not keeping.done()
    in_flight = 0
    kept.note(Sent(1, 0.0, ""))
    async with asyncio.timeout(60):
        with pytest.raises(Lost):
            await keeping
