"""The limiter of an account: who waits for whom."""

from __future__ import annotations

import asyncio

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
