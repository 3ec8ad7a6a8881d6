"""How far below the allowance an account stays: for what the network shows, and for what was refused."""

from __future__ import annotations

import random

import pytest

from broadcast.engine import pacing
from broadcast.engine.headroom import Room
from broadcast.engine.pacing import Pacer


def heard(room: Room, jitter: float, answers: int = 400, usual: float = 0.05) -> None:
    chance = random.Random(7)
    for _ in range(answers):
        room.answered(usual + chance.uniform(0.0, jitter))


@pytest.mark.parametrize("usual", [0.001, 0.05, 2.0])
def test_even_answers_cost_nothing_however_slow_they_are(usual: float) -> None:
    room = Room(30)
    heard(room, 0.002, usual=usual)
    assert room.share(1000.0) == 1.0


@pytest.mark.parametrize("jitter", [0.08, 0.3, 3.0])
def test_uneven_answers_cost_a_little_before_anybody_says_no(jitter: float) -> None:
    room = Room(30)
    heard(room, jitter)
    assert room.share(1000.0) == pytest.approx(0.985)


def test_a_no_right_at_the_start_counts_strictly() -> None:
    """A second of 30 holds no 31st: what 80 ms of jitter can bring together has to fit."""
    room = Room(30)
    heard(room, 0.08, answers=31)
    room.refused(1000.0)
    assert 0.88 <= room.share(1000.0) <= 0.94


def test_a_no_after_long_is_a_step_and_taken_back_slowly() -> None:
    room = Room(30)
    heard(room, 0.0)
    room.refused(1000.0)
    assert room.share(1000.0) == pytest.approx(0.985)
    assert room.share(1060.0) == pytest.approx(0.985)
    assert 0.985 < room.share(1080.0) < 1.0
    assert room.share(1200.0) == 1.0


def test_no_after_no_leaves_more_and_never_more_than_an_eighth() -> None:
    room = Room(30)
    shares = []
    for second in range(20):
        heard(room, 0.08, answers=30)
        room.refused(1000.0 + second)
        shares.append(room.share(1000.0 + second))
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0.88)


async def test_an_account_that_was_refused_goes_slower_and_never_makes_a_burst(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(pacing, "monotonic", lambda: now)
    pacer = Pacer(30)
    chance = random.Random(3)
    turns = pacer.turns(most=1000)
    sent: list[float] = []

    def send_until(moment: float) -> None:
        nonlocal now
        while now < moment:
            while turns.at_once():
                sent.append(now)
                pacer.answered(0.05 + chance.uniform(0.0, 0.08))
                turns.done()
            now += 0.0005

    send_until(1001.0)
    pacer.throttled(1.0)
    for _ in range(20):  # what was on its way is refused as well: one setback
        pacer.throttled(1.0)
    assert not turns.at_once()
    send_until(1030.0)
    after = [at for at in sent if at > 1002.0]
    assert after[0] >= 1002.0, "the wait we were told"
    achieved = (len(after) - 1) / (after[-1] - after[0]) / 30
    assert 0.88 <= achieved <= 0.95
    now += 0.4  # a stall is made good, but not with what 80 ms could bring together
    send_until(now + 2)
    assert all(b - a >= 1.04 for a, b in zip(sent[40:], sent[70:], strict=False))
    turns.close()


async def test_without_a_rate_a_throttle_is_only_a_wait() -> None:
    pacer = Pacer(0)
    turns = pacer.turns(most=10)
    pacer.throttled(0.01)
    assert not turns.at_once()
    assert pacer.pace == 0
    turns.close()
