"""Whose yes is void stays void; what goes on needs a yes given where its content is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.announce.presenter import Place, Scene
from bot.views.correction import audience
from broadcast.errors import NotAllowed, TooLate
from broadcast.language import speech
from broadcast.models import Admin, AdminIdentity, Role
from broadcast.services import admin_links, adoption, compose, control, report, review, safety, team
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus as S
from tests.scenario.approving import launch, why
from tests.scenario.house import House
from tests.unit.desk import Desk, seated

PEOPLE = 12


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    house = await House(tmp_path).open(subscribers=PEOPLE)
    yield await seated(house)
    await house.store.close()


async def owner(house: House) -> Admin:
    return next(one for one in await team.members(house.core) if one.role == Role.OWNER)


async def approver(desk: Desk, name: str) -> Admin:
    made = await desk.house._admin(name, Role.APPROVER)
    await desk.seat(made, name.lower())
    return made


async def under_way(house: House, by: Admin) -> int:
    """Launched and paused before anything left."""
    number = await house.approved()
    async with house.store.write() as session:
        row = await load_broadcast(session, number)
        row.status, row.launched_at, row.launched_as = S.SENDING, house.now, row.submission
    await control.pause(house.core, by, number)
    return number


async def set_role(house: House, who: Admin, role: Role) -> None:
    await team.set_role(house.core, await owner(house), who.admin_id or 0, role)


async def removed_and_back(house: House, who: Admin) -> None:
    await team.remove(house.core, await owner(house), who.admin_id or 0)
    async with house.store.write() as session:
        found = await session.get(Admin, who.admin_id)
        seat = await session.get(AdminIdentity, ("test", "approver"))
        assert found is not None
        assert seat is not None
        found.active = seat.active = True


# Going on


@pytest.mark.parametrize("typed", [True, False])
async def test_resuming_is_no_yes_only_the_card_that_shows_it_is(desk: Desk, typed: bool) -> None:
    house = desk.house
    number = await under_way(house, house.author)
    await set_role(house, house.approver, Role.AUTHOR)
    words = await (desk.says("owner", f"/resume {number}") if typed else
                   desk.taps("owner", f"resume {number}"))  # fmt: skip
    assert "asks for approval" in words
    assert "Murat may not approve any more" in words
    assert "It goes on to those who have not got it" in words
    assert desk.last[0].content is not None, "what it says is shown"
    assert await house.status(number) == S.IN_REVIEW
    assert house.channel.received.total() == 0
    row = await compose.get(house.core, number)
    await desk.taps("owner", f"approve {number} {row.submission}")
    assert await house.status(number) == S.SENDING
    await house.run_until(number, S.COMPLETED)
    assert house.channel.received.total() == PEOPLE
    row = await compose.get(house.core, number)
    assert row.content_version == 1, "nothing was corrected"


async def test_a_resume_that_needs_no_new_yes_goes_on_at_once(desk: Desk) -> None:
    number = await under_way(desk.house, desk.house.author)
    await desk.says("author", f"/resume {number}")
    assert await desk.house.status(number) == S.SENDING


async def test_a_no_to_going_on_leaves_it_resting_and_it_can_be_asked_again(desk: Desk) -> None:
    house = desk.house
    number = await under_way(house, house.author)
    before = (await compose.get(house.core, number)).submission
    await set_role(house, house.approver, Role.AUTHOR)
    await control.resume(house.core, await owner(house), number)
    asked = await compose.get(house.core, number)
    await review.reject(house.core, await owner(house), number, "Not today", asked.submission)
    row = await compose.get(house.core, number)
    assert (row.status, row.submission) == (S.PAUSED, before)
    with pytest.raises(TooLate):
        await review.approve(house.core, await owner(house), number, asked.submission)
    await control.resume(house.core, await owner(house), number)
    again = await compose.get(house.core, number)
    assert again.status == S.IN_REVIEW
    assert again.submission not in {before, asked.submission}


async def test_who_wrote_it_does_not_let_it_go_on_alone(desk: Desk) -> None:
    house = desk.house
    number = await under_way(house, house.author)
    await set_role(house, house.approver, Role.AUTHOR)
    await control.resume(house.core, house.author, number)  # their own pause
    await set_role(house, house.author, Role.OWNER)
    row = await compose.get(house.core, number)
    assert "wrote" in await desk.taps("author", f"approve {number} {row.submission}")
    assert await house.status(number) == S.IN_REVIEW


# Rights that were lost


@pytest.mark.parametrize("how", ["demoted", "removed"])
async def test_a_yes_from_before_a_right_was_lost_stays_void(tmp_path: Path, how: str) -> None:
    house = await House(tmp_path, undo_hold_seconds=60).open(subscribers=3)
    desk = await seated(house)
    number = await house.approved()
    if how == "demoted":
        await set_role(house, house.approver, Role.AUTHOR)
        await set_role(house, house.approver, Role.APPROVER)
    else:
        await removed_and_back(house, house.approver)
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert "Murat" in await why(house, number)
    row = await compose.get(house.core, number)
    await desk.taps("approver", f"approve {number} {row.submission}")
    assert await house.status(number) == S.HOLDING
    await house.store.close()


@pytest.mark.parametrize("how", ["demoted", "removed"])
async def test_whose_yes_is_void_finds_the_buttons_again(tmp_path: Path, how: str) -> None:
    house = await House(tmp_path, approvals_required=2).open(subscribers=3)
    desk = await seated(house)
    third = await approver(desk, "Deniz")
    number, submission = await desk.submitted()
    await desk.taps("approver", f"approve {number} {submission}")
    if how == "demoted":
        await set_role(house, house.approver, Role.AUTHOR)
        await set_role(house, house.approver, Role.APPROVER)
    else:
        await removed_and_back(house, house.approver)
    look = await compose.look_at(house.core, number)
    made = await review.decisions(house.core, number)
    scene = Scene(house.core, look, made, house.now, report.NOTHING)
    who = next(one for one in await team.members(house.core) if one.name == "Murat")
    (card,) = scene.notes(Place("test", "approver", "en", "UTC", who), ())
    assert any("approve" in b.command for row in card.reply.buttons for b in row)
    assert "Approved by" not in card.reply.text.text
    await desk.taps("approver", f"approve {number} {look.submission}")
    assert await house.status(number) == S.IN_REVIEW
    await desk.taps("deniz", f"approve {number} {look.submission}")
    assert await house.status(number) in {S.HOLDING, S.SENDING}
    assert third.admin_id
    await house.store.close()


async def test_a_restored_database_asks_more_than_the_author_who_paused(desk: Desk) -> None:
    number = await under_way(desk.house, desk.house.author)
    await adoption.adopt(desk.house.core)
    row = await compose.get(desk.house.core, number)
    assert row.pause_reason == adoption.RESTORED
    with pytest.raises(NotAllowed):
        await control.resume(desk.house.core, desk.house.author, number)
    await control.resume(desk.house.core, desk.house.approver, number)
    assert await desk.house.status(number) == S.SENDING


async def test_a_restored_database_keeps_an_owners_pause_an_owners(desk: Desk) -> None:
    house = desk.house
    number = await under_way(house, await owner(house))
    await adoption.adopt(house.core)
    with pytest.raises(NotAllowed, match="as an owner"):
        await control.resume(house.core, house.approver, number)


# Two who turn out to be one


async def one_person(house: House, keeper: Admin, user: str) -> None:
    code = await admin_links.code(house.core, keeper)
    account = admin_links.Account("test", user, user, user)
    await admin_links.ask(house.core, code, account)
    from sqlmodel import select

    from broadcast.models import LinkRequest

    async with house.store.read() as session:
        found = await session.scalar(select(LinkRequest).where(LinkRequest.answered_at.is_(None)))  # type: ignore[union-attr]
    assert found is not None
    await admin_links.accept(house.core, keeper, found.request_id)


@pytest.mark.parametrize("status", [S.SENDING, S.WATCHING, S.PAUSED])
async def test_two_who_said_yes_and_are_one_stop_what_is_on_its_way(
    tmp_path: Path, status: S
) -> None:
    house = await House(tmp_path, approvals_required=2).open(subscribers=PEOPLE)
    desk = await seated(house)
    other = await approver(desk, "Deniz")
    number, submission = await desk.submitted()
    await desk.taps("approver", f"approve {number} {submission}")
    await desk.taps("deniz", f"approve {number} {submission}")
    async with house.store.write() as session:
        row = await load_broadcast(session, number)
        row.status, row.launched_at, row.launched_as = status, house.now, row.submission
    await one_person(house, house.approver, "deniz")
    row = await compose.get(house.core, number)
    assert row.status == S.PAUSED
    if status != S.PAUSED:
        assert "approvals" in row.pause_reason, "the team reads why"
    who = await owner(house)
    await control.resume(house.core, who, number)
    row = await compose.get(house.core, number)
    assert row.status == S.IN_REVIEW
    await review.approve(house.core, who, number, row.submission)
    assert await house.status(number) == S.IN_REVIEW, "one of two"
    await review.approve(house.core, house.approver, number, row.submission)
    assert await house.status(number) == S.SENDING
    assert other.admin_id
    await house.store.close()


async def test_a_link_that_leaves_enough_approvals_stops_nothing(tmp_path: Path) -> None:
    house = await House(tmp_path).open(subscribers=3)
    desk = await seated(house)
    await approver(desk, "Deniz")
    number = await under_way(house, house.author)
    await control.resume(house.core, house.author, number)
    await one_person(house, house.approver, "deniz")
    assert await house.status(number) == S.SENDING
    await house.store.close()


# The first few, as they were approved


async def test_the_canary_that_was_approved_holds_after_a_restart_without_it(
    tmp_path: Path,
) -> None:
    house = await House(tmp_path, canary="5 ask", canary_wait_seconds=900.0).open(subscribers=12)
    number = await house.approved()
    await house.run_until(number, S.SENDING, S.WATCHING)
    house.core.policy = replace(house.core.policy, canary="off", canary_wait_seconds=0.0)
    await house.run_until(number, S.WATCHING)
    assert house.channel.received.total() == 5
    row = await compose.get(house.core, number)
    assert row.watch_until is not None
    assert row.watch_until - house.now == timedelta(seconds=900)
    house.now += timedelta(seconds=901)

    async def looked() -> bool:
        return (await compose.get(house.core, number)).watch_until is None

    await safety.end_watch(house.core, number)
    assert await looked()
    assert await house.status(number) == S.WATCHING, "it asks, as was approved"
    await house.store.close()


async def test_the_canary_turned_off_during_the_hold_asks_again(tmp_path: Path) -> None:
    house = await House(tmp_path, canary="5", undo_hold_seconds=60).open(subscribers=12)
    number = await house.approved()
    house.core.policy = replace(house.core.policy, canary="off")
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert "who goes first" in await why(house, number)
    await house.store.close()


def test_what_goes_on_is_not_called_a_correction() -> None:
    from broadcast.models import Broadcast

    row = Broadcast(author_id=1, created_at=None, correcting=False)  # type: ignore[arg-type]
    assert "correction" not in audience(speech("en"), row, report.NOTHING).text
