"""The console without a platform: text in, replies out, on a real database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot import dispatch
from bot.chat import Actor, Reply, Request
from bot.notify import Notifier
from broadcast.machine import BroadcastStatus
from broadcast.message import Entity, EntityKind, Message, RichText
from broadcast.models import Admin, AdminIdentity, Role
from broadcast.ports import Problem, Uncertain
from broadcast.services import compose, report, team
from tests.scenario.house import House


@dataclass
class Desk:
    """Admins of one house, by their user ids on a console called `test`."""

    house: House
    last: list[Reply] = field(default_factory=list)
    sent: int = 0

    async def seat(self, admin: Admin, user: str) -> None:
        async with self.house.store.write() as session:
            session.add(
                AdminIdentity(
                    frontend="test", user_id=user, admin_id=admin.admin_id or 0, conversation=user
                )
            )

    async def says(self, user: str, text: str, *, edited: bool = False) -> str:
        """A command line or free text; the replies' words, one after another."""
        actor = Actor("test", user, user.title(), "en")
        if text.startswith("/"):
            command, _, arguments = text[1:].partition(" ")
            request = Request(actor, user, command, arguments)
        else:
            content = Message(text=RichText(text=text))
            self.sent += not edited
            request = Request(
                actor, user, content=content, edited=edited, message_id=str(self.sent)
            )
        self.last = await dispatch.handle(self.house.core, request)
        return "\n".join(reply.text.text for reply in self.last)

    async def press(self, user: str, label: str) -> str:
        for reply in self.last:
            for row in reply.buttons:
                for button in row:
                    if label in button.label:
                        return await self.says(user, "/" + button.command)
        raise AssertionError(f"no button {label!r}")

    async def written(self, text: str = "Water is off tomorrow") -> int:
        await self.says("author", "/new")
        await self.says("author", text)
        return (await compose.drafts(self.house.core, self.house.author))[0].broadcast_id or 0

    async def submitted(self) -> tuple[int, str]:
        number = await self.written()
        await self.says("author", "/submit")
        return number, (await compose.look(self.house.core, number)).fingerprint[:8]


@pytest.fixture
async def desk(house: House) -> Desk:
    made = Desk(house)
    await made.seat(house.author, "author")
    await made.seat(house.approver, "approver")
    second = Admin(name="Zeynep", role=Role.OWNER, created_at=house.now)
    async with house.store.write() as session:
        session.add(second)
    await made.seat(second, "owner")
    return made


async def test_what_is_sent_becomes_the_draft_and_is_shown_as_it_is(desk: Desk) -> None:
    assert "send or forward" in await desk.says("author", "/new")
    text = await desk.says("author", "Water is off tomorrow")
    assert desk.last[0].content == Message(text=RichText(text="Water is off tomorrow"))
    assert "30 people" in text
    labels = [b.label for row in desk.last[-1].buttons for b in row]
    assert labels[0] == "Submit for approval"


async def test_another_message_or_an_edit_replaces_the_content(desk: Desk) -> None:
    number = await desk.written("first")
    await desk.says("author", "second")
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
    assert "somebody else" in await desk.says("author", f"/approve {number} {seen}")
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW


async def test_the_second_approver_is_told_who_was_faster(desk: Desk) -> None:
    number, seen = await desk.submitted()
    assert "Approved by Murat" in await desk.says("approver", f"/approve {number} {seen}")
    assert "Murat was faster" in await desk.says("owner", f"/approve {number} {seen}")


