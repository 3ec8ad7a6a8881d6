"""Whose yes counts, and until when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.account_key import AccountKey
from broadcast.errors import NotAllowed, TooLate
from broadcast.message import Message, RichText
from broadcast.models import Admin, Role, Submission
from broadcast.services import compose, control, review
from broadcast.states import BroadcastStatus as S
from tests.scenario.approving import joined, launch, timed, why
from tests.scenario.house import House, ScriptedChannel


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, undo_hold_seconds=60).open(subscribers=20)
    yield made
    await made.store.close()


async def test_a_team_of_two_writes_in_turn(house: House) -> None:
    """What was approved has been read by two; from there on only the change counts."""
    first, second = await joined(house, "X", Role.OWNER), await joined(house, "Y", Role.OWNER)
    number = await _written_by(house, first)
    seen = await review.submit(house.core, first, number)
    with pytest.raises(NotAllowed):
        await review.approve(house.core, first, number, seen.submission)
    await review.approve(house.core, second, number, seen.submission)
    await compose.set_message(
        house.core, second, number, Message(text=RichText(text="Water is off on Monday"))
    )
    seen = await review.submit(house.core, second, number)
    assert [who.name for who in seen.authors] == ["Y"]
    with pytest.raises(NotAllowed):
        await review.approve(house.core, second, number, seen.submission)
    await review.approve(house.core, first, number, seen.submission)
    assert await house.status(number) == S.HOLDING


async def _written_by(house: House, admin: Admin) -> int:
    row = await compose.new(house.core, admin)
    number = row.broadcast_id or 0
    message = Message(text=RichText(text="Water is off tomorrow"))
    await compose.set_message(house.core, admin, number, message)
    return number


async def test_an_approval_that_fell_does_not_clear_who_wrote_it(house: House) -> None:
    owner = await joined(house, "X", Role.OWNER)
    number = await house.draft()
    await compose.set_message(
        house.core, owner, number, Message(text=RichText(text="The owner's words"))
    )
    await house.approve(number)
    house.core.channels[AccountKey("telegram", "second")] = ScriptedChannel()
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert "accounts" in await why(house, number)
    seen = await compose.look_at(house.core, number)
    with pytest.raises(NotAllowed):
        await review.approve(house.core, owner, number, seen.submission)


async def test_a_change_that_changes_nothing_shapes_nothing(house: House) -> None:
    owner = await joined(house, "X", Role.OWNER)
    number = await house.draft()
    message = compose.message_of(await compose.get(house.core, number))
    await compose.set_message(house.core, owner, number, message)
    look = await compose.look_at(house.core, number)
    assert [who.name for who in look.authors] == ["Ayşe"]


async def test_where_the_house_allows_it_one_approves_ones_own(house: House) -> None:
    house.core.policy = replace(house.core.policy, allow_self_approval=True)
    owner = await joined(house, "X", Role.OWNER)
    number = await _written_by(house, owner)
    seen = await review.submit(house.core, owner, number)
    await review.approve(house.core, owner, number, seen.submission)
    assert await house.status(number) == S.HOLDING


@pytest.mark.parametrize("becomes", ["author", "gone"])
async def test_a_yes_lasts_as_long_as_its_person_may_say_it(house: House, becomes: str) -> None:
    number = await house.approved()
    async with house.store.write() as session:
        now = await session.get(Admin, house.approver.admin_id)
        assert now is not None
        if becomes == "gone":
            now.active = False
        else:
            now.role = Role.AUTHOR
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert "Murat may not approve any more" in await why(house, number)
    assert not house.channel.asked


async def test_a_round_asked_again_has_another_id_and_the_old_one_is_void(house: House) -> None:
    number = await house.approved()
    before = (await compose.get(house.core, number)).submission
    house.core.policy = replace(house.core.policy, approvals_required=2)
    await launch(house, number)
    seen = await compose.look_at(house.core, number)
    assert seen.submission != before
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, number, before)
    other = await joined(house, "Z", Role.APPROVER)
    for who in (house.approver, other):
        await review.approve(house.core, who, number, seen.submission)
    assert await house.status(number) == S.HOLDING


async def test_every_id_is_its_own(house: House) -> None:
    numbers = [await house.draft("The same words") for _ in range(3)]
    ids = [(await review.submit(house.core, house.author, n)).submission for n in numbers]
    assert len(set(ids)) == 3 and all(len(bytes.fromhex(one)) >= 8 for one in ids)
    async with house.store.read() as session:
        assert await session.get(Submission, ids[0]) is not None
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, numbers[0], ids[1])


async def test_a_yes_long_after_its_time_does_not_send_at_another_hour(house: House) -> None:
    number = await house.draft()
    await timed(house, number)
    seen = await review.submit(house.core, house.author, number)
    house.now += timedelta(hours=9)
    await review.approve(house.core, house.approver, number, seen.submission)
    assert await house.status(number) == S.LATE
    await control.send_now(house.core, house.approver, number)
    assert await house.status(number) == S.HOLDING


async def test_words_changed_and_changed_back_are_asked_about_again(house: House) -> None:
    number = await house.draft("The right words")
    seen = await review.submit(house.core, house.author, number)
    for words in ("Other words", "The right words"):
        message = Message(text=RichText(text=words))
        await compose.set_message(house.core, house.author, number, message)
    again = await review.submit(house.core, house.author, number)
    assert again.digest == seen.digest
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, number, seen.submission)


async def test_a_yes_before_a_no_counts_for_no_later_round(house: House) -> None:
    house.core.policy = replace(house.core.policy, approvals_required=2)
    other = await joined(house, "Z", Role.APPROVER)
    number = await house.approved()
    await review.reject(house.core, other, number, "The date is wrong")
    seen = await review.submit(house.core, house.author, number)
    await review.approve(house.core, other, number, seen.submission)
    assert await house.status(number) == S.IN_REVIEW, "the first yes was about another round"
    await review.approve(house.core, house.approver, number, seen.submission)
    assert await house.status(number) == S.HOLDING


async def test_only_the_round_that_was_seen_is_sent_back(house: House) -> None:
    number = await house.draft()
    seen = await review.submit(house.core, house.author, number)
    message = Message(text=RichText(text="The right date"))
    await compose.set_message(house.core, house.author, number, message)
    await review.submit(house.core, house.author, number)
    with pytest.raises(TooLate):
        await review.reject(house.core, house.approver, number, "Wrong", seen.submission)
    assert await house.status(number) == S.IN_REVIEW
