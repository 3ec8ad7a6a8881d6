"""Questions the console asks, and what it offers where something is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import dispatch
from bot.chat import Actor, Request
from broadcast.message import Message, RichText
from broadcast.models import Admin, Role
from broadcast.services import compose, edition, team
from broadcast.states import BroadcastStatus
from tests.unit.desk import Desk


async def test_a_time_is_offered_typed_and_checked(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/schedule {number}")
    assert "09:00" in await desk.press("author", "Tomorrow")
    await desk.says("author", "/schedule")
    assert "I read times like" in await desk.says("author", "soon")
    await desk.says("author", "2026-12-01 09:00")
    row = await compose.get(desk.house.core, number)
    assert row.scheduled_at
    assert row.scheduled_at.isoformat() == "2026-12-01T09:00:00+00:00"


async def test_a_day_and_an_hour_are_buttons(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/schedule {number}")
    assert "On which day?" in await desk.press("author", "Another day")
    labels = [b.label for row in desk.last[-1].buttons for b in row]
    assert labels[0] == "Tue, Nov 24"
    assert len(labels) == 15, "two weeks, and the way back"
    assert "at what time" in await desk.press("author", "Wed, Nov 25")
    assert "Wed, Nov 25, 2026 19:00 (UTC)" in await desk.press("author", "19:00")
    row = await compose.get(desk.house.core, number)
    assert row.scheduled_at is not None and row.scheduled_at.hour == 19


async def test_today_offers_only_hours_to_come(desk: Desk) -> None:
    await desk.written()
    await desk.says("author", "/schedule")
    await desk.press("author", "Another day")
    await desk.press("author", "Tue, Nov 24")
    labels = [b.label for row in desk.last[-1].buttons for b in row]
    assert labels[0] == "10:00", "it is 09:00 now"


async def test_in_one_hour_counts_from_the_press(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", "/schedule")
    desk.house.now += timedelta(minutes=30)
    await desk.press("author", "In 1 hour")
    row = await compose.get(desk.house.core, number)
    assert row.scheduled_at == desk.house.now + timedelta(hours=1)


async def test_an_hour_the_clocks_skip_is_refused(desk: Desk) -> None:
    await desk.written()
    await desk.says("author", "/timezone Europe/Berlin")
    assert "skip that hour" in await desk.says("author", "/schedule 2027-03-28 02:30")


@pytest.mark.parametrize("text", ["Europe/Istanbul", "istanbul", "İSTANBUL", "europe/istanbul"])
async def test_a_time_zone_is_a_city_in_any_spelling(desk: Desk, text: str) -> None:
    await desk.says("author", "/timezone")
    assert "it is 12:00" in await desk.says("author", text)
    number = await desk.written()
    await desk.says("author", "/schedule 2026-12-01 09:00")
    row = await compose.get(desk.house.core, number)
    assert row.scheduled_at is not None and row.scheduled_at.hour == 6


async def test_an_unknown_city_is_answered_with_the_nearest(desk: Desk) -> None:
    await desk.says("author", "/language")
    await desk.press("author", "Time zone")
    assert "do not know that city" in await desk.says("author", "Istambul")
    assert "Europe/Istanbul" in await desk.press("author", "Istanbul")


async def test_another_command_drops_a_question(desk: Desk) -> None:
    await desk.written("first")
    await desk.says("author", "/timezone")
    await desk.says("author", "/status")
    await desk.says("author", "second")
    await desk.press("author", "Replace")
    drafts = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(drafts[0]).text.text == "second"


async def test_a_page_that_draws_itself_drops_no_question(desk: Desk) -> None:
    await desk.written("first")
    await desk.says("author", "/timezone")
    for command in ("home", "menu"):
        drawn = Request(Actor("test", "author"), "author", command, unasked=True)
        assert await dispatch.handle(desk.house.core, drawn)
    assert "do not know that city" in await desk.says("author", "Istambul")
    drafts = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(drafts[0]).text.text == "first"


async def test_of_two_messages_the_one_that_replaced_the_other_is_followed(desk: Desk) -> None:
    await desk.written("first")
    assert "message already" in await desk.says("author", "second")
    await desk.press("author", "Replace")
    desk.sent -= 1
    assert "not in the draft" in await desk.says("author", "first, mended", edited=True)
    desk.sent += 1
    await desk.says("author", "second, mended", edited=True)
    drafts = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(drafts[0]).text.text == "second, mended"


@pytest.mark.parametrize("command", ["report", "missed", "history", "retry"])
async def test_without_a_number_the_recent_ones_are_offered(desk: Desk, command: str) -> None:
    assert "Nothing has been" in await desk.says("approver", f"/{command}")
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    assert f"#{number}" in await desk.says("approver", f"/{command}"), "no other can be meant"
    other, seen = await desk.submitted()
    await desk.taps("approver", f"approve {other} {seen}")
    await desk.house.run_until(other, BroadcastStatus.COMPLETED)
    assert "Which one?" in await desk.says("approver", f"/{command}")
    assert f"#{number}" in await desk.press("approver", f"#{number} Water is off")


async def test_approve_offers_what_waits_for_this_person(desk: Desk) -> None:
    number, _ = await desk.submitted()
    assert "Nothing waits" in await desk.says("author", "/approve")
    assert "1 broadcast waits" in await desk.says("approver", "/start")
    await desk.press("approver", "Waiting for you")
    await desk.press("approver", f"#{number}")
    await desk.press("approver", "Approve")
    assert await desk.house.status(number) == BroadcastStatus.HOLDING


async def test_a_draft_of_somebody_else_is_not_offered(desk: Desk) -> None:
    await desk.written()
    other = Admin(name="Can", role=Role.AUTHOR, created_at=desk.house.now)
    async with desk.house.store.write() as session:
        session.add(other)
    await desk.seat(other, "can")
    assert "You have no drafts" in await desk.says("can", "/submit")


@pytest.mark.parametrize("user", ["author", "approver", "owner"])
async def test_everything_in_the_menu_is_a_button_from_the_first_card(
    desk: Desk, user: str
) -> None:
    await desk.says(user, "/start")
    await desk.press(user, "More")
    shown = {b.command for reply in desk.last for row in reply.buttons for b in row}
    member = await team.who(desk.house.core, "test", user)
    assert member is not None
    assert shown == {row.name for row in dispatch.listed(Role(member[0].role))}


async def test_a_reason_that_fits_no_card_is_asked_for_again(desk: Desk) -> None:
    number, _ = await desk.submitted()
    await desk.says("approver", f"/reject {number}")
    assert "500 characters" in await desk.says("approver", "x" * 501)
    await desk.says("approver", "Too early")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT


async def test_a_decision_can_be_gone_back_on_before_the_reason(desk: Desk) -> None:
    number, _ = await desk.submitted()
    await desk.says("approver", f"/reject {number}")
    await desk.press("approver", "Back")
    assert "What shall we do" in await desk.says("approver", "hello")
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW


async def test_a_test_can_name_the_subscriber_whose_eyes_it_is_for(desk: Desk) -> None:
    number = await desk.written()
    assert "as Person 7 sees it: Telegram, English" in await desk.says(
        "author", f"/test {number} person 7"
    )
    assert desk.last[-1].content == Message(
        text=RichText(text="Water is off tomorrow"), way_out=True
    )
    assert "no subscriber is called" in await desk.says("author", f"/test {number} nobody")


async def test_writing_into_a_draft_that_was_deleted_meanwhile(desk: Desk) -> None:
    number = await desk.written()
    await desk.press("author", "Edit")
    await desk.says("owner", f"/delete {number} now")
    assert "no longer possible" in await desk.says("author", "new words")
    await desk.press("author", "Make this a broadcast")
    (row,) = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(row).text.text == "new words"


async def test_a_form_that_lost_the_race_gives_back_what_was_written(desk: Desk) -> None:
    number = await desk.written("first")
    core = desk.house.core
    seen = edition.mark_of(core, await compose.get(core, number))
    await desk.says("owner", f"/audience {number} tr")
    form = Request(
        Actor("test", "author"), "author", "save", f"{number} {seen}",
        values={"text": RichText(text="second"), "audience": "all"},
    )  # fmt: skip
    (reply,) = await dispatch.handle(desk.house.core, form)
    assert "Zeynep changed" in reply.text.text
    assert reply.content == Message(text=RichText(text="second"), way_out=True)
    row = await compose.get(desk.house.core, number)
    assert (compose.message_of(row).text.text, row.audience) == ("first", {"language": "tr"})
