"""The console without a platform: text in, replies out, on a real database."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text as sql

from bot import dispatch
from bot.chat import Actor, Request
from broadcast.account_key import AccountKey
from broadcast.channel import Template
from broadcast.message import Entity, EntityKind, Message, RichText
from broadcast.models import Role
from broadcast.services import compose, report, team
from broadcast.states import BroadcastStatus
from tests.scenario.approving import Catalogued
from tests.unit.desk import Desk


async def test_what_is_sent_becomes_the_draft_and_is_shown_as_it_is(desk: Desk) -> None:
    assert "send or forward" in await desk.says("author", "/new")
    text = await desk.says("author", "Water is off tomorrow")
    assert desk.last[0].content == Message(
        text=RichText(text="Water is off tomorrow"), way_out=True
    )
    assert "30 people" in text
    labels = [b.label for row in desk.last[-1].buttons for b in row]
    assert labels[0] == "Submit for approval"


async def test_another_message_that_replaces_it_or_an_edit_is_the_content(desk: Desk) -> None:
    number = await desk.written("first")
    await desk.says("author", "second")
    await desk.press("author", "Replace")
    await desk.says("author", "third", edited=True)
    row = await compose.get(desk.house.core, number)
    assert compose.message_of(row).text.text == "third"


async def test_a_form_that_says_nothing_of_the_text_leaves_it_with_all_its_formatting(
    desk: Desk,
) -> None:
    number = await desk.written()
    spoiler = Entity(kind=EntityKind.SPOILER, offset=0, length=5)
    text = RichText(text="Water is off tomorrow", entities=(spoiler,))
    core, author = desk.house.core, desk.house.author
    await compose.set_message(core, author, number, Message(text=text))
    actor = Actor("test", "author", "Author", "en")
    values = {"buttons": "Read more - https://example.org", "audience": "all", "at": None}
    request = Request(actor, "author", "save", str(number), values=values)
    assert await dispatch.check(core, request) == {}
    await dispatch.handle(core, request)
    message = compose.message_of(await compose.get(core, number))
    assert message.text == text
    assert message.buttons[0][0].url == "https://example.org"


async def test_an_edit_goes_to_the_draft_made_of_that_message(desk: Desk) -> None:
    first = await desk.written("first")
    second = await desk.written("second")
    desk.sent -= 1
    await desk.says("author", "first, mended", edited=True)
    for number, text in ((first, "first, mended"), (second, "second")):
        row = await compose.get(desk.house.core, number)
        assert compose.message_of(row).text.text == text


async def test_a_button_is_added_by_answering_and_survives_new_content(desk: Desk) -> None:
    number = await desk.written()
    await desk.press("author", "Add button")
    assert "needs a label" in await desk.says("author", "nonsense")
    await desk.says("author", "Read more - https://example.org/a-b")
    await desk.says("author", "other words")
    message = compose.message_of(await compose.get(desk.house.core, number))
    assert message.buttons[0][0].label == "Read more"
    assert message.buttons[0][0].url == "https://example.org/a-b"


async def test_the_audience_is_chosen_by_a_button(desk: Desk) -> None:
    await desk.written()
    await desk.press("author", "Audience")
    assert "0 people" in await desk.press("author", "Türkçe")
    assert "Nobody would receive it" in await desk.says("author", "/submit")


async def test_the_author_cannot_approve_their_own(desk: Desk) -> None:
    desk.house.author.role = Role.OWNER
    async with desk.house.store.write() as session:
        await session.merge(desk.house.author)
    number, seen = await desk.submitted()
    assert "somebody else" in await desk.taps("author", f"approve {number} {seen}")
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW


async def test_the_second_approver_is_told_who_was_faster(desk: Desk) -> None:
    number, seen = await desk.submitted()
    assert "Approved by Murat" in await desk.taps("approver", f"approve {number} {seen}")
    assert "Murat was faster" in await desk.taps("owner", f"approve {number} {seen}")


async def test_an_edit_after_the_card_was_seen_makes_its_button_void(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.says("author", "Water is back", edited=True)
    await desk.says("author", "/submit")
    assert "changed after you saw it" in await desk.taps("approver", f"approve {number} {seen}")


async def test_a_rejection_asks_for_the_reason(desk: Desk) -> None:
    number, _ = await desk.submitted()
    assert "Why?" in await desk.says("approver", f"/reject {number}")
    await desk.says("approver", "The date is wrong")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT
    assert "The date is wrong" in await desk.says("author", f"/history {number}")


@pytest.mark.parametrize("text", ["/new", "/status", "/help", "/start", "/nonsense", "hello"])
async def test_a_stranger_learns_nothing(desk: Desk, text: str) -> None:
    assert await desk.says("stranger", text) == ""
    assert desk.last == []


async def test_status_lets_an_approver_decide(desk: Desk) -> None:
    number, _ = await desk.submitted()
    await desk.says("approver", "/status")
    await desk.press("approver", "Approve")
    assert await desk.house.status(number) == BroadcastStatus.HOLDING


async def test_an_owner_of_the_settings_gets_their_name_from_the_platform(desk: Desk) -> None:
    await team.appoint(desk.house.core, "test", "boss")
    assert "Boss" in await desk.says("boss", "/start")
    assert "Boss" in [admin.name for admin in await team.members(desk.house.core)]


async def test_a_role_says_what_may_be_done(desk: Desk) -> None:
    assert "Your role" in await desk.says("author", "/invite owner")
    assert "Your role" in await desk.says("approver", "/new")


async def test_where_two_must_approve_one_who_presses_twice_is_one(desk: Desk) -> None:
    object.__setattr__(desk.house.core.policy, "approvals_required", 2)
    number, seen = await desk.submitted()
    for _ in range(2):
        await desk.taps("approver", f"approve {number} {seen}")
        assert "Needs 1 more approval" in desk.last[0].text.text
        assert desk.last[0].text.text.count("Approved by Murat") == 1
    await desk.taps("owner", f"approve {number} {seen}")
    assert (await compose.get(desk.house.core, number)).status == BroadcastStatus.HOLDING


async def test_an_unknown_command_is_answered_with_the_nearest(desk: Desk) -> None:
    assert "“statsu”. Did you mean /status?" in await desk.says("author", "/statsu")
    assert "Shows what is on its way" in await desk.press("author", "What does /status do?")
    assert "Did you mean /status?" in await desk.says("author", "/statü")
    assert "/help" in await desk.says("author", "/qqqqqqq")


async def test_a_draft_deleted_meanwhile_is_said_so(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/delete {number} now")
    assert "no longer possible" in await desk.says("author", f"/submit {number}")
    assert "not here" in await desk.says("author", "/submit 999")
    assert "I keep this: “more words”" in await desk.says("author", "more words")


async def test_a_fault_is_answered_and_nothing_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    await desk.written()
    monkeypatch.setattr(report, "current", broken)
    assert "Nothing is lost" in await desk.says("author", "/status")


@pytest.mark.parametrize("row", dispatch.COMMANDS, ids=lambda row: row.name)
async def test_every_command_answers_without_arguments(desk: Desk, row: dispatch.Command) -> None:
    await desk.written()
    for user in ("author", "approver", "owner"):
        text = await desk.says(user, f"/{row.name}")
        assert desk.last
        assert "Something went wrong" not in text


async def test_language_changes_what_is_said(desk: Desk) -> None:
    await desk.says("author", "/language tr")
    found = await team.who(desk.house.core, "test", "author")
    assert found is not None
    assert found[0].language == "tr"


async def test_a_stop_is_written_while_a_platform_is_slow_to_list_its_templates(
    desk: Desk,
) -> None:
    """Also where a question stood open, which the command drops."""
    able, house = Slow(), desk.house
    house.core.channels[AccountKey("whatsapp", "default")] = able
    number = await desk.written()
    await desk.says("author", f"/content {number}")
    turn = asyncio.create_task(desk.says("author", "/templates"))
    async with asyncio.timeout(60):
        await able.reached.wait()
        async with house.store.write() as session:
            await session.execute(sql("SELECT 1"))
    able.on.set()
    assert "Templates" in await turn
    async with house.store.read() as session:
        assert await session.scalar(sql("SELECT asking FROM admin_identity")) == ""


class Slow(Catalogued):
    def __init__(self) -> None:
        super().__init__()
        self.reached, self.on = asyncio.Event(), asyncio.Event()

    async def list_templates(self) -> list[Template]:
        self.reached.set()
        await self.on.wait()
        return await super().list_templates()
