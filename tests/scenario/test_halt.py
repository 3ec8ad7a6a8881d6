"""The emergency brake: what is stopped stays stopped, on every channel, until somebody who may lifts it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from broadcast.errors import NotAllowed
from broadcast.models import Admin, Role
from broadcast.services import brake, pending_notices, report, schedule
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus, DeliveryStatus
from tests.scenario.house import House

S = BroadcastStatus


async def owner(house: House, name: str = "Zeynep") -> Admin:
    made = Admin(name=name, role=Role.OWNER, created_at=house.now)
    async with house.store.write() as session:
        session.add(made)
    return made


async def begun(house: House, asked: int) -> None:
    while sum(house.channel.asked.values()) < asked:
        await asyncio.sleep(0.01)


async def looked_again(house: House, times: int = 3) -> bool:
    """The engine has looked so often since, which is what would have sent something."""
    for _ in range(times):
        house.core.wake.set()
        while house.core.wake.is_set():
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    return True


async def test_nothing_is_claimed_or_sent_after_a_halt_not_even_what_was_in_hand(
    house: House,
) -> None:
    house.channel.delay = 0.2
    house.channel.capabilities = replace(house.channel.capabilities, concurrency=4)
    number = await house.approved()
    asked = []

    async def pull() -> None:
        await begun(house, 4)
        _, in_flight = await brake.halt(house.core, house.author)
        assert in_flight == 4
        asked.append(sum(house.channel.asked.values()))
        await looked_again(house)

    async def settled() -> bool:
        counts = await house.ledger.counts(number)
        return bool(asked) and not counts.get(DeliveryStatus.IN_FLIGHT)

    await asyncio.gather(house.run_while(settled), pull())
    assert sum(house.channel.asked.values()) == asked[0] == 4
    assert (await report.sums(house.core, number)).open == 26
    assert await house.claim_again(number, 100) == []


async def test_a_restarted_house_is_still_halted_and_when_it_is_lifted_each_gets_it_once(
    house: House,
) -> None:
    await brake.halt(house.core, house.approver)
    number = await house.approved()
    await house.run_while(lambda: looked_again(house))
    assert not house.channel.asked
    house.core.brake.halted = None  # another process, which knows only the database
    await house.run_while(lambda: looked_again(house))
    assert not house.channel.asked and house.core.brake.halted is not None
    await brake.lift(house.core, house.approver)
    await house.run_until(number, S.COMPLETED)
    assert len(house.channel.received) == 30 and set(house.channel.received.values()) == {1}


async def test_a_halt_while_it_runs_and_going_on_miss_nobody_and_repeat_nobody(
    house: House,
) -> None:
    house.channel.delay = 0.05
    number = await house.approved()

    async def pull() -> None:
        await begun(house, 10)
        await brake.halt(house.core, house.author)
        await looked_again(house)
        assert await house.status(number) == S.SENDING
        await brake.lift(house.core, house.author)

    await asyncio.gather(house.run_until(number, S.COMPLETED), pull())
    assert len(house.channel.received) == 30 and set(house.channel.received.values()) == {1}


async def test_a_halt_lifted_while_calls_are_under_way_really_goes_on(house: House) -> None:
    house.channel.delay = 0.5
    number = await house.approved()

    async def pull() -> None:
        await begun(house, 1)
        await brake.halt(house.core, house.author)
        await brake.lift(house.core, house.author)

    await asyncio.gather(house.run_until(number, S.COMPLETED), pull())
    assert len(house.channel.received) == 30 and set(house.channel.received.values()) == {1}


async def test_what_is_scheduled_or_held_waits_and_goes_when_it_is_lifted(house: House) -> None:
    number = await house.draft()
    at = house.now + timedelta(minutes=5)
    await schedule.set_time(house.core, house.author, number, at)
    await house.approve(number)
    held = await house.approved()
    await brake.halt(house.core, house.author)
    house.now = at + timedelta(minutes=1)
    await house.run_while(lambda: looked_again(house))
    assert await house.status(number) == S.SCHEDULED
    assert await house.status(held) == S.HOLDING
    assert not house.channel.asked
    await brake.lift(house.core, house.author)
    await house.run_until(number, S.COMPLETED)
    await house.run_until(held, S.COMPLETED)


async def test_what_was_held_long_ago_asks_when_the_halt_is_lifted(house: House) -> None:
    number = await house.approved()
    await brake.halt(house.core, house.author)
    house.now += timedelta(days=1)
    await house.run_while(lambda: looked_again(house))
    await brake.lift(house.core, house.author)
    house.core.brake.halted = None
    await house.run_until(number, S.LATE)


async def test_a_launch_that_was_begun_does_not_pass_a_halt(house: House) -> None:
    number = await house.approved()
    async with house.store.write() as session:
        row = await load_broadcast(session, number)
        assert await brake.standing_halt(session) is None
    await brake.halt(house.core, house.author)
    from broadcast.engine.runner import Runner
    from broadcast.engine.waits import awaited

    runner = Runner(house.core, house.ledger, {("telegram", "default"): house.pacer})
    (found,) = await awaited(house.store)
    await runner._launch(found)
    assert await house.status(number) == S.HOLDING and row.launched_at is None


async def test_everybody_may_halt_but_only_they_or_an_owner_let_it_go_on(house: House) -> None:
    zeynep = await owner(house)
    await brake.halt(house.core, house.author)
    with pytest.raises(NotAllowed, match="stopped everything"):
        await brake.lift(house.core, house.approver)
    assert await brake.refresh(house.core) is not None
    await brake.lift(house.core, house.author)
    assert await brake.refresh(house.core) is None
    await brake.halt(house.core, house.approver)
    await brake.lift(house.core, zeynep)
    assert await brake.refresh(house.core) is None


async def test_a_halt_that_comes_twice_is_one_and_an_old_button_lifts_no_later_one(
    house: House,
) -> None:
    zeynep = await owner(house)
    first, _ = await brake.halt(house.core, house.author)
    again, _ = await brake.halt(house.core, house.approver)
    assert again == first
    assert await brake.lift(house.core, zeynep, first.halt_id) is None
    assert await brake.lift(house.core, zeynep, first.halt_id) is None
    second, _ = await brake.halt(house.core, house.author)
    assert second.halt_id != first.halt_id
    assert await brake.lift(house.core, zeynep, first.halt_id) == second
    assert await brake.refresh(house.core) == second


async def test_the_whole_team_is_told_who_halted_and_the_owners_how_to_lift_it(
    house: House,
) -> None:
    zeynep = await owner(house)
    halted, _ = await brake.halt(house.core, house.author)
    told = {
        one.only: one
        for one in map(pending_notices.read, await pending_notices.of_the_house(house.core))
    }
    assert set(told) == {house.approver.admin_id, zeynep.admin_id}
    assert all(one.values == {"name": "Ayşe"} for one in told.values())
    lift = ("Go on with all", f"lift {halted.halt_id}")
    assert lift in told[zeynep.admin_id].buttons
    assert lift not in told[house.approver.admin_id].buttons


async def test_who_was_removed_meanwhile_halts_nothing(house: House) -> None:
    async with house.store.write() as session:
        row = await session.get(Admin, house.author.admin_id)
        assert row is not None
        row.active = False
    with pytest.raises(NotAllowed):
        await brake.halt(house.core, house.author)
    assert await brake.refresh(house.core) is None


async def test_a_halt_that_could_not_be_written_down_is_lifted_by_the_same_people_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = brake.append_audit

    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(brake, "append_audit", full)
    with pytest.raises(OperationalError):
        await brake.halt(house.core, house.author)
    monkeypatch.setattr(brake, "append_audit", written)
    with pytest.raises(NotAllowed, match="stopped everything"):
        await brake.lift(house.core, house.approver)
    assert await brake.is_held(house.core)
    assert await brake.lift(house.core, house.author) is None
    assert not await brake.is_held(house.core)


async def test_a_halt_that_could_not_be_written_down_holds_and_is_written_when_it_can(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await house.approved()
    written = brake.append_audit

    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(brake, "append_audit", full)
    with pytest.raises(OperationalError):
        await brake.halt(house.core, house.author)

    async def looked() -> bool:
        return await looked_again(house)

    await house.run_while(looked)
    assert not house.channel.asked and await house.status(number) == S.HOLDING
    monkeypatch.setattr(brake, "append_audit", written)

    async def is_written() -> bool:
        return await brake.refresh(house.core) is not None

    await house.run_while(is_written)
    assert not house.channel.asked and not house.core.brake.pulled
    await brake.lift(house.core, house.author)
    await house.run_until(number, S.COMPLETED)
