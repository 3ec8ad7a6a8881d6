"""Messages that stay true: one place does not wait for another, and what failed comes later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from bot.announce import live_messages
from bot.announce.notifier import Notifier
from bot.chat import NotSaid, Reply
from broadcast.context import Event
from broadcast.message import RichText
from tests.unit.desk import Desk
from tests.unit.test_notify import Wall


@dataclass
class Fussy(Wall):
    """Refuses as told, by conversation, before it takes anything."""

    refuses: dict[str, list[NotSaid]] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    edits: int = 0
    hangs: str = ""
    slow: float = 0.0
    posting: bool = False

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = "", key: str = "",
        look: bool = False,
    ) -> str:  # fmt: skip
        if conversation == self.hangs:
            await asyncio.Event().wait()
        self.posting = True
        await asyncio.sleep(self.slow)
        if waiting := self.refuses.get(conversation):
            raise waiting[0] if waiting[0].gone else waiting.pop(0)
        made = await super().post(conversation, reply, language)
        self.threads[made] = thread
        return made

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        self.edits += 1
        await super().edit(conversation, message_id, reply, language)


@pytest.fixture
async def fussy(desk: Desk) -> AsyncIterator[Fussy]:
    wall = Fussy()
    notifier = Notifier(desk.house.core, [wall])
    desk.house.core.tell = notifier.tell
    yield wall
    await notifier.close()


async def seen(wall: Wall, who: str, text: str) -> None:
    async with asyncio.timeout(60):
        while text not in wall.seen_by(who):
            await asyncio.sleep(0.01)


async def test_a_channel_has_one_card_from_the_question_to_the_start(
    desk: Desk, fussy: Fussy
) -> None:
    fussy.shared = "C1"
    number, asked = await desk.submitted()
    await seen(fussy, "C1", "asks for approval")
    await desk.taps("approver", f"approve {number} {asked}")
    await seen(fussy, "C1", "Starts in")
    await seen(fussy, "C1", "Approved by Murat")
    assert {conversation for conversation, _ in fussy.notes.values()} == {"C1"}
    (card,) = fussy.threads
    assert fussy.threads == {card: ""}
    shown = fussy.notes[card][1]
    assert shown.content is not None
    assert "Approved by Murat" in shown.text.text


async def test_a_card_that_comes_late_says_what_was_decided_meanwhile(
    desk: Desk, fussy: Fussy
) -> None:
    fussy.shared = "C1"
    fussy.refuses["C1"] = [NotSaid("ratelimited", retry_after=0.5)]
    number, _ = await desk.submitted()
    async with asyncio.timeout(60):
        while fussy.refuses["C1"]:
            await asyncio.sleep(0.01)
    await desk.says("approver", f"/reject {number} Not today")
    await seen(fussy, "C1", "Not today")
    assert "asks for approval" not in fussy.seen_by("C1")


async def test_a_rejection_is_told_to_its_author_alone_as_well(desk: Desk, fussy: Fussy) -> None:
    fussy.shared = "C1"
    number, _ = await desk.submitted()
    await seen(fussy, "C1", "asks for approval")
    await desk.says("approver", f"/reject {number} Not today")
    await seen(fussy, "author", "Not today")
    await seen(fussy, "C1", "Not today")
    assert not fussy.seen_by("owner")


async def test_a_decision_is_never_shown_over_words_it_was_not_about(
    desk: Desk, fussy: Fussy
) -> None:
    fussy.shared = "C1"
    number, _ = await desk.submitted()
    await seen(fussy, "C1", "asks for approval")
    await desk.says("approver", f"/reject {number} Not today")
    await seen(fussy, "C1", "Not today")
    await desk.says("author", f"/content {number}")
    await desk.says("author", "Another thing altogether")
    await desk.says("author", f"/submit {number}")
    await seen(fussy, "C1", "an earlier version")
    refused = next(reply for _, reply in fussy.notes.values() if "Not today" in reply.text.text)
    assert "Another thing" not in refused.text.text
    assert refused.content is None


async def test_a_card_still_on_its_way_when_it_is_decided_is_closed_too(
    desk: Desk, fussy: Fussy
) -> None:
    fussy.slow = 0.2
    number, _ = await desk.submitted()
    async with asyncio.timeout(60):
        while not fussy.posting:
            await asyncio.sleep(0.01)
    await desk.says("approver", f"/reject {number} Not today")
    await seen(fussy, "owner", "Rejected by Murat")
    assert "asks for approval" not in fussy.seen_by("owner")


async def test_what_was_refused_for_now_is_said_later(desk: Desk, fussy: Fussy) -> None:
    fussy.refuses["approver"] = [NotSaid("ratelimited", retry_after=0.05)] * 2
    await desk.submitted()
    await seen(fussy, "approver", "asks for approval")


async def test_a_card_whose_post_was_lost_is_there_once_as_things_stand_by_then(
    desk: Desk, fussy: Fussy
) -> None:
    fussy.shared = "C1"
    fussy.refuses["C1"] = [NotSaid("lost", unsure=True)]
    number, asked = await desk.submitted()
    async with asyncio.timeout(60):
        while fussy.refuses["C1"]:
            await asyncio.sleep(0.01)
    await desk.taps("approver", f"approve {number} {asked}")
    await seen(fussy, "C1", "Starts in")
    assert len(fussy.threads) == 1


async def test_a_console_that_is_back_is_told_at_once_what_it_could_not_take(
    desk: Desk, fussy: Fussy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_messages, "_backoff", lambda _: 3600.0)
    fussy.refuses["approver"] = [NotSaid("down")]
    await desk.submitted()
    await seen(fussy, "owner", "asks for approval")
    async with asyncio.timeout(60):
        while fussy.refuses["approver"]:
            await asyncio.sleep(0.01)
    assert not fussy.seen_by("approver")
    await desk.house.core.tell(Event("console", detail=fussy.name))
    await seen(fussy, "approver", "asks for approval")


async def test_one_who_cannot_be_reached_keeps_nobody_from_hearing(
    desk: Desk, fussy: Fussy
) -> None:
    fussy.refuses["approver"] = [NotSaid("bot was blocked", gone=True)]
    number, asked = await desk.submitted()
    await seen(fussy, "owner", "asks for approval")
    assert "asks for approval" in await desk.says("approver", f"/status {number}")
    await desk.taps("approver", f"approve {number} {asked}")
    await seen(fussy, "owner", "Approved by Murat")
    assert not fussy.seen_by("approver")


async def test_a_place_that_hangs_holds_up_no_other(desk: Desk, fussy: Fussy) -> None:
    fussy.hangs = "approver"
    await desk.submitted()
    await seen(fussy, "owner", "asks for approval")


async def test_a_channel_that_takes_nothing_is_told_to_the_owners_once(
    desk: Desk, fussy: Fussy
) -> None:
    fussy.shared = "C1"
    fussy.refuses["C1"] = [NotSaid("not_in_channel", gone=True)]
    number, asked = await desk.submitted()
    await seen(fussy, "owner", "I cannot write to the channel C1 (not_in_channel)")
    await desk.taps("approver", f"approve {number} {asked}")
    await desk.says("author", f"/cancel {number}")
    await asyncio.sleep(0)
    assert fussy.seen_by("owner").count("I cannot write") == 1


async def test_a_message_is_edited_no_faster_than_the_console_allows(
    desk: Desk, fussy: Fussy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(live_messages, "monotonic", lambda: clock[0])
    fussy.edit_seconds = 3.0
    number, asked = await desk.submitted()
    await seen(fussy, "owner", "asks for approval")
    await desk.taps("approver", f"approve {number} {asked}")
    await desk.says("author", f"/cancel {number}")
    assert fussy.edits == 0
    clock[0] += 3.1
    await desk.says("author", "/drafts")
    async with asyncio.timeout(60):
        while "Approved by Murat" not in fussy.seen_by("owner"):
            await asyncio.sleep(0.05)


async def test_progress_is_shown_seldom_and_what_matters_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a token that subscribers need as well, all admins together see it move now and then."""
    clock = [1000.0]
    monkeypatch.setattr(live_messages, "monotonic", lambda: clock[0])
    wall = Fussy(progress_per_second=0.5)

    async def closed(conversation: str, why: str) -> None: ...

    shown = live_messages.Board(desk.house.core, {"test": wall}, closed, lambda number: None)
    places = [
        live_messages.Place("test", who, "en", "UTC", desk.house.author)
        for who in ("author", "owner")
    ]

    def say(words: str, *, passing: bool = True) -> None:
        note = live_messages.Note("run:1", Reply(RichText(text=words)), passing=passing)
        for place in places:
            shown.show(place, 1, note)

    say("0 of 30")
    await seen(wall, "owner", "0 of 30")
    await seen(wall, "author", "0 of 30")
    say("10 of 30")
    await until(lambda: wall.edits == 1)
    say("20 of 30")
    clock[0] += 1.9
    say("21 of 30")
    await asyncio.sleep(0.05)
    assert wall.edits == 1, "one in two seconds, both of them together"
    clock[0] += 0.2
    say("22 of 30")
    await until(lambda: wall.edits == 2)
    say("completed", passing=False)
    await seen(wall, "owner", "completed")
    await seen(wall, "author", "completed")
    await shown.close()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():
            await asyncio.sleep(0.01)
