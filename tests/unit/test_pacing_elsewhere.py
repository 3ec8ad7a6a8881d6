"""What went wrong with limiters in other systems, played on ours (docs/foreign-eyes.md)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from broadcast.engine import pacing
from broadcast.engine.pacing import Pacer
from channels.telegram.webhook import AT_ONCE
from web.door import Limits


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    made = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(pacing, "monotonic", lambda: made.now)
    return made


def most_in_a_second(taken: list[float]) -> int:
    return max(sum(at <= one < at + 1.0 - 1e-6 for one in taken) for at in taken)


def run(
    clock: SimpleNamespace, rate: float, seconds: float, awake: Callable[[], bool]
) -> list[float]:
    """Take whatever is free, every two milliseconds in which we are `awake`."""
    pacer = Pacer(rate)
    turns = pacer.turns(10_000)
    taken: list[float] = []
    for _ in range(int(seconds * 500)):
        clock.now += 0.002
        while awake() and turns.at_once():
            taken.append(clock.now)
    turns.close()
    return taken


@pytest.mark.parametrize("rate", [1.0, 5.0, 20.0, 30.0])
def test_after_an_hour_of_rest_there_is_no_burst(clock: SimpleNamespace, rate: float) -> None:
    """A bucket that fills while nobody takes gives twice the allowance when they come back."""
    pacer = Pacer(rate)
    turns = pacer.turns(10_000)
    assert turns.at_once()
    clock.now += 3600
    at_once = 0
    while turns.at_once():
        at_once += 1
    assert at_once <= max(1, rate * 0.25 + 1)
    turns.close()


@pytest.mark.parametrize("rate", [1.0, 5.0, 20.0, 30.0])
@pytest.mark.parametrize("seed", range(3))
def test_no_second_holds_more_than_the_allowance_however_we_stall(
    clock: SimpleNamespace, rate: float, seed: int
) -> None:
    chance = random.Random(seed)
    sleeps = 0.0

    def awake() -> bool:
        nonlocal sleeps
        if clock.now < sleeps:
            return False
        if chance.random() < 0.002:
            sleeps = clock.now + chance.uniform(0.05, 2.5)
        return True

    taken = run(clock, rate, 40, awake)
    assert most_in_a_second(taken) <= max(1, int(rate * 1.005))
    assert len(taken) > rate * 40 * 0.2


@pytest.mark.parametrize("rate", [5.0, 30.0])
def test_a_wait_is_counted_once(clock: SimpleNamespace, rate: float) -> None:
    """Who waits for a turn has used up the time they waited: the next one does not come for free."""
    taken = run(clock, rate, 20, lambda: True)
    assert len(taken) <= rate * 20 + 2


def test_a_clock_set_by_hand_gives_and_takes_nothing(
    clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    pacer = Pacer(10.0)
    turns = pacer.turns(10_000)
    assert turns.at_once()
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert not turns.at_once()
    turns.close()


@pytest.mark.parametrize("seconds", [0.0, -5.0, float("-inf")])
def test_a_wait_of_nothing_shuts_nobody_out(clock: SimpleNamespace, seconds: float) -> None:
    pacer = Pacer(10.0)
    pacer.close_for(seconds)
    assert not pacer.closed and pacer.closed_seconds == 0.0


def test_a_hundred_refusals_in_flight_are_one_wait(clock: SimpleNamespace) -> None:
    pacer = Pacer(30.0)
    for _ in range(100):
        pacer.throttled(3.0)
    assert pacer.closed_seconds == pytest.approx(3.0)
    before = pacer.pace
    clock.now += 3.1
    pacer.throttled(1.0)
    assert pacer.pace < before


async def test_many_who_wait_do_not_all_wake_for_one_turn() -> None:
    """Each gets its own turn, in the order in which they came."""
    pacer = Pacer(400.0)
    turns = pacer.turns(10_000)
    order: list[int] = []

    async def one(n: int) -> None:
        assert await turns.wait()
        order.append(n)

    begun = [asyncio.create_task(one(n)) for n in range(200)]
    async with asyncio.timeout(30):
        await asyncio.gather(*begun)
    assert order == list(range(200))
    turns.close()


def test_a_platform_has_room_at_the_door_for_all_it_may_bring_at_once() -> None:
    assert Limits().per_peer > AT_ONCE