async def test_an_edit_after_the_card_was_seen_makes_its_button_void(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.says("author", "Water is back", edited=True)
    await desk.says("author", "/submit")
    assert "changed after you saw it" in await desk.says("approver", f"/approve {number} {seen}")


async def test_a_rejection_asks_for_the_reason(desk: Desk) -> None:
    number, _ = await desk.submitted()
    assert "Why?" in await desk.says("approver", f"/reject {number}")
    await desk.says("approver", "The date is wrong")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT
    assert "The date is wrong" in await desk.says("author", f"/history {number}")


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
    drafts = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(drafts[0]).text.text == "second"


async def test_of_two_messages_the_last_one_counts_and_that_is_said(desk: Desk) -> None:
    await desk.written("first")
    assert "takes the place" in await desk.says("author", "second")
    desk.sent -= 1
    assert "earlier message" in await desk.says("author", "first, mended", edited=True)
    desk.sent += 1
    await desk.says("author", "second, mended", edited=True)
    drafts = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(drafts[0]).text.text == "second, mended"


@pytest.mark.parametrize("command", ["report", "missed", "history", "retry"])
async def test_without_a_number_the_recent_ones_are_offered(desk: Desk, command: str) -> None:
    assert "Nothing has been" in await desk.says("approver", f"/{command}")
    number, seen = await desk.submitted()
    await desk.says("approver", f"/approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    assert "Which one?" in await desk.says("approver", f"/{command}")
    assert f"#{number}" in await desk.press("approver", f"#{number} Water is off")


async def test_approve_offers_what_waits_for_this_person(desk: Desk) -> None:
    number, _ = await desk.submitted()
    assert "Nothing waits" in await desk.says("author", "/approve")
    assert "1 broadcast waits" in await desk.says("approver", "/start")
    await desk.press("approver", "Waiting for approval")
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
    shown = {b.command for row in desk.last[-1].buttons for b in row}
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
    assert "Person 7 will see it, who reads English" in await desk.says(
        "author", f"/test {number} person 7"
    )
    assert desk.last[-1].content == Message(text=RichText(text="Water is off tomorrow"))
    assert "No subscriber" in await desk.says("author", f"/test {number} nobody")


async def test_writing_into_a_draft_that_was_deleted_meanwhile(desk: Desk) -> None:
    number = await desk.written()
    await desk.press("author", "Edit")
    await desk.says("owner", f"/delete {number}")
    assert "no longer possible" in await desk.says("author", "new words")
    assert any(b.command == "new" for row in desk.last[0].buttons for b in row)


@pytest.mark.parametrize("text", ["/new", "/status", "/help", "/start", "/nonsense", "hello"])
async def test_a_stranger_learns_nothing(desk: Desk, text: str) -> None:
    assert await desk.says("stranger", text) == ""
    assert desk.last == []


async def test_an_invitation_makes_an_author_once(desk: Desk) -> None:
    link = (await desk.says("owner", "/invite author")).split()[-1]
    assert "author" in await desk.says("newcomer", f"/start {link}")
    assert "no longer works" in await desk.says("another", f"/start {link}")
    assert len(await team.members(desk.house.core)) == 4


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


async def test_an_unknown_command_is_answered_with_the_nearest(desk: Desk) -> None:
    assert "/status" in await desk.says("author", "/statsu")
    assert "/help" in await desk.says("author", "/qqqqqqq")


async def test_a_draft_deleted_meanwhile_is_said_so(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/delete {number}")
    assert "no longer possible" in await desk.says("author", f"/submit {number}")
    assert "not here" in await desk.says("author", "/submit 999")
    assert "What shall we do" in await desk.says("author", "more words")


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


@dataclass
class Wall:
    """A frontend that keeps what was posted, by message id."""

    name: str = "test"
    shared: str = ""
    edit_seconds: float = 0.0
    claim_line: str = ""
    invite_line: str = ""
    notes: dict[str, tuple[str, Reply]] = field(default_factory=dict)

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = ""
    ) -> str:
        self.notes[str(len(self.notes) + 1)] = (conversation, reply)
        return str(len(self.notes))

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        self.notes[message_id] = (conversation, reply)

    async def close(self) -> None: ...

    def seen_by(self, who: str) -> str:
        return "\n".join(r.text.text for c, r in self.notes.values() if c == who)


async def test_approvers_get_a_card_and_then_who_decided(desk: Desk) -> None:
    wall = Wall()
    notifier = Notifier(desk.house.core, [wall])
    desk.house.core.tell = notifier.tell
    number, seen = await desk.submitted()
    await notifier.settled()
    assert "asks for approval" in wall.seen_by("approver")
    assert "asks for approval" in wall.seen_by("owner")
    assert "asks for approval" not in wall.seen_by("author")
    await desk.says("approver", f"/approve {number} {seen}")
    await notifier.settled()
    assert "Approved by Murat" in wall.seen_by("owner")
    assert "Starts in" in wall.seen_by("author")
    await desk.says("author", f"/cancel {number}")
    await notifier.settled()
    assert "Nobody received it" in wall.seen_by("author")
    await notifier.close()


async def test_a_rejection_reaches_its_author_and_a_second_round_asks_again(desk: Desk) -> None:
    wall = Wall()
    notifier = Notifier(desk.house.core, [wall])
    desk.house.core.tell = notifier.tell
    number, _ = await desk.submitted()
    await notifier.settled()
    await desk.says("approver", f"/reject {number} Not today")
    await notifier.settled()
    assert "Not today" in wall.seen_by("author")
    assert "Sent back by Murat" in wall.seen_by("owner")
    await desk.says("author", f"/submit {number}")
    await notifier.settled()
    assert "asks for approval" in wall.seen_by("owner")
    await notifier.close()


async def test_a_restart_asks_again_only_where_nobody_was_asked(desk: Desk) -> None:
    await desk.submitted()
    wall = Wall()
    for _ in range(2):
        notifier = Notifier(desk.house.core, [wall])
        await notifier.catch_up()
        await notifier.settled()
        await notifier.close()
    assert wall.seen_by("approver").count("asks for approval") == 1


async def test_what_cannot_be_sent_is_said_and_not_previewed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.house.channel, "check", lambda _: [Problem("It is too long.")])
    await desk.says("author", "/new")
    assert "too long" in await desk.says("author", "words")
    assert all(reply.content is None for reply in desk.last)
    assert "too long" in await desk.says("author", "/submit")


async def test_the_uncertain_are_settled_by_a_button(desk: Desk) -> None:
    house = desk.house
    gone = {"1003"}
    house.channel.script = lambda e: Uncertain("lost") if e.address in gone else None
    number, seen = await desk.submitted()
    await desk.says("approver", f"/approve {number} {seen}")
    await house.run_until(number, BroadcastStatus.COMPLETED)
    assert "may or may not" in await desk.says("approver", f"/report {number}")
    gone.clear()
    assert "Sending again to 1 person" in await desk.press("approver", "Send again")
    await house.run_until(number, BroadcastStatus.COMPLETED)
    assert "Sent: 30" in await desk.says("approver", f"/report {number}")


async def test_the_run_is_one_message_and_the_report_another(desk: Desk) -> None:
    wall = Wall()
    notifier = Notifier(desk.house.core, [wall])
    desk.house.core.tell = notifier.tell
    number, seen = await desk.submitted()
    await desk.says("approver", f"/approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    async with asyncio.timeout(10):
        while "Took" not in wall.seen_by("author"):
            await asyncio.sleep(0.05)
    text = wall.seen_by("author")
    assert text.count("Sent: 30") == 2
    assert "Sent: 30" in await desk.says("author", f"/report {number}")
    await notifier.close()
