"""Who writes, leaves or turns out to be one person while a broadcast is on its way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcast.clock import steady_unix
from broadcast.inbound import Inbound, InboundKind
from broadcast.outcome import Reason, Receipt, ReceiptKind, Refused
from broadcast.services import receipts, subscribe
from broadcast.states import BroadcastStatus, DeliveryStatus
from broadcast.store.deliveries import Ledger, Wish
from broadcast.store.session import Store
from tests.scenario.house import House
from tests.scenario.world import Windowed, World

S = BroadcastStatus


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    house = await House(tmp_path).open()
    house.core.clock = lambda: house.now
    yield World(house, Windowed())
    await house.store.close()


async def test_who_joins_two_addresses_later_gets_nothing_again_when_one_turns_out_closed(
    world: World,
) -> None:
    await world.put(telegram="1")
    await world.put(whatsapp="91", wrote=True, preferred="whatsapp")
    number = await world.approved()
    await world.run_until(number, S.COMPLETED)
    code = re.search(r"\d{8}", await world.say("91", "LINK"))
    assert code is not None
    linked = Inbound("l", "telegram", "default", "1", InboundKind.TEXT, f"LINK {code[0]}")
    await subscribe.hear(world.house.core, linked)
    async with world.house.store.read() as session:
        delivery_id = await session.scalar(
            text("""SELECT delivery_id FROM delivery d JOIN address a ON a.address_id = d.address_id
            WHERE a.value = '91'""")
        )
    gone = Receipt(
        ReceiptKind.FAILED, steady_unix(), delivery_id=int(delivery_id),
        refused=Refused(Reason.UNREACHABLE, suppress=True),
    )  # fmt: skip
    await receipts.apply_receipts(world.house.core, "whatsapp", "default", [gone])
    await world.run_until(number, S.COMPLETED)
    assert dict(world.house.channel.received) == {"1": 1}
    assert (await world.rows(number))["whatsapp:91"] == (
        DeliveryStatus.FAILED, Reason.UNREACHABLE,
    )  # fmt: skip


async def test_when_the_last_of_them_has_left_the_broadcast_ends_all_the_same(
    world: World,
) -> None:
    await world.put(whatsapp="91")
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    await world.say("91", "STOP")
    await world.run_until(number, S.COMPLETED)
    assert await world.rows(number) == {"whatsapp:91": (DeliveryStatus.SKIPPED, Reason.OPTED_OUT)}


class _Apart(Ledger):
    """Telegram's last look comes only after WhatsApp has ended."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.whatsapp_ended, self.may_look = asyncio.Event(), asyncio.Event()

    async def left(self, wish: Wish) -> tuple[int, float, bool]:
        if wish.channel == "telegram":
            await self.may_look.wait()
        found = await super().left(wish)
        if wish.channel == "whatsapp" and found[0] == 0 and found[2]:
            self.whatsapp_ended.set()
        return found


async def test_who_writes_while_one_channel_has_ended_and_another_has_not_gets_it(
    world: World,
) -> None:
    await world.put(telegram="1")
    await world.put(whatsapp="91")
    number = await world.approved(outside="wait")
    ledger = world.house.ledger = _Apart(world.house.store)

    async def write_between() -> None:
        await ledger.whatsapp_ended.wait()
        await asyncio.sleep(0.05)
        world.house.now = world.house.now.__class__.now(tz=world.house.now.tzinfo)
        await world.say("91", "hello")
        ledger.may_look.set()

    await asyncio.gather(world.run_until(number, S.COMPLETED), write_between())
    assert dict(world.house.channel.received) == {"1": 1}
    assert dict(world.windowed.received) == {"91": 1}


async def test_who_was_imported_by_number_and_waits_gets_it_when_they_write_under_their_id(
    world: World,
) -> None:
    await world.put(whatsapp="905321112233")
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    world.house.now = world.house.now.__class__.now(tz=world.house.now.tzinfo)
    await world.say("TR.1", "hello", previous="905321112233")
    await world.run_until(number, S.COMPLETED)
    assert dict(world.windowed.received) == {"TR.1": 1}
    assert await world.rows(number) == {"whatsapp:TR.1": (DeliveryStatus.SENT, None)}
