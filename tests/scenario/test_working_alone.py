"""One person alone, and what of it ends when there are two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcast.errors import CannotDo, NotAllowed
from broadcast.message import Message, RichText
from broadcast.models import Admin, Role
from broadcast.services import (
    compose,
    first_steps,
    house_rules,
    review,
    schedule,
    self_approval,
    team,
)
from broadcast.states import BroadcastStatus
from tests.scenario.house import House


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    """An owner who decides alone; an author beside them."""
    made = await House(tmp_path).open(subscribers=3)
    await seats(made, made.approver, active=False)
    made.owner = await made._admin("Ece", Role.OWNER)  # type: ignore[attr-defined]
    yield made
    await made.store.close()


def owner_of(town: House) -> Admin:
    found: Admin = town.owner  # type: ignore[attr-defined]
    return found


async def seats(town: House, admin: Admin, *, active: bool) -> None:
    async with town.store.write() as session:
        await session.execute(
            text("UPDATE admin SET active = :a WHERE admin_id = :n"),
            {"a": active, "n": admin.admin_id},
        )


async def written(town: House) -> int:
    number = (await compose.new(town.core, owner_of(town))).broadcast_id or 0
    message = Message(text=RichText(text="Water is off"))
    await compose.set_message(town.core, owner_of(town), number, message)
    return number


async def own(town: House) -> tuple[int, str]:
    """A draft of the owner's, submitted."""
    number = await written(town)
    seen = await review.submit(town.core, owner_of(town), number)
    return number, seen.submission


async def test_alone_one_may_approve_ones_own_and_not_before(town: House) -> None:
    number, asked = await own(town)
    with pytest.raises(NotAllowed):
        await review.approve(town.core, owner_of(town), number, asked)
    await self_approval.choose(town.core, owner_of(town))
    await review.approve(town.core, owner_of(town), number, asked)
    await town.run_until(number, BroadcastStatus.COMPLETED)
    assert sum(town.channel.received.values()) == 3
    assert (await first_steps.steps(town.core)).sent


async def test_what_was_approved_alone_and_waits_for_its_hour_is_asked_again(town: House) -> None:
    await self_approval.choose(town.core, owner_of(town))
    number = await written(town)
    await schedule.set_time(town.core, owner_of(town), number, town.now + timedelta(hours=2))
    seen = await review.submit(town.core, owner_of(town), number)
    await review.approve(town.core, owner_of(town), number, seen.submission)
    assert await town.status(number) == BroadcastStatus.SCHEDULED
    await team.set_role(
        town.core, owner_of(town), town.author.admin_id or 0, Role.APPROVER
    )  # now there are two
    assert not town.core.policy.allow_self_approval
    town.now += timedelta(hours=2, seconds=1)
    await town.run_until(number, BroadcastStatus.IN_REVIEW)
    assert not town.channel.received


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER])
async def test_nobody_but_an_owner_chooses_it(town: House, role: Role) -> None:
    other = await town._admin("Can", role)
    with pytest.raises(NotAllowed):
        await self_approval.choose(town.core, other)
    with pytest.raises(NotAllowed):
        await self_approval.end(town.core, other)
    with pytest.raises(NotAllowed):
        await house_rules.rename(town.core, other, "Somebody else")
    with pytest.raises(NotAllowed):
        await house_rules.set_privacy(town.core, other, "https://example.org")
    assert not town.core.policy.allow_self_approval


async def test_while_two_can_decide_it_cannot_be_chosen_by_whoever_was_quick(town: House) -> None:
    await seats(town, town.approver, active=True)
    with pytest.raises(NotAllowed):
        await self_approval.choose(town.core, owner_of(town))
    await seats(town, town.approver, active=False)
    await seats(town, owner_of(town), active=False)  # removed while the press waited
    with pytest.raises(CannotDo):
        await self_approval.choose(town.core, owner_of(town))
    assert not town.core.policy.allow_self_approval


async def test_where_several_must_approve_nobody_works_alone(town: House) -> None:
    town.core.policy = replace(town.core.policy, approvals_required=2)
    with pytest.raises(NotAllowed):
        await self_approval.choose(town.core, owner_of(town))


async def test_what_the_operator_set_goes_before_whatever_the_database_holds(town: House) -> None:
    await self_approval.choose(town.core, owner_of(town))
    await house_rules.rename(town.core, owner_of(town), "Oak Street")
    town.core.given = frozenset({house_rules.ALONE, house_rules.SENDER})
    town.core.chosen = {}
    town.core.policy = replace(
        town.core.policy, allow_self_approval=False, sender_name="Town Hall"
    )  # as they are read at the start
    await house_rules.recall(town.core)
    assert not town.core.policy.allow_self_approval
    assert town.core.policy.sender_name == "Town Hall"
    with pytest.raises(NotAllowed):
        await house_rules.rename(town.core, owner_of(town), "Oak Street")
    with pytest.raises(NotAllowed):
        await self_approval.choose(town.core, owner_of(town))


async def test_choosing_twice_is_choosing_once(town: House) -> None:
    for _ in range(3):
        await self_approval.choose(town.core, owner_of(town))
        await house_rules.rename(town.core, owner_of(town), "Oak Street")
    async with town.store.read() as session:
        told = await session.scalar(text("SELECT count(*) FROM audit WHERE action = 'alone'"))
        named = await session.scalar(
            text("SELECT count(*) FROM audit WHERE action = 'house_named'")
        )
    assert (told, named) == (1, 1)
    assert await self_approval.end(town.core, owner_of(town))
    assert not await self_approval.end(town.core, owner_of(town))
