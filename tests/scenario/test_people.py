"""One person on several platforms: joined by a code or a number, never subscribed by it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import select

from broadcast.inbound import Inbound, InboundKind
from broadcast.models import Address, Subscriber
from broadcast.outcome import Reason
from broadcast.services import subscribe
from tests.scenario.house import House

_ids = count(1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path).open()
    yield made
    await made.store.close()


async def say(house: House, channel: str, address: str, text: str = "", **more: object) -> str:
    kind = more.pop("kind", InboundKind.TEXT)
    inbound = Inbound(str(next(_ids)), channel, "default", address, kind, text, **more)  # type: ignore[arg-type]
    return "\n".join(a.text.text for a in await subscribe.hear(house.core, inbound))


async def found(house: House, channel: str, value: str) -> Address:
    async with house.store.read() as session:
        row = await session.scalar(
            select(Address).where(Address.channel == channel, Address.value == value)
        )
    assert row is not None
    return row


async def test_a_code_joins_two_addresses_once_and_opts_nobody_in(house: House) -> None:
    await say(house, "telegram", "1", "JOIN")
    code = re.search(r"\d{8}", await say(house, "telegram", "1", "link"))
    assert code is not None
    await say(house, "whatsapp", "90532", "hello")
    assert "Announcements come to you on Telegram" in await say(
        house, "whatsapp", "90532", f"LINK {code[0]}"
    )
    here, there = await found(house, "telegram", "1"), await found(house, "whatsapp", "90532")
    assert here.subscriber_id == there.subscriber_id
    assert (here.consent, there.consent) == ("opted_in", "none")
    assert "does not work" in await say(house, "messenger", "77", f"link {code[0]}")


@pytest.mark.parametrize("zero", "٠۰०０")
async def test_a_code_may_be_typed_in_the_digits_of_ones_keyboard(house: House, zero: str) -> None:
    await say(house, "telegram", "1", "JOIN")
    code = re.search(r"\d{8}", await say(house, "telegram", "1", "link"))
    assert code is not None
    typed = "".join(chr(ord(zero) + int(digit)) for digit in code[0])
    assert "Announcements come to you on Telegram" in await say(
        house, "whatsapp", "90532", f"LINK {typed}"
    )


async def test_who_agreed_on_two_channels_says_where_they_would_like_it(house: House) -> None:
    await say(house, "telegram", "1", "JOIN")
    await say(house, "whatsapp", "90532", "JOIN")
    code = re.search(r"\d{8}", await say(house, "telegram", "1", "/link"))
    assert code is not None
    asked = Inbound("q", "whatsapp", "default", "90532", InboundKind.TEXT, f"LINK {code[0]}")
    (answer,) = await subscribe.hear(house.core, asked)
    assert [c.label for row in answer.choices for c in row] == ["Telegram", "WhatsApp"]
    pressed = answer.choices[1][0].data
    said = await say(house, "whatsapp", "90532", kind=InboundKind.CHOICE, payload=pressed)
    assert "on WhatsApp" in said
    async with house.store.read() as session:
        (person,) = await session.scalars(select(Subscriber))
    assert person.preferred == "whatsapp"


async def test_a_code_ends_after_ten_minutes(house: House) -> None:
    code = re.search(r"\d{8}", await say(house, "telegram", "1", "LINK"))
    assert code is not None
    house.now += timedelta(minutes=11)
    assert "does not work" in await say(house, "whatsapp", "2", f"LINK {code[0]}")


async def test_a_known_phone_number_is_the_same_person(house: House) -> None:
    async with house.store.write() as session:
        session.add(Subscriber(name="Ada", phone="+905321234567", created_at=house.now))
    await say(house, "whatsapp", "905321234567", "hi", phone="+905321234567", name="Ada")
    await say(house, "whatsapp", "905550000000", "hi", phone="+905550000000")
    async with house.store.read() as session:
        assert len(list(await session.scalars(select(Subscriber)))) == 2


@pytest.mark.parametrize(("before", "after"), [("JOIN", "opted_in"), ("STOP", "opted_out")])
async def test_consent_follows_a_person_to_their_new_address(
    house: House, before: str, after: str
) -> None:
    await say(house, "whatsapp", "TR.old", before)
    await say(
        house, "whatsapp", "TR.new", kind=InboundKind.MOVED, previous_address="TR.old"
    )  # fmt: skip
    assert (await found(house, "whatsapp", "TR.new")).consent == after
    assert (await found(house, "whatsapp", "TR.old")).suppressed == Reason.UNREACHABLE


async def test_what_they_told_the_platform_and_what_they_told_us_are_kept_apart(
    house: House,
) -> None:
    await say(house, "whatsapp", "1", "JOIN")
    await say(house, "whatsapp", "1", kind=InboundKind.PLATFORM_STOP)
    assert (await found(house, "whatsapp", "1")).suppressed == Reason.PLATFORM_STOP
    await say(house, "whatsapp", "1", "hello again")
    assert (await found(house, "whatsapp", "1")).suppressed == Reason.PLATFORM_STOP
    await say(house, "whatsapp", "1", "STOP")
    await say(house, "whatsapp", "1", kind=InboundKind.PLATFORM_RESUME)
    address = await found(house, "whatsapp", "1")
    assert (address.consent, address.suppressed) == ("opted_out", "")


async def test_somebody_who_left_is_not_opted_in_by_writing_something_else(house: House) -> None:
    for word in ("JOIN", "STOP", "thank you", "what is this?"):
        await say(house, "messenger", "1", word)
    assert (await found(house, "messenger", "1")).consent == "opted_out"
