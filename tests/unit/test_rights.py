"""Who acts is looked up where it is decided: what waited for a removal or a new role."""

from __future__ import annotations

import asyncio

import pytest

from broadcast.errors import CannotDo
from broadcast.models import Admin, Broadcast, Role
from broadcast.services import compose, team
from broadcast.states import BroadcastStatus
from tests.unit.desk import Desk


async def meanwhile(desk: Desk, user: str, line: str, **changes: object) -> str:
    """The answer to a line that has to wait to write, while its person's row changes."""
    core = desk.house.core
    found = await team.who(core, "test", user)
    assert found is not None
    async with core.store.write() as session:
        waiting = asyncio.create_task(desk.says(user, line, pressed="/approve" in line))
        for _ in range(50):  # far enough to have looked up who it is
            await asyncio.sleep(0.005)
        assert not waiting.done(), "it writes, so it waits"
        admin = await session.get(Admin, found[0].admin_id)
        assert admin is not None
        for name, value in changes.items():
            setattr(admin, name, value)
    return await waiting


@pytest.mark.parametrize("line", ["/approve {n} {seen}", "/reject {n} too late", "/cancel {n} now"])
async def test_who_was_removed_while_it_waited_does_nothing(desk: Desk, line: str) -> None:
    number, seen = await desk.submitted()
    answer = await meanwhile(desk, "approver", line.format(n=number, seen=seen), active=False)
    assert "no longer in this team" in answer
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW


@pytest.mark.parametrize("line", ["/new", "/invite author", "/link", "/role 1 owner now"])
async def test_who_lost_the_right_while_it_waited_is_told_so(desk: Desk, line: str) -> None:
    if line == "/link":
        answer = await meanwhile(desk, "owner", line, role=Role.APPROVER.value)
        assert "link-" in answer, "a right they still have"
    else:
        answer = await meanwhile(desk, "owner", line, role=Role.APPROVER.value)
        assert "Your role does not allow that" in answer
        assert await compose.drafts(desk.house.core, desk.house.author) == []


async def test_words_of_somebody_removed_meanwhile_change_no_draft(desk: Desk) -> None:
    number = await desk.written("as it was")
    answer = await meanwhile(desk, "author", "other words", active=False)
    assert "no longer in this team" in answer
    row = await compose.get(desk.house.core, number)
    assert compose.message_of(row).text.text == "as it was"


async def test_two_owners_who_remove_each_other_at_once_leave_one(desk: Desk) -> None:
    core = desk.house.core
    await team.appoint(core, "test", "boss")
    boss, owner = [(await team.who(core, "test", one)) for one in ("boss", "owner")]
    assert boss and owner
    done = await asyncio.gather(
        team.remove(core, boss[0], owner[0].admin_id or 0),
        team.remove(core, owner[0], boss[0].admin_id or 0),
        return_exceptions=True,
    )
    assert sum(isinstance(one, CannotDo) for one in done) == 1
    assert [one.role for one in await team.members(core)].count(Role.OWNER) == 1


async def test_a_new_role_ends_what_stood_open(desk: Desk) -> None:
    number, _ = await desk.submitted()
    assert "Why?" in await desk.says("approver", f"/reject {number}")
    murat = desk.house.approver.admin_id
    assert "author" in await desk.says("owner", f"/role {murat} author")
    assert "has a new role: author" in await desk.press("owner", "Change to")
    await desk.says("approver", "because of the date")
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW
    assert "Your role" in await desk.says("approver", f"/reject {number} because")


async def test_nobody_can_be_left_without_an_owner(desk: Desk) -> None:
    owner = await team.who(desk.house.core, "test", "owner")
    assert owner is not None
    me = owner[0].admin_id
    assert "leave no owner" in await desk.says("owner", f"/role {me} author now")
    await desk.says("owner", f"/role {desk.house.author.admin_id} owner now")
    assert "has a new role: author" in await desk.says("owner", f"/role {me} author now")
    assert [one.role for one in await team.members(desk.house.core)].count(Role.OWNER) == 1


async def paused(desk: Desk, by: str) -> int:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    async with desk.house.store.write() as session:
        row = await session.get(Broadcast, number)
        assert row is not None
        row.status = BroadcastStatus.SENDING.value
    await desk.says(by, f"/pause {number}")
    assert await desk.house.status(number) == BroadcastStatus.PAUSED
    return number


async def test_an_owners_pause_is_undone_by_owners_only(desk: Desk) -> None:
    number = await paused(desk, "owner")
    for user in ("author", "approver"):
        assert "Only an owner" in await desk.says(user, f"/resume {number}")
    assert await desk.house.status(number) == BroadcastStatus.PAUSED
    await desk.says("owner", f"/resume {number}")
    assert await desk.house.status(number) == BroadcastStatus.SENDING


async def test_everybody_may_pause_and_undo_their_own(desk: Desk) -> None:
    from tests.unit.test_team import newcomer

    number, seen = await desk.submitted()
    await newcomer(desk, "other", "author")
    await desk.taps("approver", f"approve {number} {seen}")
    async with desk.house.store.write() as session:
        row = await session.get(Broadcast, number)
        assert row is not None
        row.status = BroadcastStatus.SENDING.value
    await desk.says("other", f"/pause {number}")
    assert await desk.house.status(number) == BroadcastStatus.PAUSED, "another author's too"
    await desk.says("other", f"/resume {number}")
    assert await desk.house.status(number) == BroadcastStatus.SENDING
    await desk.says("other", f"/pause {number}")
    await desk.says("owner", f"/pause {number}")
    assert "Only an owner" in await desk.says("other", f"/resume {number}")
