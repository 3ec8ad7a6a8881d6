"""Whom a platform lets have no more of its marketing is left alone by every broadcast for a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcast.channel import Envelope
from broadcast.clock import steady_unix
from broadcast.message import TemplateUse
from broadcast.models import Address, Subscriber
from broadcast.outcome import Outcome, Reason, Receipt, ReceiptKind, Refused
from broadcast.services import receipts, retry
from broadcast.states import BroadcastStatus, DeliveryStatus
from tests.scenario.house import House
from tests.scenario.world import Windowed, World

DONE = BroadcastStatus.COMPLETED
DAY = 86_400.0
PROMO, BILL = (TemplateUse(channel="whatsapp", name=n, language="en") for n in ("promo", "bill"))
CAPPED = Refused(Reason.CAPPED, code="1", wait_seconds=DAY)
HELD = {"whatsapp:91": (DeliveryStatus.FAILED, Reason.CAPPED)}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(await House(tmp_path).open(), Windowed())
    made.windowed.marketing = {"promo"}
    yield made
    await made.house.store.close()


async def capped(world: World, when: str = "answer") -> int:
    """A broadcast whose one WhatsApp message the platform did not let through."""
    before = world.windowed.send

    async def send(envelope: Envelope) -> Outcome:
        return CAPPED

    if when == "answer":
        world.windowed.send = send  # type: ignore[method-assign]
    number = await world.approved(PROMO)
    await world.run_until(number, DONE)
    world.windowed.send = before  # type: ignore[method-assign]
    if when == "later":
        world.windowed.received.clear()
        async with world.house.store.read() as session:
            delivery_id = await session.scalar(text("SELECT max(delivery_id) FROM delivery"))
        news = Receipt(ReceiptKind.FAILED, 1.0, delivery_id=delivery_id or 0, refused=CAPPED)
        await receipts.apply_receipts(world.house.core, "whatsapp", "default", [news])
        await world.run_until(number, DONE)
    return number


async def change(world: World, sql: str) -> None:
    async with world.house.store.write() as session:
        await session.execute(text(sql), {"now": steady_unix()})


@pytest.mark.parametrize("when", ["answer", "later"])
async def test_the_next_broadcast_of_that_kind_leaves_them_alone_until_their_time(
    world: World, when: str
) -> None:
    await world.put(whatsapp="91")
    await capped(world, when)
    core, approver = world.house.core, world.house.approver
    number = await world.approved(PROMO)
    await world.run_until(number, DONE)
    assert await world.rows(number) == HELD
    assert not world.windowed.received
    assert await retry.offers(core, number) == []
    ((channel, people, until),) = await retry.held(core, number)
    assert (channel, people) == ("whatsapp", 1)
    assert DAY - 60 < until.timestamp() - steady_unix() <= DAY
    await change(world, "UPDATE delivery SET due_at = :now - 1")
    await change(world, "UPDATE address SET capped_until = :now - 1")
    assert await retry.retry(core, approver, number, frozenset({Reason.CAPPED})) == 1
    await world.run_until(number, DONE)
    assert dict(world.windowed.received) == {"91": 1}


async def test_what_the_platform_does_not_limit_reaches_them(world: World) -> None:
    await world.put(whatsapp="91")
    await capped(world)
    await world.run_until(await world.approved(BILL), DONE)
    assert dict(world.windowed.received) == {"91": 1}
    await change(world, "UPDATE address SET wrote_at = :now")
    await world.run_until(await world.approved(PROMO), DONE)
    assert dict(world.windowed.received) == {"91": 2}, "in their window it goes as free text"


async def test_they_get_it_on_their_next_channel_and_not_from_another_number(
    world: World,
) -> None:
    await world.put(telegram="1", whatsapp="91", preferred="whatsapp")
    async with world.house.store.write() as session:
        session.add(
            Address(
                subscriber_id=1, channel="whatsapp", account="second", value="91",
                consent="opted_in",
            )
        )  # fmt: skip
        session.add(Subscriber(name="Ben", created_at=world.house.now))
    await capped(world)
    assert world.house.channel.received.pop("1") == 1
    async with world.house.store.read() as session:
        known = await session.execute(
            text("SELECT channel, account FROM address WHERE capped_until > 0 ORDER BY 2")
        )
        assert [tuple(row) for row in known] == [("whatsapp", "default"), ("whatsapp", "second")]
    number = await world.approved(PROMO)
    await world.run_until(number, DONE)
    assert dict(world.house.channel.received) == {"1": 1}
    assert not world.windowed.received
    rows = await world.rows(number)
    assert rows["whatsapp:91"] == (DeliveryStatus.SKIPPED, Reason.CAPPED)


async def test_a_clock_that_was_ahead_holds_nobody_longer(world: World) -> None:
    await world.put(whatsapp="91")
    await capped(world)
    await change(world, "UPDATE address SET capped_until = capped_until + 1000000")
    await world.house.ledger.recover(clock_went_back=1_000_000.0 + DAY)
    await world.run_until(await world.approved(PROMO), DONE)
    assert dict(world.windowed.received) == {"91": 1}
