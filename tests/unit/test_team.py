"""Who comes into the team, goes, and comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from broadcast.models import Audit, Role
from broadcast.services import code, pending_notices, team
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


async def newcomer(desk: Desk, user: str, role: str) -> int:
    """Invited by the owner and in; their number."""
    link = (await desk.says("owner", f"/invite {role}")).split()[-1]
    assert "Welcome" in await desk.says(user, f"/start {link}")
    found = await team.who(desk.house.core, "test", user)
    assert found is not None
    return found[0].admin_id or 0


async def _told(desk: Desk) -> list[pending_notices.Told]:
    """What the team has still to be told."""
    return [
        pending_notices.read(row) for row in await pending_notices.of_the_house(desk.house.core)
    ]


async def test_an_invitation_from_before_a_removal_brings_nobody_back(desk: Desk) -> None:
    boss = await newcomer(desk, "boss", "owner")
    own = (await desk.says("boss", "/invite owner")).split()[-1]
    kept = (await desk.says("owner", "/invite owner")).split()[-1]
    answer = await desk.says("owner", f"/remove {boss} now")
    assert "1 invitation is still open" in answer
    assert "no longer works" in await desk.says("boss", f"/start {own}")
    assert "before you left" in await desk.says("boss", f"/start {kept}")
    assert "no longer works" in await desk.says("stranger", f"/start {own}")
    await newcomer(desk, "boss", "author")
    who = await team.who(desk.house.core, "test", "boss")
    assert who is not None and who[0].role == Role.AUTHOR


async def test_open_invitations_are_listed_without_their_code_and_taken_back(desk: Desk) -> None:
    link = (await desk.says("owner", "/invite approver")).split()[-1]
    await desk.says("owner", "/team")
    labels = [button.label for row in desk.last[0].buttons for button in row]
    assert "Open invitations: 1" in labels
    shown = await desk.says("owner", "/invitations")
    assert "1. approver, by Zeynep, until" in shown
    assert link not in shown and link not in str(desk.last)
    assert "Taken back" in await desk.press("owner", "Take back 1")
    assert "No invitation is open" in await desk.says("owner", "/invitations")
    assert "no longer works" in await desk.says("stranger", f"/start {link}")
    assert "Your role" in await desk.says("approver", "/invitations")
    assert "no longer open" in await desk.says("owner", "/revoke 0123456789ab")
    assert "no longer open" in await desk.says("owner", "/revoke %")


async def test_every_owner_and_the_one_concerned_are_told(desk: Desk) -> None:
    boss = await newcomer(desk, "boss", "author")
    await desk.says("owner", f"/role {boss} approver now")
    await desk.says("owner", f"/remove {boss} now")
    told = await _told(desk)
    sentences = [one.sentence for one in told]
    for words in ("joined the team", "changed the role of", "changed your role", "taken you out",
                  "out of the team"):  # fmt: skip
        assert any(words in sentence for sentence in sentences), words
    (personal,) = [one for one in told if "changed your role" in one.sentence]
    assert personal.only == boss and personal.values["role"] == "approver"
    (farewell,) = [one for one in told if "taken you out" in one.sentence]
    assert farewell.place == ("test", "boss", "en")


@pytest.mark.parametrize("who", ["author", "approver"])
@pytest.mark.parametrize(
    "line",
    ["remove 1 now", "role 1 author now", "invite owner", "invitations", "revoke 0123456789ab"],
)
async def test_only_owners_change_who_belongs_here(desk: Desk, who: str, line: str) -> None:
    assert "Your role does not allow that" in await desk.says(who, f"/{line}")
    assert "Your role does not allow that" in await desk.taps(who, line)
    assert len(await team.members(desk.house.core)) == 3


async def test_wrong_codes_have_to_wait_and_a_right_one_ends_the_row(desk: Desk) -> None:
    good = (await desk.says("owner", "/invite author")).split()[-1]
    for _ in range(2):
        assert "no longer works" in await desk.says("guest", "/start invite-nonsense")
    assert "Welcome" in await desk.says("guest", f"/start {good}")
    other = (await desk.says("owner", "/invite author")).split()[-1]
    for _ in range(4):
        assert "no longer works" in await desk.says("guesser", "/start claim-nonsense")
    assert "wait 15 minutes" in await desk.says("guesser", "/start claim-nonsense")
    assert "wait" in await desk.says("guesser", f"/start {other}")
    assert await desk.says("guesser", f"/start {other}") == "", "told twice is enough"
    wrong = [one for one in await _told(desk) if "wrong codes" in one.sentence]
    assert [one.values["user"] for one in wrong] == ["guesser"]
    desk.house.now += timedelta(minutes=16)
    assert "Welcome" in await desk.says("guesser", f"/start {other}")


async def test_many_guessers_do_not_fill_the_owners_chats(desk: Desk) -> None:
    for guesser in range(20):
        for _ in range(3):
            await desk.says(f"guesser{guesser}", "/start claim-nonsense")
    assert len([one for one in await _told(desk) if "wrong codes" in one.sentence]) == 6
    assert len([one for one in await _audited(desk) if one[0] == "wrong_codes"]) >= 20


async def test_the_history_of_the_team_says_who_did_what(desk: Desk) -> None:
    boss = await newcomer(desk, "boss", "author")
    await desk.says("owner", f"/role {boss} owner now")
    await desk.says("boss", f"/role {desk.house.author.admin_id} approver now")
    await desk.says("owner", f"/remove {boss} now")
    shown = (await desk.says("author", "/team history")).splitlines()
    assert "Zeynep took Boss out of the team" in shown[1]
    assert "Boss changed the role of Ayşe from author to approver" in shown[2]
    assert "Zeynep changed the role of Boss from author to owner" in shown[3]
    assert "Boss joined as author, invited by Zeynep" in shown[4]
    assert "Zeynep invited somebody as author" in shown[5]


async def test_a_long_history_has_pages(desk: Desk) -> None:
    for _ in range(25):
        await desk.says("owner", "/invite author")
    assert "Page 1 of 2" in await desk.says("owner", "/team history")
    assert "Page 2 of 2" in await desk.press("owner", "More")
    assert "Page 2 of 2" in await desk.says("owner", "/team history 99999999999999999999")


async def test_a_claim_ends_every_other_and_a_second_owner_too(desk: Desk) -> None:
    core = desk.house.core
    assert await code.claim(core) is None, "Zeynep owns this"
    await team.leave(core, "test", "owner")
    first, second = await code.claim(core), await code.claim(core)
    assert "no longer works" in await desk.says("stranger", f"/start claim-{first}")
    await team.appoint(core, "test", "boss")
    assert "no longer works" in await desk.says("stranger", f"/start claim-{second}")


async def test_who_leaves_the_platform_leaves_no_code_behind(desk: Desk) -> None:
    await newcomer(desk, "boss", "owner")
    link = (await desk.says("boss", "/invite owner")).split()[-1]
    joined = (await desk.says("boss", "/link")).split()[-1].removeprefix("/start ")
    assert await team.leave(desk.house.core, "test", "boss")
    assert "no longer works" in await desk.says("stranger", f"/start {link}")
    assert "does not work" in await desk.says("stranger", f"/start {joined}")
    assert any("has no account in" in one.sentence for one in await _told(desk))
