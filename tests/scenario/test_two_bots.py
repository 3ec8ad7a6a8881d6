"""Several bots of one house: who writes to two of them is one person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from broadcast.account_key import AccountKey
from broadcast.inbound import Inbound, InboundKind
from broadcast.models import Address
from broadcast.services import import_people, subscribe
from tests.scenario.house import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path).open()
    yield made
    await made.store.close()


async def on_bot(house: House, account: str, text: str, person: str = "7") -> str:
    """Said to one of our bots."""
    event = Inbound(
        f"{account} {text} {house.now}", "telegram", account, person, InboundKind.TEXT, text,
        name="Ada", language="en", everywhere=True,
    )  # fmt: skip
    return "\n".join(answer.text.text for answer in await subscribe.hear(house.core, event))


async def on_bots(house: House) -> dict[str, tuple[int, str]]:
    async with house.store.read() as session:
        rows = await session.scalars(select(Address).where(Address.value == "7"))
        return {row.account: (row.subscriber_id, row.consent) for row in rows}


async def two_bots(house: House) -> None:
    for account in ("default", "north"):
        house.core.channels[AccountKey("telegram", account)] = house.channel
    house.core.clock = lambda: house.now


async def test_who_writes_to_two_of_our_bots_is_one_person(house: House) -> None:
    await two_bots(house)
    await on_bot(house, "default", "JOIN")
    await on_bot(house, "north", "JOIN")
    found = await on_bots(house)
    assert found["default"] == found["north"]
    assert "neither here nor on Telegram" in await on_bot(house, "north", "STOP")
    assert {consent for _, consent in (await on_bots(house)).values()} == {"opted_out"}


@pytest.mark.parametrize("first", ["default", "north"])
async def test_two_who_were_kept_apart_become_one_and_an_earlier_refusal_counts(
    house: House, first: str
) -> None:
    """As an earlier version kept them: each bot its own."""
    (other,) = {"default", "north"} - {first}
    await on_bot(house, first, "JOIN")
    house.now += timedelta(minutes=1)
    await on_bot(house, other, "JOIN")
    house.now += timedelta(minutes=1)
    await on_bot(house, first, "STOP")
    await two_bots(house)
    house.now += timedelta(minutes=1)
    await on_bot(house, other, "hello")
    people = await on_bots(house)
    assert people[first] == people[other]
    assert people[other][1] == "opted_out", "it was agreed to before they left"


async def test_who_agreed_after_leaving_elsewhere_has_had_the_last_word(house: House) -> None:
    for account, text in (("default", "JOIN"), ("default", "STOP"), ("north", "JOIN")):
        await on_bot(house, account, text)
        house.now += timedelta(minutes=1)
    await two_bots(house)
    await on_bot(house, "north", "hello")
    people = await on_bots(house)
    assert (people["default"][1], people["north"][1]) == ("opted_out", "opted_in")
    assert people["default"][0] == people["north"][0]


async def test_a_list_for_another_bot_finds_who_left(house: House) -> None:
    await two_bots(house)
    await on_bot(house, "default", "JOIN")
    await on_bot(house, "default", "STOP")

    def line(account: str, person: str) -> import_people.Line:
        return import_people.Line(
            "telegram", (person,), consent="opted_in", account=account, everywhere=True
        )

    async with house.store.write() as session:
        lines = [line("north", "7"), line("north", "8"), line("default", "8")]
        taken = await import_people.take(session, lines, "en")
    assert [stands for _, stands, _ in taken] == [False, True, True]
    assert taken[1][0] == taken[2][0]
    people = await on_bots(house)
    assert people["north"][0] == people["default"][0]


async def test_the_same_number_of_two_pages_may_be_two_people(house: House) -> None:
    for account in ("default", "north"):
        house.core.channels[AccountKey("messenger", account)] = house.channel
        event = Inbound(account, "messenger", account, "7", InboundKind.TEXT, "JOIN")
        await subscribe.hear(house.core, event)
    people = await on_bots(house)
    assert people["default"][0] != people["north"][0]
