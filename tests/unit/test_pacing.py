"""The limiter of an account: who waits for whom, on a clock that only sleeping moves."""

from __future__ import annotations

import pytest

from broadcast.engine import pacing

RATE = 10


async def test_an_answer_that_others_overtake_does_not_use_up_its_chats_own_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, waits, rivals = [100.0], list[float](), [f"rival {n}" for n in range(6)]
    pacer = pacing.Pacer(RATE)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds
        if rivals:
            await pacer.reply_turn(rivals.pop())

    monkeypatch.setattr(pacing, "monotonic", lambda: now[0])
    monkeypatch.setattr(pacing.asyncio, "sleep", sleep)

    await pacer.reply_turn("first")
    await pacer.reply_turn("ours")

    assert not rivals
    assert len(waits) == 7, "one slot was waited for each time somebody was faster"
    assert max(waits) <= 1 / RATE + 1e-6, "never the second a chat waits after many messages"


async def test_a_chat_takes_a_short_burst_and_then_one_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    pacer = pacing.Pacer(1000)

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(pacing, "monotonic", lambda: now[0])
    monkeypatch.setattr(pacing.asyncio, "sleep", sleep)

    moments = []
    for _ in range(6):
        await pacer.reply_turn("one")
        moments.append(round(now[0] - 100.0))

    assert moments == [0, 0, 0, 1, 2, 3]
