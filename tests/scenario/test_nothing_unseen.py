"""Ways by which something could leave that nobody saw and approved, or that somebody had stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broadcast.account_key import AccountKey
from broadcast.channel import Problem, Template
from broadcast.errors import CannotDo, NotAllowed
from broadcast.language import N_
from broadcast.message import Message, RichText
from broadcast.models import Address, Admin, ConsentEvent, Role, Subscriber, UncertainPolicy
from broadcast.services import compose, control, review
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus as S
from channels._kit.graph.templates import template_of
from tests.scenario.approving import USE, Catalogued
from tests.scenario.house import House
from tests.scenario.world import Windowed, World

WRONG, RIGHT = "Water is off tomorrow", "Water is off on Tuesday"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path).open(subscribers=12)
    yield made
    await made.store.close()


# Somebody else's pause


async def sending(house: House) -> int:
    """As one that was launched, before anything left."""
    number = await house.approved()
    async with house.store.write() as session:
        row = await load_broadcast(session, number)
        row.status, row.launched_at = S.SENDING, house.now
    return number


async def approved_correction(house: House, number: int) -> S:
    await compose.set_message(
        house.core, house.author, number, Message(text=RichText(text=RIGHT))
    )  # fmt: skip
    await house.approve(number)
    return await house.status(number)


async def test_a_correction_does_not_undo_an_owners_pause(house: House) -> None:
    owner = await house._admin("Olga", Role.OWNER)
    number = await sending(house)
    await control.pause(house.core, owner, number)
    assert await approved_correction(house, number) == S.PAUSED
    row = await compose.get(house.core, number)
    assert (row.correcting, row.content_version) == (False, 2)
    with pytest.raises(NotAllowed, match="as an owner"):
        await control.resume(house.core, house.approver, number)
    await control.resume(house.core, owner, number)
    await house.run_until(number, S.COMPLETED)
    assert house.channel.received.total() == 12


async def test_a_correction_goes_on_where_who_approves_it_may_undo_the_pause(
    house: House,
) -> None:
    number = await sending(house)
    await control.pause(house.core, house.author, number)
    assert await approved_correction(house, number) == S.SENDING
    row = await compose.get(house.core, number)
    assert (row.paused_by, row.paused_as) == (None, "")


async def test_who_may_not_decide_any_more_settles_nothing(house: House) -> None:
    number = await sending(house)
    async with house.store.write() as session:
        now = await session.get(Admin, house.approver.admin_id)
        assert now is not None
        now.role = Role.AUTHOR
    with pytest.raises(NotAllowed):
        await control.decide_uncertain(house.core, house.approver, number, UncertainPolicy.RESEND)


# Who was not counted


class Hidden(Catalogued):
    """A platform that shows its templates at the launch, and not again until it is `mended`."""

    mended = False

    async def list_templates(self) -> list[Template]:
        if self.listed >= 2 and not self.mended:
            raise CannotDo(
                N_("I do not know the text of the template “{name}”. Look at /templates.")
            )
        return await super().list_templates()


async def join(house: House, first: int, count: int) -> None:
    async with house.store.write() as session:
        for value in range(first, first + count):
            person = Subscriber(name="New", created_at=house.now)
            session.add(person)
            await session.flush()
            address = Address(
                subscriber_id=person.subscriber_id or 0, channel="telegram", value=str(value),
                consent="opted_in",
            )  # fmt: skip
            session.add(address)
            await session.flush()
            _agreed(house, session, address.address_id or 0)


def _agreed(house: House, session, address_id: int) -> None:  # type: ignore[no-untyped-def]
    session.add(
        ConsentEvent(address_id=address_id, channel="telegram", kind="opt_in", at=house.now)
    )


async def test_who_joins_after_the_launch_gets_nothing_that_was_approved_for_others(
    house: House,
) -> None:
    """A template cannot be read, so sending has to wait; meanwhile a list is imported."""
    await join(house, 1100, 3)
    able = Hidden()
    world = World(house, able)
    await able.list_templates()
    number = await world.approved(USE)
    await world.run_until(number, S.SENDING)
    await join(house, 2000, 20)
    async with house.store.write() as session:
        _agreed(house, session, 13)  # they are on the imported list too
    able.mended = True
    await world.run_until(number, S.COMPLETED)
    assert house.channel.received.total() == 15
    assert not any(int(address) >= 2000 for address in house.channel.received)


# What was not shown


async def test_a_template_that_cannot_be_read_now_is_not_approved_and_asks_nobody_again(
    house: House,
) -> None:
    able = Catalogued()
    house.core.channels[AccountKey("whatsapp", "default")] = able
    await able.list_templates()
    number = await house.draft()
    message = Message(text=RichText(text="The exhibition is open"), templates=(USE,))
    await compose.set_message(house.core, house.author, number, message)
    seen = await review.submit(house.core, house.author, number)
    able.known = None  # as after a start while Meta does not answer
    with pytest.raises(CannotDo, match="do not know the text"):
        await review.approve(house.core, house.approver, number, seen.submission)
    assert (await compose.get(house.core, number)).submission == seen.submission
    await able.list_templates()
    await review.approve(house.core, house.approver, number, seen.submission)
    assert await house.status(number) == S.HOLDING


def test_an_example_that_meta_signs_anew_is_no_change_of_a_template() -> None:
    def listed(address: str, text: str = "Merhaba") -> Template:
        header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [address]}}
        return template_of(
            {"name": "promo", "components": [header, {"type": "BODY", "text": text}]}
        )

    first = listed("https://scontent.example/1?oe=a").components
    assert listed("https://scontent.example/1?oe=b").components == first
    assert listed("https://scontent.example/1?oe=a", "Selam").components != first


class Plain(Windowed):
    def changes(self, message: Message) -> list[Problem]:
        return [Problem("WhatsApp shows it otherwise.")]


@pytest.mark.parametrize("on", [True, False])
async def test_what_the_next_channel_shows_otherwise_stands_on_the_card(
    house: House, on: bool
) -> None:
    """Everybody likes another channel better; some would get it here when that one fails."""
    world = World(house, Plain())
    if on:
        await world.put(telegram="3000", whatsapp="49170", preferred="telegram")
    look = await compose.look_at(house.core, await house.draft())
    assert [change.template for change in look.changes] == ["WhatsApp shows it otherwise."] * on
