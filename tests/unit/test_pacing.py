"""The limiter of an account: who waits for whom."""

from __future__ import annotations

import asyncio

import pytest

from broadcast.engine import pacing
from broadcast.engine.pacing import Pacer


async def test_a_chat_takes_a_short_burst_and_then_waits_alone() -> None:
    pacer = Pacer(1000)
    ours = [asyncio.create_task(pacer.reply_turn("ours")) for _ in range(4)]
    other = asyncio.create_task(pacer.reply_turn("other"))
    await asyncio.gather(*ours[:3], other)
    assert not ours[3].done(), "the fourth waits its second; nobody else waits for it"
    ours[3].cancel()
    await asyncio.gather(*ours, return_exceptions=True)


async def test_somebody_who_waits_for_an_answer_goes_before_a_waiting_broadcast() -> None:
    pacer = Pacer(20)
    turns = pacer.turns(most=10)
    order: list[str] = []

    async def broadcast() -> None:
        for _ in range(4):
            assert await turns.wait()
            order.append("broadcast")
            turns.done()

    async def answer() -> None:
        await pacer.reply_turn("somebody")
        order.append("answer")

    running = asyncio.create_task(broadcast())
    await asyncio.sleep(0)
    await answer()
    assert order.count("broadcast") <= 1
    await running
    turns.close()


async def test_an_answer_does_not_wait_where_broadcasts_have_used_the_whole_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(pacing, "monotonic", lambda: now)
    pacer = Pacer(30)
    turns = pacer.turns(most=1000)

    def send_all_that_may() -> int:
        """Up to the next tenth of a millisecond."""
        count = 0
        while turns.at_once():
            count += 1
        return count

    now += 0.3  # a stall: what it cost is made good at once, and then the second is used up
    while now < 1001.2:
        send_all_that_may()
        now += 0.0001
    assert send_all_that_may() == 0, "a gap, as long as the stall was"
    answered = asyncio.create_task(pacer.reply_turn("somebody"))
    waiting = asyncio.create_task(pacer.reply_turn("another"))
    await asyncio.sleep(0)
    assert answered.done()
    assert not waiting.done(), "the reserve is small: the platform counts answers too"
    waiting.cancel()
    turns.close()
