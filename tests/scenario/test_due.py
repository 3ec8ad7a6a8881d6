"""When things begin: scheduled, late, held; and a wall clock that jumps neither hurries nor delays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.engine import waits
from broadcast.errors import NotAllowed
from broadcast.services import compose, control, schedule
from broadcast.states import BroadcastStatus
from broadcast.store.session import Store
from tests.scenario.house import House

S = BroadcastStatus
HOUR = timedelta(hours=1)


async def scheduled(house: House, ahead: timedelta) -> int:
    broadcast_id = await house.draft()
    await schedule.set_time(house.core, house.author, broadcast_id, house.now + ahead)
    await house.approve(broadcast_id)
    assert await house.status(broadcast_id) == S.SCHEDULED
    return broadcast_id


async def looked(house: House, times: int, jump: timedelta = timedelta()) -> None:
    """Until the engine has looked so many times; the clock jumps after the second look."""
    looks = 0

    async def counted(store: Store) -> list[waits.Awaited]:
        nonlocal looks
        looks += 1
        if looks == 3:
            house.now += jump
        return await awaited(store)

    async def enough() -> bool:
        return looks >= times

    awaited = waits.awaited
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waits, "awaited", counted)
        await house.run_while(enough)


async def test_a_scheduled_one_waits_for_its_time(house: House) -> None:
    broadcast_id = await scheduled(house, HOUR)
    await looked(house, 3)
    assert await house.status(broadcast_id) == S.SCHEDULED
    house.now += HOUR
    await house.run_until(broadcast_id, S.COMPLETED)
    assert len(house.channel.received) == 30


async def test_one_whose_time_passed_while_we_were_away_still_goes_within_the_limit(
    house: House,
) -> None:
    broadcast_id = await scheduled(house, HOUR)
    house.now += HOUR + timedelta(minutes=59)
    await house.run_until(broadcast_id, S.COMPLETED)


async def test_one_that_is_too_late_asks_and_goes_when_somebody_says_so(house: House) -> None:
    broadcast_id = await scheduled(house, HOUR)
    house.now += HOUR + timedelta(minutes=61)
    await scheduled(house, HOUR)
    await house.run_until(broadcast_id, S.LATE)
    await looked(house, 3)
    assert not house.channel.asked
    with pytest.raises(NotAllowed):
        await control.send_now(house.core, house.author, broadcast_id)
    await control.send_now(house.core, house.approver, broadcast_id)
    await house.run_until(broadcast_id, S.COMPLETED)


async def test_the_limit_is_a_setting(house: House) -> None:
    house.core.policy = replace(house.core.policy, late_after_seconds=60.0)
    broadcast_id = await scheduled(house, HOUR)
    house.now += HOUR + timedelta(seconds=61)
    await house.run_until(broadcast_id, S.LATE)


async def test_a_hold_lasts_as_long_as_it_said_though_the_clock_jumps(house: House) -> None:
    house.core.policy = replace(house.core.policy, undo_hold_seconds=3600.0)
    broadcast_id = await house.approved()
    await looked(house, 6, jump=2 * HOUR)
    assert await house.status(broadcast_id) == S.HOLDING
    assert not house.channel.asked


async def test_a_clock_that_goes_back_does_not_prolong_a_hold(house: House) -> None:
    house.core.policy = replace(house.core.policy, undo_hold_seconds=0.3)
    broadcast_id = await house.approved()
    house.now -= 2 * HOUR
    await house.run_until(broadcast_id, S.COMPLETED)


async def test_a_hold_found_long_after_its_end_asks_instead(house: House) -> None:
    house.core.policy = replace(house.core.policy, undo_hold_seconds=30.0)
    broadcast_id = await house.approved()
    house.now += 2 * HOUR
    await house.run_until(broadcast_id, S.LATE)
    assert (await compose.get(house.core, broadcast_id)).approved_digest, "its approval stands"


async def test_a_clock_that_goes_back_after_the_launch_sends_nothing_twice(house: House) -> None:
    broadcast_id = await scheduled(house, HOUR)
    house.now += HOUR
    await house.run_until(broadcast_id, S.COMPLETED)
    await scheduled(house, 100 * HOUR)
    house.now -= 2 * HOUR
    await looked(house, 3)
    await looked(house, 6, jump=2 * HOUR)
    assert set(house.channel.received.values()) == {1}
