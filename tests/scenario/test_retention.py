"""What was handled is forgotten once no platform brings it again; what was not stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from broadcast.inbound import Inbound, InboundKind
from broadcast.models import SOURCE_LONGEST, ConsentEvent, Inbox
from broadcast.services import subscribe
from broadcast.store import retention
from tests.scenario.house import House


async def keep(house: House, ages: list[tuple[float, bool]]) -> None:
    now = house.core.clock()
    async with house.core.store.write() as session:
        for number, (days, handled) in enumerate(ages, 1):
            session.add(
                Inbox(inbox_id=number, source="telegram:default", event_id=str(number),
                      payload={}, received_at=now - timedelta(days=days), handled=handled)
            )  # fmt: skip


async def left(house: House) -> list[int | None]:
    async with house.core.store.read() as session:
        return list(await session.scalars(select(Inbox.inbox_id).order_by(col(Inbox.inbox_id))))


async def test_handled_updates_are_forgotten_after_eight_days(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_ROWS", 2)  # several transactions
    old, young = retention.HANDLED_DAYS + 0.01, retention.HANDLED_DAYS - 0.01
    await keep(house, [(old, True)] * 5 + [(old, False), (old, True), (young, True), (0, True)])
    assert await retention.forget(house.core) == 6
    assert await left(house) == [6, 8, 9]
    assert await retention.forget(house.core) == 0


async def test_the_newest_stays_so_that_no_number_is_given_out_twice(house: House) -> None:
    await keep(house, [(100, True), (100, True)])
    await retention.forget(house.core)
    assert await left(house) == [2]


async def test_a_payload_of_thousands_of_letters_is_not_kept(house: House) -> None:
    for kind, text in ((InboundKind.START, ""), (InboundKind.TEXT, "YES")):
        await subscribe.hear(
            house.core,
            Inbound(event_id=f"e-{kind}", channel="telegram", account="default", address="5",
                    kind=kind, text=text, payload="x" * 4000 if kind == InboundKind.START else "",
                    at=datetime.now(house.core.clock().tzinfo)),
        )  # fmt: skip
    async with house.core.store.read() as session:
        longest = [len(e.source) for e in await session.scalars(select(ConsentEvent))]
    assert longest and max(longest) == SOURCE_LONGEST
