"""What went wrong with approvals in other systems, played on ours (docs/foreign-eyes.md)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.errors import CannotDo, NotAllowed, TooLate
from broadcast.message import LinkButton, Message, RichText
from broadcast.models import Role
from broadcast.services import compose, review, schedule, team
from broadcast.states import BroadcastStatus as S
from tests.scenario.approving import joined, launch, why
from tests.scenario.house import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, undo_hold_seconds=60).open(subscribers=3)
    yield made
    await made.store.close()


@pytest.mark.parametrize("again", [Role.APPROVER, Role.OWNER])
async def test_the_yes_of_somebody_demoted_does_not_come_back_with_their_right(
    house: House, again: Role
) -> None:
    owner = await joined(house, "Olga", Role.OWNER)
    number = await house.approved()
    house.now += timedelta(seconds=1)
    murat = house.approver.admin_id or 0
    await team.set_role(house.core, owner, murat, Role.AUTHOR)
    await team.set_role(house.core, owner, murat, again)
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert "Murat" in await why(house, number)
    house.now += timedelta(seconds=1)
    seen = await compose.look_at(house.core, number)
    now = await team.members(house.core)
    me = next(one for one in now if one.admin_id == murat)
    await review.approve(house.core, me, number, seen.submission)
    assert await house.status(number) == S.HOLDING


async def test_a_promotion_takes_no_yes_back(house: House) -> None:
    owner = await joined(house, "Olga", Role.OWNER)
    number = await house.approved()
    house.now += timedelta(seconds=1)
    await team.set_role(house.core, owner, house.approver.admin_id or 0, Role.OWNER)
    house.now += timedelta(minutes=2)
    await launch(house, number)
    assert await house.status(number) not in {S.IN_REVIEW, S.DRAFT}


@pytest.mark.parametrize("first", ["approve", "reject"])
async def test_yes_and_no_at_the_same_moment_are_one_decision(house: House, first: str) -> None:
    other = await joined(house, "Zeynep", Role.APPROVER)
    number = await house.draft()
    seen = (await review.submit(house.core, house.author, number)).submission
    yes = review.approve(house.core, house.approver, number, seen)
    no = review.reject(house.core, other, number, "The date is wrong", seen)
    both = [yes, no] if first == "approve" else [no, yes]
    said = await asyncio.gather(*both, return_exceptions=True)
    made = await review.decisions(house.core, number)
    status = await house.status(number)
    refused = [one for one in said if isinstance(one, TooLate)]
    assert len(refused) + len(made) >= 2
    assert status == (S.HOLDING if made[-1][0].approved and len(made) == 1 else S.DRAFT)


async def test_twenty_presses_at_once_are_one_yes(house: House) -> None:
    house.core.policy = replace(house.core.policy, approvals_required=2)
    number = await house.draft()
    seen = (await review.submit(house.core, house.author, number)).submission
    press = [review.approve(house.core, house.approver, number, seen) for _ in range(20)]
    await asyncio.gather(*press, return_exceptions=True)
    assert await house.status(number) == S.IN_REVIEW, "one person is one yes"
    assert len(await review.decisions(house.core, number)) == 1


@pytest.mark.parametrize("given", ["", " ", "0", "None", "null", "undefined", "x" * 24])
async def test_an_id_that_is_none_is_no_id(house: House, given: str) -> None:
    number = await house.draft()
    with pytest.raises(CannotDo):
        await review.approve(house.core, house.approver, number, given)
    await review.submit(house.core, house.author, number)
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, number, given)
    assert await house.status(number) == S.IN_REVIEW


async def test_a_time_that_passes_in_review_sends_nothing(house: House) -> None:
    number = await house.draft()
    await schedule.set_time(house.core, house.author, number, house.now + timedelta(minutes=10))
    await review.submit(house.core, house.author, number)
    house.now += timedelta(hours=2)
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert not house.channel.asked


async def test_who_sent_it_back_may_approve_the_next_round(house: House) -> None:
    number = await house.draft()
    seen = (await review.submit(house.core, house.author, number)).submission
    await review.reject(house.core, house.approver, number, "The date is wrong", seen)
    await compose.set_message(
        house.core, house.author, number, Message(text=RichText(text="Water is off on Friday"))
    )
    await house.approve(number)
    assert await house.status(number) == S.HOLDING


async def test_neither_of_two_who_wrote_it_approves_what_the_other_added(house: House) -> None:
    owner = await joined(house, "Olga", Role.OWNER)
    number = await house.draft()
    more = LinkButton(label="More", url="https://town.example")
    await compose.add_buttons(house.core, owner, number, [more])
    await team.set_role(house.core, owner, house.author.admin_id or 0, Role.OWNER)
    both = [one for one in await team.members(house.core) if one.role == Role.OWNER]
    assert len(both) == 2
    seen = (await review.submit(house.core, both[0], number)).submission
    for one in both:
        with pytest.raises(NotAllowed):
            await review.approve(house.core, one, number, seen)


async def test_two_who_change_it_at_once_both_have_their_change(house: House) -> None:
    """A button added while a text is corrected must not bring the old text back."""
    owner = await joined(house, "Olga", Role.OWNER)
    number = await house.draft("Water is off tomorow")
    for n in range(6):
        right = f"Water is off tomorrow ({n})"
        message = Message(text=RichText(text=right))
        await asyncio.gather(
            compose.add_buttons(house.core, house.author, number, [button(n)]),
            compose.set_message(house.core, owner, number, message),
        )
        assert await text_of(house, number) == right
    await compose.clear_buttons(house.core, house.author, number)
    who = (house.author, owner)
    await asyncio.gather(
        *(compose.add_buttons(house.core, who[n % 2], number, [button(n)]) for n in range(6))
    )
    row = await compose.get(house.core, number)
    assert len(compose.message_of(row).buttons) == 6
    await asyncio.gather(
        compose.set_reach(house.core, owner, number, language="tr"),
        compose.set_reach(house.core, house.author, number, overflow="cut"),
    )
    assert (await compose.get(house.core, number)).audience == {"language": "tr", "overflow": "cut"}


def button(n: int) -> LinkButton:
    return LinkButton(label=f"More {n}", url="https://town.example")


async def text_of(house: House, number: int) -> str:
    return compose.message_of(await compose.get(house.core, number)).text.text
