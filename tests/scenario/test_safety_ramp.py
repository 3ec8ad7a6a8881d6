"""The first few, a look, and a run that stops itself: with the real engine and services."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from broadcast.context import Event
from broadcast.errors import Invalid, TooLate
from broadcast.inbound import Inbound, InboundKind
from broadcast.outcome import Reason, Refused
from broadcast.safety import Alarm, Danger, Limits
from broadcast.services import compose, control, report, safety, subscribe
from broadcast.states import BroadcastStatus
from tests.scenario.house import House

S = BroadcastStatus


def rules(house: House, **changes: object) -> None:
    house.core.policy = replace(house.core.policy, **changes)  # type: ignore[arg-type]


async def test_the_first_few_go_and_it_goes_on_by_itself_when_all_is_well(house: House) -> None:
    rules(house, canary="10", canary_wait_seconds=0.3)
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, S.WATCHING)
    assert len(house.channel.received) == 10
    await house.run_until(broadcast_id, S.COMPLETED)
    assert set(house.channel.received.values()) == {1}
    assert len(house.channel.received) == 30


async def test_first_ones_that_take_it_badly_pause_it_and_the_team_is_told_why(
    house: House,
) -> None:
    told: list[Event] = []

    async def tell(event: Event) -> None:
        told.append(event)

    house.core.tell = tell
    rules(house, canary="10", canary_wait_seconds=0.0)
    house.channel.script = lambda e: Refused(Reason.REJECTED) if int(e.address) % 3 == 0 else None
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, S.PAUSED)
    assert sum(house.channel.asked.values()) == 10
    alarm = Alarm.read((await compose.get(house.core, broadcast_id)).pause_reason)
    assert alarm is not None and alarm.canary
    assert (alarm.danger, alarm.of) == (Danger.FAILED, 10)
    assert alarm.reasons[0][0] == "rejected"
    assert [e.kind for e in told].count("trouble") == 1


async def test_an_admin_may_go_on_in_spite_of_it(house: House) -> None:
    rules(house, canary="10", canary_wait_seconds=0.0)
    house.channel.script = lambda e: Refused(Reason.REJECTED) if int(e.address) % 3 == 0 else None
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, S.PAUSED)
    await control.resume(house.core, house.approver, broadcast_id)
    await house.run_until(broadcast_id, S.COMPLETED)
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.planned, sums.sent, sums.failed) == (30, 20, 10)


async def test_one_that_asks_waits_for_a_word(house: House) -> None:
    rules(house, canary_wait_seconds=0.0)
    broadcast_id = await house.draft()
    await safety.set_canary(house.core, house.author, broadcast_id, "10% ask")
    await house.approve(broadcast_id)
    await house.run_until(broadcast_id, S.WATCHING)

    async def asked() -> bool:
        return (await compose.get(house.core, broadcast_id)).watch_until is None

    await house.run_while(asked)
    assert await house.status(broadcast_id) == S.WATCHING
    assert len(house.channel.received) == 3
    await control.resume(house.core, house.approver, broadcast_id)
    await house.run_until(broadcast_id, S.COMPLETED)
    assert len(house.channel.received) == 30


async def test_a_pause_amid_the_first_few_does_not_let_the_others_through(house: House) -> None:
    rules(house, canary="10", canary_wait_seconds=60.0)
    house.channel.delay = 0.2
    broadcast_id = await house.approved()

    async def pause_and_resume() -> None:
        while not house.channel.asked:
            await asyncio.sleep(0.01)
        await control.pause(house.core, house.author, broadcast_id)
        await control.resume(house.core, house.author, broadcast_id)

    await asyncio.gather(house.run_until(broadcast_id, S.WATCHING), pause_and_resume())
    assert len(house.channel.received) == 10


async def test_a_run_that_fails_too_often_stops_itself(house: House) -> None:
    rules(house, limits=Limits(window=10, failed=50))
    house.channel.script = lambda e: Refused(Reason.REJECTED) if int(e.address) >= 1010 else None
    house.channel.capabilities = replace(house.channel.capabilities, concurrency=1)
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, S.PAUSED)
    row = await compose.get(house.core, broadcast_id)
    alarm = Alarm.read(row.pause_reason)
    assert alarm is not None and (alarm.danger, alarm.count, alarm.of) == (Danger.FAILED, 5, 10)
    assert sum(house.channel.asked.values()) == 15
    await control.resume(house.core, house.approver, broadcast_id)
    await house.run_until(broadcast_id, S.COMPLETED)
    assert (await report.sums(house.core, broadcast_id)).failed == 20


async def test_people_leaving_stop_it(house: House) -> None:
    rules(house, limits=Limits(window=10, opt_out=10))
    house.channel.delay = 0.5
    broadcast_id = await house.approved()

    async def leave() -> None:
        while len(house.channel.received) < 10:
            await asyncio.sleep(0.02)
        for i in range(4):
            said = Inbound(f"u{i}", "telegram", "default", str(1000 + i), InboundKind.TEXT, "STOP")
            await subscribe.hear(house.core, said)

    house.channel.capabilities = replace(house.channel.capabilities, concurrency=2)
    await asyncio.gather(house.run_until(broadcast_id, S.PAUSED), leave())
    alarm = Alarm.read((await compose.get(house.core, broadcast_id)).pause_reason)
    assert alarm is not None and alarm.danger == Danger.OPT_OUT
    assert 2 <= alarm.count <= 4, "it is looked at while they leave"


async def test_who_goes_first_is_chosen_before_it_starts(house: House) -> None:
    broadcast_id = await house.draft()
    with pytest.raises(Invalid):
        await safety.set_canary(house.core, house.author, broadcast_id, "some")
    await house.approve(broadcast_id)
    await house.run_until(broadcast_id, S.COMPLETED)
    with pytest.raises(TooLate):
        await safety.set_canary(house.core, house.author, broadcast_id, "5%")
