"""Pause and cancel mean what they say, at once, and the reply says how many were on their way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.handlers import control as handlers
from broadcast.errors import TooLate
from broadcast.services import compose, control, report
from broadcast.states import BroadcastStatus, DeliveryStatus
from broadcast.store import completion
from tests.scenario.house import House
from tests.scenario.turns import turn

S = BroadcastStatus


async def begun(house: House, asked: int) -> None:
    while sum(house.channel.asked.values()) < asked:
        await asyncio.sleep(0.01)


def slow(house: House, at_once: int) -> None:
    house.channel.delay = 0.4
    house.channel.capabilities = replace(house.channel.capabilities, concurrency=at_once)


async def test_after_a_pause_nothing_new_leaves(house: House) -> None:
    slow(house, 5)
    broadcast_id = await house.approved()
    asked = []

    async def pause() -> None:
        await begun(house, 5)
        await control.pause(house.core, house.author, broadcast_id)
        asked.append(sum(house.channel.asked.values()))

    async def settled() -> bool:
        counts = await house.ledger.counts(broadcast_id)
        paused = await house.status(broadcast_id) == S.PAUSED
        return paused and not counts.get(DeliveryStatus.IN_FLIGHT)

    await asyncio.gather(house.run_while(settled), pause())
    assert sum(house.channel.asked.values()) == asked[0]
    assert (await report.sums(house.core, broadcast_id)).sent == asked[0]


async def test_cancel_says_how_many_were_on_their_way_and_nobody_follows(house: House) -> None:
    slow(house, 7)
    broadcast_id = await house.approved()
    said = []
    asked = []

    async def cancel() -> None:
        await begun(house, 7)
        request = turn(house, house.author, "cancel", f"{broadcast_id} now")
        said.extend(await handlers.cancel(request))
        asked.append(sum(house.channel.asked.values()))

    async def over() -> bool:
        return (
            await house.status(broadcast_id) == S.CANCELLED
            and (await report.sums(house.core, broadcast_id)).finished
        )

    await asyncio.gather(house.run_while(over), cancel())
    assert "Cancelled. 7 were already on their way." in said[0].text.text
    assert sum(house.channel.asked.values()) == asked[0] == 7
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.planned, sums.sent, sums.skipped, sums.open) == (30, 7, 23, 0)
    missed = await report.missed(house.core, broadcast_id)
    assert {m.reason for m in missed} == {"cancelled"}
    with pytest.raises(TooLate):
        await control.resume(house.core, house.author, broadcast_id)


async def test_cancelling_what_is_paused_closes_its_sums_too(house: House) -> None:
    slow(house, 5)
    broadcast_id = await house.approved()

    async def pause_then_cancel() -> None:
        await begun(house, 5)
        await control.pause(house.core, house.author, broadcast_id)
        while (await house.ledger.counts(broadcast_id)).get(DeliveryStatus.IN_FLIGHT):
            await asyncio.sleep(0.02)
        _, in_flight = await control.cancel(house.core, house.author, broadcast_id)
        assert in_flight == 0

    async def over() -> bool:
        return (
            await house.status(broadcast_id) == S.CANCELLED
            and (await report.sums(house.core, broadcast_id)).finished
        )

    await asyncio.gather(house.run_while(over), pause_then_cancel())
    assert (await report.sums(house.core, broadcast_id)).skipped == 25


async def test_a_cancel_that_a_kill_interrupted_is_finished_after_the_start(house: House) -> None:
    broadcast_id = await house.approved()
    row = await compose.get(house.core, broadcast_id)
    await house.ledger.plan(broadcast_id, row.audience, compose.open_accounts(house.core))
    await house.claim(broadcast_id, 4)
    await control.cancel(house.core, house.author, broadcast_id)
    assert await completion.left_open(house.store) == {broadcast_id}
    await house.ledger.recover()

    async def over() -> bool:
        return (await report.sums(house.core, broadcast_id)).finished

    await house.run_while(over)
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.planned, sums.uncertain, sums.skipped) == (30, 4, 26)
    assert not house.channel.asked


async def test_nothing_is_claimed_once_a_cancel_is_written(house: House) -> None:
    broadcast_id = await house.approved()
    row = await compose.get(house.core, broadcast_id)
    await house.ledger.plan(broadcast_id, row.audience, compose.open_accounts(house.core))
    assert len(await house.claim(broadcast_id, 4)) == 4
    await control.cancel(house.core, house.author, broadcast_id)
    assert await house.claim_again(broadcast_id, 4) == []
