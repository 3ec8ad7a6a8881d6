"""One card at both consoles: true from the question to the report, and nothing said twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, Desk, SlackDesk, TelegramDesk, offered, sees, until
from tests.contract.office import PEOPLE, TEXT, Team, desk, opened

TODAY = datetime.now(UTC).date()
FRIDAY, SATURDAY = (TODAY + timedelta(days=11 - TODAY.weekday() + n) for n in (0, 1))
FRI, SAT = (f"{day:%a}, {day:%b} {day.day}" for day in (FRIDAY, SATURDAY))


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def screens(team: Team) -> list[str]:
    return [text for who in (team.author, team.approver, team.other) for text in await who.screen()]


async def nobody_reads(team: Team, words: str) -> None:
    async def gone() -> bool:
        return not any(words in text for text in await screens(team))

    await until(f"{words!r} stands nowhere", gone)


async def another(who: Desk, command: str, earlier: str) -> str:
    """The button of a new round: that of the round before may still stand there for a moment."""

    async def look() -> str:
        found = [line for line, _ in await who.buttons() if line.startswith(command)]
        return found[-1] if found and found[-1] != earlier else ""

    return str(await until(f"another {command!r}", look))


async def count(team: Team, who: object) -> int:
    """Messages of ours that this person got: in their chat, or in the channel with its thread."""
    if isinstance(who, TelegramDesk):
        return len(await who.screen())
    assert isinstance(who, SlackDesk)
    found = await who.do("messages", place=PLACE)
    shared = [m for m in found if not m.get("is_ephemeral")]
    return sum(1 + len([r for r in m["replies"] if not r.get("is_ephemeral")]) for m in shared)


async def in_windows(team: Team, words: str) -> int:
    """How many windows that stand open in Slack show this: they are kept true as well."""
    desks = [who for who in (team.author, team.approver, team.other) if isinstance(who, SlackDesk)]
    return sum([words in str(await who.do("modal")) for who in desks])


async def test_over_a_whole_life_nobody_is_told_anything_twice(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console) as team:
        number, approve = await team.submitted()
        await offered(team.other, approve)
        before = [await count(team, who) for who in (team.author, team.approver, team.other)]
        assert before == ([3, 2, 2] if console == "telegram" else [1, 1, 1])
        await team.approver.press(approve)
        await team.becomes(number, BroadcastStatus.COMPLETED)
        for who in (team.author, team.approver, team.other):
            await sees(who, f"Status: completed\nApproved by [^$]*Sent: {PEOPLE}\nTook ")
        await team.house.notifier.settled()
        after = [await count(team, who) for who in (team.author, team.approver, team.other)]
        assert after == before, "from the approval to the report nothing was posted"
        reports = [text for text in await screens(team) if "Took" in text]
        assert len(reports) - await in_windows(team, "Took") == 3, "one each"
        assert not re.search("Failed|Skipped|Uncertain|Still to go", "".join(reports))


async def test_a_time_that_is_moved_is_told_to_all_and_stands_nowhere_any_more(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console) as team:
        number = await team.composed()
        await team.author.types(f"schedule {number} {FRIDAY} 09:00")
        await sees(team.author, f"When: {FRI}, {FRIDAY.year}")
        await team.author.press(f"submit {number}")
        first = await offered(team.approver, f"approve {number}")
        await team.approver.press(first)
        for who in (team.author, team.approver, team.other):
            await sees(who, f"Goes out {FRI}")
        await team.author.types(f"schedule {number} {SATURDAY} 09:00")
        await sees(team.author, f"It was approved for {FRI}.*Changed to {SAT}")
        await sees(team.approver, f"changed it after you approved it[^$]*{FRI}.*→ {SAT}")
        await nobody_reads(team, "Goes out")
        assert await team.status(number) == BroadcastStatus.DRAFT
        await team.author.press(f"submit {number}")
        await sees(team.other, f"Changed since it was last shown[^$]*→ {SAT}")
        second = await offered(team.approver, f"approve {number}")
        assert second != first
        await team.approver.press(second)
        for who in (team.author, team.approver, team.other):
            await sees(who, f"Goes out {SAT}")
        await nobody_reads(team, "Goes out Fri")
        assert await team.received() == 0


async def test_a_card_asked_for_again_is_the_card_from_then_on(tmp_path: Path) -> None:
    async with opened(tmp_path, "telegram", hold=30) as team:
        number, approve = await team.submitted()
        await team.approver.press(approve)
        await sees(team.approver, "Starts in")
        await team.approver.types(f"status {number}")
        await sees(team.approver, f"#{number}: its card is further down")
        await team.author.press(f"cancel {number}")
        await sees(team.approver, "It was cancelled before it started")
        cards = [text for text in await team.approver.screen() if f"#{number}" in text]
        assert [TEXT in text for text in cards] == [False, True]


async def test_a_card_that_was_answered_in_slacks_direct_messages_is_kept_true(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "slack", hold=30) as team:
        number, first = await team.submitted()
        await team.approver.rejects(number, "The date is wrong")
        await sees(team.author, "The date is wrong[^$]*")
        await team.author.press(f"open {number}")
        await team.author.press(f"submit {number}")
        await team.approver.press(await another(team.approver, f"approve {number} ", first))
        ece = desk(team)

        async def mine() -> bool:
            found = [str(m.get("blocks")) for m in await ece.do("messages")]
            return any("Starts in" in text and "Approved by" in text for text in found)

        await until("the card in her direct messages", mine)
        await team.author.press(f"cancel {number}")
        await nobody_reads(team, "Starts in")


async def test_a_draft_that_was_handed_in_elsewhere_is_no_draft_on_any_card(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console, hold=30) as team:
        number, first = await team.submitted()
        await team.approver.rejects(number, "The date is wrong")
        await sees(team.author, "The date is wrong[^$]*")
        await team.author.press(f"open {number}")
        await sees(team.author, "Status: a draft")
        await team.author.types(f"submit {number}")
        await another(team.approver, f"approve {number} ", first)
        await nobody_reads(team, "Status: a draft")


async def test_a_draft_that_was_thrown_away_can_be_used_again_from_its_card(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "telegram") as team:
        number = await team.composed()
        await team.author.types(f"open {number}")
        await team.author.types(f"delete {number} now")
        await nobody_reads(team, "Status: a draft")
        await team.author.press(f"reuse {number}")
        await sees(team.author, f"#{number + 1}[^$]*Status: a draft")


async def test_a_list_whose_button_can_no_longer_be_done_says_so_in_its_place(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console, hold=30) as team:
        number, _ = await team.submitted()
        await team.submitted()
        await offered(team.other, f"approve {number + 1} ")
        await team.other.types("cancel")
        await sees(team.other, "Which one")
        await offered(team.other, f"cancel {number}")
        await team.author.types(f"cancel {number} now")
        await team.becomes(number, BroadcastStatus.CANCELLED)
        await team.other.press(f"cancel {number}")
        await sees(team.other, "is cancelled now, so that is no longer possible")
        await nobody_reads(team, "Which one")
        await offered(team.other, f"reuse {number}")
