"""One person on two consoles is one admin: what the code does, and what it must not do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from broadcast.errors import CannotDo, NotAllowed
from broadcast.models import Admin, LinkRequest, Role
from broadcast.services import admin_links, compose, review, team
from broadcast.services import code as codes
from broadcast.states import BroadcastStatus
from tests.scenario.house import House


async def seat(house: House, admin: Admin, frontend: str) -> None:
    await house.seat(admin, frontend, admin.name)


async def use(house: House, code: str, user: str, frontend: str = "slack") -> Admin:
    """Both yeses, one after the other."""
    account = admin_links.Account(frontend, user, user, user, "en")
    keeper = (await admin_links.ask(house.core, code, account)).keeper
    await admin_links.accept(house.core, keeper, await waiting(house))
    return keeper


async def waiting(house: House) -> str:
    async with house.store.read() as session:
        row = await session.scalar(
            select(LinkRequest).where(col(LinkRequest.answered_at).is_(None))
        )  # fmt: skip
    assert row is not None
    return row.request_id


async def test_somebody_new_there_becomes_the_same_person(house: House) -> None:
    code = await admin_links.code(house.core, house.author)
    assert (await use(house, code.lower(), "U1")).admin_id == house.author.admin_id
    found = await team.who(house.core, "slack", "U1")
    assert found
    assert found[0].admin_id == house.author.admin_id


async def test_a_code_works_once_and_for_ten_minutes(house: House) -> None:
    code = await admin_links.code(house.core, house.author)
    await use(house, code, "U1")
    with pytest.raises(CannotDo, match="does not work"):
        await use(house, code, "U2")
    late = await admin_links.code(house.core, house.author)
    house.now += timedelta(minutes=admin_links.LINK_MINUTES, seconds=1)
    with pytest.raises(CannotDo, match="does not work"):
        await use(house, late, "U2")


async def test_a_newer_code_replaces_the_older(house: House) -> None:
    older = await admin_links.code(house.core, house.author)
    newer = await admin_links.code(house.core, house.author)
    with pytest.raises(CannotDo):
        await use(house, older, "U1")
    await use(house, newer, "U1")


async def test_codes_of_other_kinds_do_not_link_and_this_one_invites_nobody(house: House) -> None:
    invitation = await codes.invite(house.core, await owner(house), Role.OWNER)
    with pytest.raises(CannotDo):
        await use(house, invitation, "U1")
    code = await admin_links.code(house.core, house.author)
    with pytest.raises(CannotDo):
        await team.join(
            house.core, code, frontend="slack", user_id="U1", conversation="U1", name="x",
            language="en",
        )  # fmt: skip
    await use(house, code, "U1")


async def owner(house: House) -> Admin:
    admin = Admin(name="Zeynep", role=Role.OWNER, created_at=house.now)
    async with house.store.write() as session:
        session.add(admin)
    return admin


async def test_the_role_is_that_of_who_gave_the_code_and_drafts_go_along(house: House) -> None:
    await seat(house, house.author, "slack")
    number = await house.draft()
    code = await admin_links.code(house.core, house.approver)
    await use(house, code, house.author.name)
    found = await team.who(house.core, "slack", house.author.name)
    assert found
    assert found[0].role == Role.APPROVER
    assert (await compose.get(house.core, number)).author_id == house.approver.admin_id
    assert [a.name for a in await team.members(house.core)] == ["Murat"]


async def test_what_one_approved_for_oneself_is_asked_again_and_says_why(house: House) -> None:
    await seat(house, house.author, "slack")
    number = await house.approved()
    assert await house.status(number) == BroadcastStatus.HOLDING
    await use(house, await admin_links.code(house.core, house.approver), house.author.name)
    assert await house.status(number) == BroadcastStatus.IN_REVIEW
    asked = (await compose.look_at(house.core, number)).asked
    assert asked is not None and asked.details == {"wanted": 1, "count": 0}
    with pytest.raises(NotAllowed):
        await review.approve(house.core, house.approver, number, asked.submission_id)


async def test_an_early_approval_that_turns_out_to_be_ones_own_does_not_count(
    house: House,
) -> None:
    object.__setattr__(house.core.policy, "approvals_required", 2)
    await seat(house, house.author, "slack")
    number = await house.approved()
    assert await house.status(number) == BroadcastStatus.IN_REVIEW
    await use(house, await admin_links.code(house.core, house.approver), house.author.name)
    other = await owner(house)
    seen = (await compose.look_at(house.core, number)).submission
    await review.approve(house.core, other, number, seen)
    assert await house.status(number) == BroadcastStatus.IN_REVIEW


async def test_two_approvals_of_what_turns_out_to_be_one_person_count_as_one(house: House) -> None:
    object.__setattr__(house.core.policy, "approvals_required", 2)
    first, second = house.approver, await owner(house)
    await seat(house, second, "slack")
    number = await house.approved()
    seen = (await compose.look_at(house.core, number)).submission
    await review.approve(house.core, second, number, seen)
    assert await house.status(number) == BroadcastStatus.HOLDING
    third = await owner(house)
    await seat(house, third, "telegram")
    await use(house, await admin_links.code(house.core, first), second.name)
    assert await house.status(number) == BroadcastStatus.IN_REVIEW
    seen = (await compose.look_at(house.core, number)).submission
    await review.approve(house.core, first, number, seen)
    assert await house.status(number) == BroadcastStatus.IN_REVIEW, "still one person"
    await review.approve(house.core, third, number, seen)
    assert await house.status(number) == BroadcastStatus.HOLDING


async def test_enough_approvals_of_others_stay_when_somebody_links(house: House) -> None:
    await seat(house, house.approver, "slack")
    number = await house.approved()
    await use(house, await admin_links.code(house.core, house.approver), "U7")
    other = await owner(house)
    await use(house, await admin_links.code(house.core, other), house.approver.name)
    assert await house.status(number) == BroadcastStatus.HOLDING


async def test_the_only_owner_is_not_lost(house: House) -> None:
    only = await owner(house)
    await seat(house, only, "slack")
    code = await admin_links.code(house.core, house.author)
    with pytest.raises(CannotDo, match="only owner"):
        await use(house, code, only.name)
    assert [a.role for a in await team.members(house.core)].count(Role.OWNER) == 1
    await seat(house, house.author, "telegram")
    await use(house, await admin_links.code(house.core, only), house.author.name, "telegram")
    found = await team.who(house.core, "telegram", house.author.name)
    assert found
    assert found[0].role == Role.OWNER
