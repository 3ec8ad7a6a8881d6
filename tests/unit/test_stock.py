"""What is claimed and not begun stays close to what leaves, at every rate and after any dry spell."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from broadcast.engine import claim_buffer
from broadcast.engine.claim_buffer import Stock
from broadcast.engine.pacing import Pacer


def claimed(count: int) -> list[Any]:
    return [object() for _ in range(count)]


def drain(full: Stock) -> int:
    taken = 0
    while full.reserve():
        full.take()
        taken += 1
    return taken


@pytest.mark.parametrize("rate", [0.5, 1, 5, 10, 20, 30, 80, 100, 101, 250, 1000, 2500])
async def test_a_fifth_of_a_second_at_most_however_often_it_ran_dry(rate: float) -> None:
    made = Stock(lambda: rate)
    for _ in range(30):  # dry, again and again
        waiting = asyncio.create_task(made.more())
        await asyncio.sleep(0)
        wanted = made.wanted
        assert 1 <= wanted <= max(1, 0.2 * rate)
        made.add(claimed(wanted))
        assert await waiting
        assert len(made) <= max(1, 0.2 * rate)
        assert drain(made) == wanted
    made.close()


async def test_a_dry_worker_is_heard_once_until_there_is_more() -> None:
    heard = []
    made = Stock(lambda: 30.0, lambda: heard.append(1))
    idle = [asyncio.create_task(made.more()) for _ in range(5)]
    await asyncio.sleep(0)
    assert len(heard) == 1
    made.add(claimed(5))
    await asyncio.gather(*idle)
    drain(made)
    idle = [asyncio.create_task(made.more())]
    await asyncio.sleep(0)
    assert len(heard) == 2
    made.close()
    assert not await idle[0]


@pytest.mark.parametrize(
    ("cost", "broadcasts", "most"), [(1, 1, 6), (3, 1, 2), (10, 1, 1), (1, 3, 2), (1, 50, 1)]
)
async def test_an_accounts_rate_is_divided_among_what_is_sent_there(
    cost: int, broadcasts: int, most: int
) -> None:
    """An album costs several turns, and broadcasts of one account share them."""
    pacer = Pacer(30)
    turns = [pacer.turns(100, cost) for _ in range(broadcasts)]
    assert Stock(lambda: turns[0].rate).wanted == most
    for one in turns:
        one.close()


async def test_without_a_limit_it_grows_with_the_pace_and_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(claim_buffer, "monotonic", lambda: now)
    made = Stock()

    async def refill(after: float) -> int:
        nonlocal now
        waiting = asyncio.create_task(made.more())
        await asyncio.sleep(0)
        now += after
        wanted = made.wanted
        made.add(claimed(wanted))
        await waiting
        drain(made)
        return wanted

    sizes = [await refill(0.01) for _ in range(10)]
    assert sizes[0] == 64 and max(sizes) == 512
    slow = [await refill(5.0) for _ in range(20)]
    assert slow[-1] == 64, "what was fast once is no reason to claim far ahead now"
    made.close()
