"""Cards, progress and reports: posted once, edited in place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from bot.announce.notifier import Notifier
from bot.chat import NotSaid, Reply
from bot.views import run_card
from broadcast.channel import AccountEvent, Problem
from broadcast.context import Event
from broadcast.language import speech
from broadcast.message import Message, RichText
from broadcast.models import Broadcast, Notice
from broadcast.outcome import Receipt, ReceiptKind, Uncertain
from broadcast.services import account_news, compose, receipts
from broadcast.services.report import Sums
from broadcast.states import BroadcastStatus
from tests.scenario.house import KEY
from tests.unit.desk import Desk


@dataclass
class Wall:
    """A frontend that keeps what was posted, by message id."""

    name: str = "test"
    shared: str = ""
    edit_seconds: float = 0.0
    progress_per_second: float = 0.0
    claim_line: str = ""
    invite_line: str = ""
    notes: dict[str, tuple[str, Reply]] = field(default_factory=dict)

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = "", key: str = "",
        look: bool = False,
    ) -> str:  # fmt: skip
        self.notes[str(len(self.notes) + 1)] = (conversation, reply)
        return str(len(self.notes))

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        self.notes[message_id] = (conversation, reply)

    def changed(self) -> None:
        pass

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
    await desk.taps("approver", f"approve {number} {seen}")
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
    assert "Rejected by Murat" in wall.seen_by("owner")
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


async def test_what_cannot_be_sent_is_shown_as_far_as_it_can_be_and_the_card_says_why(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.house.channel, "check", lambda _: [Problem("It is too long.")])
    await desk.says("author", "/new")
    assert "too long" in await desk.says("author", "words")
    assert desk.last[0].content == Message(text=RichText(text="words"), way_out=True)
    assert "cannot go out like this" in desk.last[0].text.text
    assert "too long" in await desk.says("author", "/submit")


async def test_the_uncertain_are_settled_by_a_button(desk: Desk) -> None:
    house = desk.house
    gone = {"1003"}
    house.channel.script = lambda e: Uncertain("lost") if e.address in gone else None
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await house.run_until(number, BroadcastStatus.COMPLETED)
    assert "may or may not" in await desk.says("approver", f"/report {number}")
    gone.clear()
    assert "Sending again to 1 person" in await desk.press("approver", "Send again")
    await house.run_until(number, BroadcastStatus.COMPLETED)
    assert "Sent: 30" in await desk.says("approver", f"/report {number}")


async def test_from_the_decision_to_the_report_it_is_one_message(desk: Desk) -> None:
    wall = Wall()
    notifier = Notifier(desk.house.core, [wall])
    desk.house.core.tell = notifier.tell
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    async with asyncio.timeout(60):
        while "Took" not in wall.seen_by("author"):
            await asyncio.sleep(0.05)
    text = wall.seen_by("author")
    assert text.count("Sent: 30") == 1
    assert "0" not in text.replace("30", "").partition("Planned")[2], "zeros are not shown"
    assert await desk.says("author", f"/report {number}") == text
    await notifier.close()


@pytest.mark.parametrize(
    ("status", "promised"), [(BroadcastStatus.SENDING, True), (BroadcastStatus.PAUSED, False)]
)
def test_only_what_is_being_sent_says_how_long_it_will_take(
    status: BroadcastStatus, promised: bool
) -> None:
    row = Broadcast(broadcast_id=1, author_id=1, status=status, created_at=datetime.now(UTC))
    row.launched_at = row.created_at
    sums = Sums(30, 10, 0, 0, 0, 20)
    look = compose.Look(row, Message(), 30, 0.0, [], "", sums=sums)
    shown = run_card.card_of(
        speech("en"), look, (), timezone="UTC", at=row.created_at, pace=run_card.Pace(2.0, 10.0)
    )
    assert ("a second, about 10 sec left" in shown.text.text) is promised


async def test_the_report_and_the_thread_show_what_was_delivered_and_read(desk: Desk) -> None:
    wall = Wall()
    notifier = Notifier(desk.house.core, [wall])
    desk.house.core.tell = notifier.tell
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    assert "delivered" not in await desk.says("author", f"/report {number}")
    async with desk.house.store.read() as session:
        ids = list(
            await session.scalars(text("SELECT delivery_id FROM delivery WHERE status = 40"))
        )
    news = [Receipt(ReceiptKind.DELIVERED, at=1.0, delivery_id=one) for one in ids[:12]]
    await receipts.apply_receipts(desk.house.core, *KEY, news)
    assert "· delivered: 12" in await desk.says("author", f"/report {number}")
    news = [Receipt(ReceiptKind.READ, at=2.0, delivery_id=one) for one in ids[:5]]
    await receipts.apply_receipts(desk.house.core, *KEY, news)
    said = await desk.says("author", f"/report {number}")
    assert "Sent: 30" in said and "· delivered: 12, read: 5" in said
    async with asyncio.timeout(60):
        while "delivered: 12, read: 5" not in wall.seen_by("author"):
            await asyncio.sleep(0.05)
    await notifier.close()


async def owed(desk: Desk) -> int:
    async with desk.house.store.read() as session:
        return int(await session.scalar(select(func.count()).select_from(Notice)) or 0)


async def until_told(desk: Desk) -> None:
    async with asyncio.timeout(60):
        while await owed(desk):
            await asyncio.sleep(0.01)


async def lives(desk: Desk, wall: Wall) -> None:
    """A process starts, tells what there is to tell, and ends."""
    notifier = Notifier(desk.house.core, [wall])
    await notifier.catch_up()
    async with asyncio.timeout(60):
        await notifier.settled()
        while await owed(desk):
            await asyncio.sleep(0.01)
    await notifier.close()


async def test_a_rejection_committed_just_before_we_died_reaches_its_author_once(
    desk: Desk,
) -> None:
    number, _ = await desk.submitted()
    await desk.says("approver", f"/reject {number} Not today")  # nobody was told: no notifier lives
    assert await owed(desk)
    wall = Wall()
    await lives(desk, wall)
    assert wall.seen_by("author").count("Not today") == 1
    await desk.says("author", f"/open {number}")
    await lives(desk, wall)
    assert wall.seen_by("author").count("Not today") == 1


async def test_the_end_of_what_never_started_is_told_after_a_restart(desk: Desk) -> None:
    wall = Wall()
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await lives(desk, wall)
    assert "Starts in" in wall.seen_by("approver")
    await desk.says("author", f"/cancel {number}")
    await lives(desk, wall)
    assert "Nobody received it" in wall.seen_by("approver")


async def test_news_of_an_account_is_kept_until_the_owners_have_it(desk: Desk) -> None:
    event = AccountEvent("The quality of {number} fell.", {"number": "15550783881"})
    await account_news.take_account_event(desk.house.core, "telegram", "default", event)
    wall = Wall()
    await lives(desk, wall)
    await lives(desk, wall)
    assert wall.seen_by("owner").count("The quality of 15550783881 fell.") == 1
    assert "quality" not in wall.seen_by("author")


async def test_whoever_asked_for_a_template_is_told_as_well(desk: Desk) -> None:
    core, promo = desk.house.core, ("promo", "tr")
    await account_news.template_asked(core, desk.house.author, "whatsapp", promo)
    for name in ("promo", "another"):
        event = AccountEvent("Of {name}.", {"name": name}, only=(name, "tr"))
        await account_news.take_account_event(core, "whatsapp", "default", event)
    wall = Wall()
    await lives(desk, wall)
    assert "Of promo." in wall.seen_by("author") and "Of another." not in wall.seen_by("author")
    assert "Of promo." not in wall.seen_by("approver")
    assert "Of another." in wall.seen_by("owner")


async def test_what_a_console_refused_for_now_is_still_owed_when_we_die(desk: Desk) -> None:
    @dataclass
    class Silent(Wall):
        async def post(self, *_: object, **__: object) -> str:
            raise NotSaid("too many requests", retry_after=600)

    number, _ = await desk.submitted()
    await desk.says("approver", f"/reject {number} Not today")
    notifier = Notifier(desk.house.core, [Silent()])
    await notifier.catch_up()
    await notifier.settled()
    await notifier.close()
    wall = Wall()
    await lives(desk, wall)
    assert "Not today" in wall.seen_by("author")


async def test_what_is_left_is_said_of_the_slowest_account(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([10.0, 10.0, 20.0, 20.0])
    monkeypatch.setattr("bot.announce.notifier.monotonic", lambda: next(now))
    notifier = Notifier(desk.house.core, [])
    notifier._pace(1, {1: (1000, 0), 2: (100, 0)})
    rate, left = notifier._pace(1, {1: (1000, 100), 2: (100, 90)})
    assert (rate, left) == (19.0, 90.0)


async def test_one_piece_of_news_after_another_is_told_by_the_same_process(desk: Desk) -> None:
    wall = Wall()
    notifier = Notifier(desk.house.core, [wall])
    for words in ("The first of {n}.", "The second of {n}.", "The third of {n}."):
        await account_news.take_account_event(
            desk.house.core, "telegram", "default", AccountEvent(words, {"n": 3})
        )
        await notifier.tell(Event("account"))
        await until_told(desk)
    await notifier.close()
    seen = wall.seen_by("owner")
    assert [seen.count(one) for one in ("The first", "The second", "The third")] == [1, 1, 1]


async def test_a_card_of_somebody_who_left_shows_nothing_that_could_be_pressed(desk: Desk) -> None:
    await desk.submitted()
    wall = Wall()
    await lives(desk, wall)
    assert "asks for approval" in wall.seen_by("approver")
    await desk.says("owner", f"/remove {desk.house.approver.admin_id} now")
    await lives(desk, wall)
    assert "asks for approval" not in wall.seen_by("approver")
    assert "no longer in this team" in wall.seen_by("approver")
    assert "asks for approval" in wall.seen_by("owner")


async def test_a_card_of_somebody_who_may_not_decide_any_more_is_closed(desk: Desk) -> None:
    await desk.submitted()
    wall = Wall()
    await lives(desk, wall)
    await desk.says("owner", f"/role {desk.house.approver.admin_id} author now")
    await lives(desk, wall)
    assert "It waits for somebody else to decide" in wall.seen_by("approver")
    assert "you are now author" in wall.seen_by("approver")
