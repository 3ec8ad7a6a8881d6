"""The first hour of a new house, in chat: the checklist, working alone, on either console."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broadcast.errors import NotAllowed
from broadcast.models import Role
from broadcast.services import house_rules, self_approval
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import Desk, SlackDesk, TelegramDesk, offered, sees, until
from tests.contract.office import Team, opened


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextlib.asynccontextmanager
async def fresh(folder: Path, console: str, lines: str = "", count: int = 0) -> AsyncIterator[Team]:
    """One owner, nobody else."""
    async with opened(folder, console, alone=True, people=count, lines=lines) as team:
        yield team


async def steps_of(desk: Desk) -> str:
    """The checklist as it stands now, wherever it was shown last; empty where there is none."""
    if isinstance(desk, SlackDesk):
        message = [m for m in await desk.screen() if "First steps" in m]
        return message[-1] if message else ""
    found = [text for text in await desk.screen() if "First steps" in text]
    return found[-1] if found else ""


async def ticked(desk: Desk, step: str, *, done: bool = True) -> None:
    mark = "✅" if done else "⬜"

    async def look() -> bool:
        return bool(re.search(f"{mark} {step}", await steps_of(desk)))

    try:
        await until(step, look)
    except AssertionError:
        raise AssertionError(f"no {mark} {step!r} in {await steps_of(desk)!r}") from None


async def tells(desk: Desk, label: str, text: str) -> None:
    """Answer a question in words, or in the window where it is asked."""
    if isinstance(desk, SlackDesk):
        await desk.submit(**{label: text})
        return
    assert isinstance(desk, TelegramDesk)
    await desk._sandbox.do("say", person=desk.person, text=text)


async def codes(desk: Desk) -> set[str]:
    return set(re.findall(r"invite-[\w-]+", "\n".join(await desk.screen())))


async def joins(team: Team, desk: Desk, role: str) -> None:
    before = await codes(team.author)
    await team.author.types(f"invite {role}")

    async def fresh_one() -> str:
        return next(iter(await codes(team.author) - before), "")

    code = str(await until("an invitation", fresh_one))
    await desk.types(f"start {code}" if desk.name == "telegram" else f"join {code}")
    await sees(desk, f"Your role: {role}")


async def test_the_checklist_ticks_itself_from_nothing_to_the_first_broadcast(
    console: str, tmp_path: Path
) -> None:
    async with fresh(tmp_path, console, count=5) as team:
        owner = team.author
        await owner.types("checklist")
        await ticked(owner, "The name your subscribers see", done=False)
        await owner.press("checklist name")
        if console == "telegram":
            await sees(owner, "Which name should your subscribers see")
        await tells(owner, "Name", "Oak Street News")
        await ticked(owner, "The name your subscribers see: Oak Street News")
        await owner.press("checklist privacy")
        if console == "telegram":
            await sees(owner, "how you treat people's data")
        await tells(owner, "Privacy page", "oak.example.org/privacy")
        await ticked(owner, "Your privacy page: https://oak.example.org/privacy")
        await ticked(owner, "Your link shared")  # five have subscribed: somebody found it
        await ticked(owner, "Somebody who approves, or you alone", done=False)
        await owner.press("checklist alone")
        await sees(owner, "nobody but you reads a broadcast before it goes out")
        await owner.press("checklist alone now")
        await ticked(owner, "You work alone and approve your own")
        number = await team.composed()
        await owner.press(f"test {number}")
        await ticked(owner, "A broadcast sent to yourself")
        await owner.types(f"open {number}")
        await owner.press(f"submit {number}")
        await owner.press(f"approve {number}")
        await team.becomes(number, BroadcastStatus.COMPLETED)
        await sees(owner, "All first steps are done")
        assert await steps_of(owner) == ""
        assert await team.received() == 5


async def test_it_is_one_message_however_much_is_done(tmp_path: Path) -> None:
    async with fresh(tmp_path, "telegram") as team:
        owner = team.author
        await owner.types("checklist")
        await ticked(owner, "The name your subscribers see", done=False)
        for name in ("Oak Street", "Elm Street", "Oak Street News"):
            await owner.types("checklist name")
            await tells(owner, "Name", name)
            await ticked(owner, f"The name your subscribers see: {name}")

        async def one() -> bool:
            return sum("First steps" in text for text in await owner.screen()) == 1

        await until("one checklist", one)


async def test_hidden_it_comes_back_when_asked_and_at_the_start(
    console: str, tmp_path: Path
) -> None:
    async with fresh(tmp_path, console) as team:
        owner = team.author
        for line in ("checklist", "start"):
            await owner.types(line)
            await ticked(owner, "Your first broadcast", done=False)
            await owner.press("checklist hide")
            await sees(owner, "Hidden. /checklist|Hidden. `?/broadcast checklist")

            async def gone() -> bool:
                return not await steps_of(owner)

            await until("no checklist", gone)


async def test_an_earlier_one_says_that_the_steps_are_further_down(
    console: str, tmp_path: Path
) -> None:
    async with fresh(tmp_path, console) as team:
        await team.author.types("checklist")
        await ticked(team.author, "Your first broadcast", done=False)
        await team.author.types("checklist")
        await sees(team.author, "The first steps are further down now")
        await ticked(team.author, "Your first broadcast", done=False)


async def test_an_owner_who_comes_in_is_greeted_with_it(console: str, tmp_path: Path) -> None:
    async with fresh(tmp_path, console) as team:
        await joins(team, team.stranger, "owner")
        await ticked(team.stranger, "2 people can approve")
        await ticked(team.stranger, "Your first broadcast", done=False)


async def test_only_owners_see_it_or_change_anything(console: str, tmp_path: Path) -> None:
    async with fresh(tmp_path, console) as team:
        await joins(team, team.stranger, "author")
        for line in ("checklist", "checklist name", "checklist alone now", "checklist hide"):
            await team.stranger.types(line)
        await team.stranger.presses("checklist alone now")
        await sees(team.stranger, "Your role does not allow that")
        await team.stranger.types("start")
        await sees(team.stranger, "What shall we do")
        assert await steps_of(team.stranger) == ""
        assert not team.house.core.policy.allow_self_approval
        assert team.house.core.policy.sender_name == "Tellal"


async def test_what_the_operator_has_set_is_ticked_and_goes_before(
    console: str, tmp_path: Path
) -> None:
    lines = 'sender_name = "Town Hall"\nallow_self_approval = false\n'
    async with fresh(tmp_path, console, lines) as team:
        owner = team.author
        await owner.types("checklist")
        await ticked(owner, "The name your subscribers see: Town Hall")
        await owner.types("checklist name")
        await sees(owner, "TELLAL_SENDER_NAME")
        await owner.types("checklist alone now")
        await sees(owner, "TELLAL_ALLOW_SELF_APPROVAL")
        assert not team.house.core.policy.allow_self_approval


async def test_working_alone_ends_by_itself_when_a_second_person_can_approve(
    console: str, tmp_path: Path
) -> None:
    async with fresh(tmp_path, console, count=5) as team:
        owner = team.author
        await owner.types("checklist alone now")
        await sees(owner, "You work alone now")
        number = await team.composed()
        await owner.press(f"submit {number}")
        await offered(owner, f"approve {number}")
        await joins(team, team.stranger, "author")  # who only writes changes nothing
        assert team.house.core.policy.allow_self_approval
        await joins(team, team.approver, "approver")
        await sees(owner, "can approve now, so working alone has ended")
        line = await offered(team.approver, f"approve {number}")
        await owner.presses(line)
        await sees(owner, "somebody else has to approve")
        assert await team.status(number) == BroadcastStatus.IN_REVIEW
        await owner.types("checklist alone now")
        await sees(owner, "2 people of this team can approve")
        assert not team.house.core.policy.allow_self_approval
        await team.approver.press(f"approve {number}")
        await team.becomes(number, BroadcastStatus.COMPLETED)
        await owner.types("team history")
        await sees(owner, "working alone has ended[^$]*chose to work alone")


async def test_it_can_be_taken_back_and_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with fresh(tmp_path, "telegram") as team:
        owner, core = team.author, team.house.core
        await owner.types("checklist alone now")
        await sees(owner, "You work alone now")
        await owner.types("checklist name")
        await sees(owner, "Which name")
        await tells(owner, "Name", "Oak Street")
        await sees(owner, "Your subscribers see Oak Street from now on")
        core.chosen.clear()  # as a new process begins
        core.policy = type(core.policy)()
        await house_rules.recall(core)
        assert core.policy.allow_self_approval and core.policy.sender_name == "Oak Street"
        await owner.press("checklist together")
        await sees(owner, "From now on somebody else approves what you write")
        assert not core.policy.allow_self_approval


async def test_whoever_was_made_approver_ends_it_too_and_a_second_owner_is_told_of_the_choice(
    tmp_path: Path,
) -> None:
    async with fresh(tmp_path, "telegram") as team:
        core = team.house.core
        await joins(team, team.approver, "author")
        await team.author.types("checklist alone now")
        await sees(team.author, "You work alone now")
        (mine, writer) = await people.members(core)
        await people.set_role(core, mine, writer.admin_id or 0, Role.OWNER)
        assert not core.policy.allow_self_approval
        await sees(team.author, "can approve now, so working alone has ended")
        with pytest.raises(NotAllowed):
            await self_approval.choose(core, mine)
        await people.set_role(core, mine, writer.admin_id or 0, Role.AUTHOR)
        await self_approval.choose(core, mine)
        assert core.policy.allow_self_approval


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("example.org/privacy", "https://example.org/privacy"),
        (" http://example.org ", "http://example.org"),
        ("https://örnek.com.tr/kvkk?dil=tr", "https://örnek.com.tr/kvkk?dil=tr"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("our page", None),
        ("https://me:secret@example.org", None),
        ("ftp://example.org", None),
        ("https://[::1", None),
        ("https://example.org/" + "a" * 500, None),
    ],
)
def test_an_address_is_one_that_people_can_open(given: str, kept: str | None) -> None:
    if kept is not None:
        assert house_rules.address_of(given) == kept
        return
    with pytest.raises(house_rules.Invalid):
        house_rules.address_of(given)


@pytest.mark.parametrize("given", ["", " \n", "\u200b", "x" * 65])
def test_a_name_nobody_could_read_is_refused_and_the_question_stands(given: str) -> None:
    with pytest.raises(house_rules.Invalid):
        house_rules.name_of(given)


async def test_what_is_refused_is_asked_again_and_nothing_changes(tmp_path: Path) -> None:
    async with fresh(tmp_path, "telegram") as team:
        owner = team.author
        await owner.types("checklist privacy")
        await sees(owner, "how you treat people's data")
        await tells(owner, "", "our page")
        await sees(owner, "That is no address of a page")
        assert team.house.core.policy.privacy_url == ""
        await tells(owner, "", "https://example.org/privacy")
        await sees(owner, "see your privacy page from now on")
        assert team.house.core.policy.privacy_url == "https://example.org/privacy"
