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


async def test_an_answer_does_not_wait_where_broadcasts_have_caught_up_after_a_stall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(pacing, "monotonic", lambda: now)
    pacer = Pacer(30)
    turns = pacer.turns(most=1000)
    sent: list[float] = []

    async def answer(chat: str) -> asyncio.Task[None]:
        answering = asyncio.create_task(pacer.reply_turn(chat))
        await asyncio.sleep(0)
        if answering.done():
            sent.append(now)
        return answering

    def send_until(moment: float) -> None:
        nonlocal now
        while now < moment:
            while turns.at_once():
                sent.append(now)
            now += 0.0001

    assert (await answer("first")).done()
    now += 0.3  # a stall: the turns it cost are taken at once, and a gap comes a second later
    send_until(1001.2)
    assert not turns.at_once(), "the gap"
    assert (await answer("in the gap")).done()
    waiting = await answer("right behind")
    assert not waiting.done(), "the platform counts answers too"
    for i, at in enumerate(sent[30:], 30):
        assert at - sent[i - 30] >= 1.0, "never more than the allowance in a second"
    waiting.cancel()
    turns.close()
