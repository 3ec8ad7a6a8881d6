"""What an admin can rely on, whichever console they sit at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broadcast.services import review
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import Desk, SlackDesk, TelegramDesk, offered, sees, until
from tests.contract.office import PEOPLE, TEXT, Team, opened


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def team(console: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, console) as made:
        yield made


async def test_what_is_written_is_previewed_with_its_audience(team: Team) -> None:
    number = await team.composed()
    await sees(team.author, f"To: {PEOPLE} people")
    assert await team.status(number) == BroadcastStatus.DRAFT


async def test_nobody_approves_their_own(team: Team) -> None:
    number, approve = await team.submitted()
    await team.author.presses(approve)
    await sees(team.author, "You wrote this one, or a part of it, so somebody else has to approve")
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def test_an_approval_says_who_and_when_on_every_card_and_all_receive_it(team: Team) -> None:
    number, approve = await team.submitted()
    await sees(team.approver, f"(Ayşe|Ece Yılmaz) asks for approval[^$]*{TEXT}")
    await team.approver.press(approve)
    for desk in (team.approver, team.other):
        await sees(desk, r"Approved by (Murat|Anna Walker), .*2\d{3}")
    await team.becomes(number, BroadcastStatus.COMPLETED)
    await sees(team.author, f"Sent: {PEOPLE}")
    assert await team.received() == PEOPLE
    await team.author.types(f"report {number}")
    await sees(team.author, "Took [^$]*")


async def test_a_hold_can_be_cancelled_and_nobody_receives_it(console: str, tmp_path: Path) -> None:
    async with opened(tmp_path, console, hold=30) as team:
        number, approve = await team.submitted()
        await team.approver.press(approve)
        await sees(team.author, "Starts in")
        await team.author.press(f"cancel {number}")
        await sees(team.author, "Nobody received it")
        assert await team.status(number) == BroadcastStatus.CANCELLED
        assert await team.received() == 0


async def test_it_pauses_goes_on_and_reports(console: str, tmp_path: Path) -> None:
    async with opened(tmp_path, console, hold=0, rate=5) as team:
        number, _ = await team.paused()
        await sees(team.author, "Status: paused")
        await team.author.press(f"resume {number}")
        await team.becomes(number, BroadcastStatus.COMPLETED)
        await sees(team.approver, f"Sent: {PEOPLE}")
        await team.approver.types(f"missed {number}")
        await sees(team.approver, f"Nobody missed #{number}")


async def test_a_rejection_goes_back_with_its_reason_and_can_be_mended(team: Team) -> None:
    number, _ = await team.submitted()
    await team.approver.rejects(number, "The date is wrong")
    await sees(team.other, r"Rejected by (Murat|Anna Walker), .*The date is wrong")
    await team.author.press(f"open {number}")
    await team.author.press(f"submit {number}")

    async def asked_again() -> bool:
        return await team.status(number) == BroadcastStatus.IN_REVIEW

    await until("a second round", asked_again)
    await team.approver.press(f"approve {number} ")
    await team.becomes(number, BroadcastStatus.COMPLETED)


async def test_of_two_who_press_at_once_one_is_told_who_was_faster(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console, hold=30) as team:
        number, approve = await team.submitted()
        await offered(team.other, approve)
        notices = await asyncio.gather(team.approver.press(approve), team.other.press(approve))
        await team.becomes(number, BroadcastStatus.HOLDING)
        made = await review.decisions(team.house.core, number)
        assert len(made) == 1
        winner, loser = (team.approver, team.other), (team.other, team.approver)
        first = made[0][1].name in {"Murat", "Anna Walker"}
        assert "was faster" in " ".join(notices) or await sees(
            (winner if not first else loser)[0], f"{made[0][1].name} was faster"
        )


async def test_who_presses_twice_is_told_what_became_of_it_and_not_that_it_failed(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console, hold=30) as team:
        number, approve = await team.submitted()
        await team.author.types(f"submit {number}")
        await sees(team.author, "Status: waiting for approval")
        assert await team.status(number) == BroadcastStatus.IN_REVIEW
        await team.approver.press(approve)
        await team.becomes(number, BroadcastStatus.HOLDING)
        await team.approver.presses(approve)
        await sees(team.approver, "You have decided this one already")
        assert len(await review.decisions(team.house.core, number)) == 1


async def test_an_event_that_comes_twice_acts_once(console: str, tmp_path: Path) -> None:
    async with opened(tmp_path, console, hold=30) as team:
        number, approve = await team.submitted()
        await team.approver.press(approve)
        await team.becomes(number, BroadcastStatus.HOLDING)
        await sees(team.approver, "Starts in")
        before = await team.approver.screen()
        await team.approver.again()
        await team.approver.types("drafts")
        await sees(team.approver, "You have no drafts")
        assert len(await review.decisions(team.house.core, number)) == 1
        assert len(await team.approver.screen()) == len(before) + 1


async def test_a_change_after_the_card_was_seen_makes_it_void(team: Team) -> None:
    number, approve = await team.submitted()
    await team.author.types(f"button {number} Read more - https://example.org")
    await team.becomes(number, BroadcastStatus.DRAFT)
    await sees(team.other, "no longer waiting")
    await team.approver.presses(approve)
    await sees(team.approver, "no longer possible")


async def test_what_is_typed_shows_the_card_and_only_its_button_decides(team: Team) -> None:
    number, approve = await team.submitted()
    for line in (f"approve {number}", f"approve {number} d1f3", approve):
        before = await held(team.approver, TEXT)
        await team.approver.types(line)
        await shown(team.approver, before, TEXT)
        assert await team.status(number) == BroadcastStatus.IN_REVIEW
    await team.approver.press(approve)
    await team.becomes(number, BroadcastStatus.COMPLETED)


async def test_every_round_shows_the_content_again_under_an_id_of_its_own(team: Team) -> None:
    number, first = await team.submitted()
    await team.approver.rejects(number, "The date is wrong")
    await sees(team.author, "The date is wrong")
    await team.becomes(number, BroadcastStatus.DRAFT)
    await team.house.notifier.settled()
    before = await held(team.other, TEXT)
    await team.author.types(f"submit {number}")
    await shown(team.other, before, TEXT)
    second = await offered(team.approver, f"approve {number} ")
    assert second != first
    await team.approver.presses(first)
    await sees(team.approver, "changed after you saw it")
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def held(desk: Desk, words: str) -> int:
    """How many texts on the screen hold the words."""
    return sum(words in text for text in await desk.screen())


async def shown(desk: Desk, before: int, words: str) -> None:
    """More of them than before."""

    async def look() -> bool:
        return await held(desk, words) > before

    await until(words, look)


async def test_commands_without_a_number_offer_those_that_fit(team: Team) -> None:
    number, _ = await team.submitted()
    await team.approver.types("reject")
    await sees(team.approver, "Which one")
    assert (await offered(team.approver, "reject")).split()[1] == str(number)


async def test_everything_can_be_done_with_buttons(team: Team) -> None:
    await team.author.types("menu all")
    for command in ("new", "drafts", "status", "report", "pause", "audience", "team", "help"):
        await offered(team.author, command)
    await team.author.press("drafts")
    await sees(team.author, "You have no drafts")


async def test_a_stranger_learns_nothing(team: Team) -> None:
    await team.submitted()
    before = await team.stranger.screen()
    await team.stranger.types("status")
    await team.author.types("status")
    await sees(team.author, "Status: waiting for approval")
    fresh = (await team.stranger.screen())[len(before) :]
    assert all(TEXT not in text and "status" not in text.lower() for text in fresh)


async def test_an_invitation_and_the_language_follow_the_person(team: Team) -> None:
    await team.author.types("invite approver")
    code = (await sees(team.author, r"invite-[\w-]+"))[0]
    await team.stranger.types(f"start {code}" if team.author.name == "telegram" else f"join {code}")
    await sees(team.stranger, "Your role: approver")
    await team.stranger.types("language tr")
    await sees(team.stranger, "Türkçe")


async def test_a_new_role_and_a_removal_are_told_and_end_what_stood_open(team: Team) -> None:
    number, _ = await team.submitted()
    desk = team.approver
    assert isinstance(desk, TelegramDesk | SlackDesk)
    user = str(desk.person) if isinstance(desk, TelegramDesk) else desk.user
    found = await people.who(team.house.core, desk.name, user)
    assert found is not None
    who = found[0].admin_id
    await team.author.types(f"role {who} author now")
    await sees(desk, "has changed your role: you were owner, you are now author")
    await sees(team.other, "owner until now, author from now on")
    await desk.types(f"reject {number} not like this")
    await sees(desk, "Your role does not allow that")
    await team.author.types(f"remove {who} now")
    await sees(team.author, "is no longer in the team")
    await sees(desk, "has taken you out of this team")
    await sees(team.other, r"took .* \(author\) out of the team")
    assert await team.status(number) == BroadcastStatus.IN_REVIEW
    await team.other.types("team history")
    await sees(team.other, "History of the team[^$]*took .* out of the team")
