"""What is wrong with one broadcast stays its own: the others go on, and the team hears of it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from broadcast.context import Core, Event
from broadcast.engine import runner
from broadcast.services import compose, idempotency, pending_notices, schedule
from broadcast.states import BroadcastStatus
from tests.scenario.house import House

S = BroadcastStatus


@pytest.fixture
def told(house: House, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    monkeypatch.setattr(runner, "_AFTER_ERROR_SECONDS", 0.02)
    heard: list[Event] = []

    async def tell(event: Event) -> None:
        heard.append(event)

    house.core.tell = tell
    return heard


async def spoil(house: House, column: str, value: str, broadcast_id: int) -> None:
    """As a half-restored backup, or a hand in the database, leaves a row."""
    async with house.store.bulk() as db:
        await db.execute(
            text(f"UPDATE broadcast SET {column} = :v WHERE broadcast_id = :b"),
            {"v": value, "b": broadcast_id},
        )


async def test_a_row_that_cannot_be_read_holds_nobody_up(house: House, told: list[Event]) -> None:
    broken = await house.draft()
    await schedule.set_time(house.core, house.author, broken, house.now + timedelta(hours=1))
    await house.approve(broken)
    await spoil(house, "content", "{not json", broken)
    house.now += timedelta(hours=1)
    well = await house.approved()
    await house.run_until(well, S.COMPLETED)
    assert set(house.channel.received.values()) == {1}
    assert "account" in {event.kind for event in told}
    assert [row.details["id"] for row in await pending_notices.of_the_house(house.core)] == [broken]


async def test_the_end_of_one_look_that_fails_does_not_stop_another(
    house: House, told: list[Event]
) -> None:
    house.core.policy = replace(house.core.policy, canary="10", canary_wait_seconds=30.0)
    broken = await house.approved()
    await house.run_until(broken, S.WATCHING)
    await spoil(house, "canary", "rubbish", broken)
    house.now += timedelta(minutes=1)
    house.core.policy = replace(house.core.policy, canary="off")
    well = await house.approved()

    async def both() -> bool:
        apart = [e for e in told if e.kind == "account"]
        return await house.status(well) == S.COMPLETED and bool(apart)

    await house.run_while(both)
    assert await house.status(broken) == S.WATCHING, "it waits, it is not lost"
    await spoil(house, "canary", "10", broken)
    await house.run_until(broken, S.COMPLETED)
    assert (await compose.get(house.core, broken)).canary_passed


async def test_what_acted_a_week_ago_is_forgotten(house: House) -> None:
    async def act(core: Core) -> int:
        return (await compose.new(core, house.author)).broadcast_id or 0

    async def remembered() -> list[str]:
        async with house.store.read() as session:
            return sorted(await session.scalars(text("SELECT event_id FROM acted")))

    for event_id in ("first", "second"):
        await idempotency.once(house.core, idempotency.Key("telegram", "7", event_id), act)
        house.now += timedelta(days=2)
    assert await remembered() == ["first", "second"]
    house.now += timedelta(days=4)
    await idempotency.once(house.core, idempotency.Key("telegram", "7", "third"), act)
    assert await remembered() == ["second", "third"]
