"""Who comes into the team, goes, and comes back."""

from __future__ import annotations

from sqlmodel import col, select

from broadcast.models import Audit, Role
from broadcast.services import team
from tests.unit.desk import Desk


async def test_an_invitation_makes_an_author_once(desk: Desk) -> None:
    link = (await desk.says("owner", "/invite author")).split()[-1]
    assert "author" in await desk.says("newcomer", f"/start {link}")
    assert "no longer works" in await desk.says("another", f"/start {link}")
    assert len(await team.members(desk.house.core)) == 4


async def _audited(desk: Desk) -> list[tuple[str, str]]:
    async with desk.house.store.read() as session:
        rows = await session.scalars(select(Audit).order_by(col(Audit.audit_id)))
        return [(row.action, row.detail) for row in rows]


async def test_who_was_removed_comes_back_with_an_invitation_and_keeps_their_drafts(
    desk: Desk,
) -> None:
    await desk.written()
    gone = desk.house.author.admin_id
    assert "Are you sure?" in await desk.says("owner", f"/remove {gone}")
    assert "no longer in the team" in await desk.press("owner", "Remove")
    assert "no longer in this team" in await desk.says("author", "/drafts")
    assert await desk.says("author", "and some words") == ""
    link = (await desk.says("owner", "/invite author")).split()[-1]
    assert "Welcome" in await desk.says("author", f"/start {link}")
    assert "1 draft" in await desk.says("author", "/drafts")
    told = [one for one in await _audited(desk) if one[0] in {"removed", "invited", "joined"}]
    assert [action for action, _ in told] == ["removed", "invited", "joined"]


async def test_the_settings_let_a_removed_owner_in_again_and_it_is_noted_once(desk: Desk) -> None:
    await team.appoint(desk.house.core, "test", "boss")
    found = await team.who(desk.house.core, "test", "boss")
    assert found is not None
    assert "TELLAL_OWNERS" in await desk.says("owner", f"/remove {found[0].admin_id} now")
    assert await team.who(desk.house.core, "test", "boss") is None
    for _ in range(2):
        await team.appoint(desk.house.core, "test", "boss")
    back = await team.who(desk.house.core, "test", "boss")
    assert back is not None and back[0].role == Role.OWNER
    assert [one for one in await _audited(desk) if one[0] == "appointed"] == [
        ("appointed", "settings")
    ] * 2
