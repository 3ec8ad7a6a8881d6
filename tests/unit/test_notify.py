"""Cards, progress and reports: posted once, edited in place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.chat import Reply
from bot.notify import Notifier
from broadcast.machine import BroadcastStatus
from broadcast.message import Message, RichText
from broadcast.ports import Problem, Uncertain
from tests.unit.desk import Desk


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


async def test_what_cannot_be_sent_is_shown_as_far_as_it_can_be_and_the_card_says_why(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.house.channel, "check", lambda _: [Problem("It is too long.")])
    await desk.says("author", "/new")
    assert "too long" in await desk.says("author", "words")
    assert desk.last[0].content == Message(text=RichText(text="words"))
    assert "cannot go out like this" in desk.last[0].text.text
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
