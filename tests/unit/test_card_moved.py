"""A card lives where it was shown last; one that cannot be edited any more is posted anew."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError
from sqlmodel import select
from telegram.error import BadRequest

from bot.announce import live_messages
from bot.chat import NotSaid, Reply
from bot.frontends.slack.api import not_said as slack_not_said
from bot.frontends.telegram.replies import not_said
from broadcast.context import Event
from broadcast.message import RichText
from broadcast.models import Posted
from broadcast.outcome import Uncertain
from broadcast.services import compose, console_messages, safety
from broadcast.states import BroadcastStatus
from tests.unit.living import SATURDAY, Life, life

__all__ = ["life"]  # a fixture


async def test_the_card_lives_where_it_was_shown_last_and_the_other_says_so(life: Life) -> None:
    number = await life.scheduled()
    core, wall = life.desk.house.core, life.wall
    await life.desk.says("approver", f"/status {number}")
    (answer,) = life.desk.last
    assert answer.track is not None
    wall.notes["answer"] = ("approver", answer)
    await console_messages.track(core, answer.track, wall.name, "approver", "answer")
    await life.told()
    assert wall.shown("approver")[0] == f"#{number}: its card is further down."
    await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    await life.told()
    assert "Goes out" not in wall.notes["answer"][1].text.text
    assert wall.shown("approver")[0] == f"#{number}: its card is further down."


async def test_a_card_that_was_drawn_by_an_answer_is_drawn_again_when_it_moves_on(
    life: Life,
) -> None:
    number = await life.scheduled()
    wall = life.wall
    (mine,) = [one for one, (who, _) in wall.notes.items() if who == "author"]
    wall.notes[mine] = ("author", replace(wall.notes[mine][1], buttons=()))
    about = (f"card:{(await compose.get(life.desk.house.core, number)).submission}", number)
    await life.notifier.tell(Event("placed", number, f"{wall.name} author"))
    await life.told()
    assert wall.notes[mine][1].buttons, about


async def test_a_card_that_was_deleted_is_posted_anew(life: Life) -> None:
    number = await life.scheduled()
    wall = life.wall
    (mine,) = [one for one, (who, _) in wall.notes.items() if who == "approver"]
    del wall.notes[mine]
    wall.lost.add(mine)
    await life.desk.says("author", f"/cancel {number} now")
    await life.told()
    assert "It was cancelled before it started" in wall.card("approver").text.text
    assert len(wall.rang["approver"]) == 2

    async def known() -> list[str]:
        async with life.desk.house.store.read() as session:
            rows = await session.scalars(select(Posted).where(Posted.conversation == "approver"))
            return [row.message_id for row in rows]

    async with asyncio.timeout(10):
        while len(await known()) > 1:
            await asyncio.sleep(0.01)
    assert await known() != [mine], "the lost one is forgotten"


async def test_a_house_where_nothing_can_be_edited_is_not_flooded(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(live_messages, "monotonic", lambda: clock[0])
    number = await life.scheduled()
    wall = life.wall
    wall.lost = {str(n) for n in range(1, 100)}
    await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    async with asyncio.timeout(10):
        while len(wall.rang["owner"]) < 2:
            await asyncio.sleep(0.01)
    for minute in range(5):
        await life.desk.says("author", f"/schedule {number} 2026-11-29 09:0{minute}")
    await asyncio.sleep(0.1)
    assert len(wall.rang["owner"]) == 2, "the card, and one in its place"
    clock[0] += live_messages.ANEW_SECONDS + 1
    await life.notifier.tell(Event("console", detail=wall.name))
    async with asyncio.timeout(10):
        while len(wall.rang["owner"]) < 3:
            await asyncio.sleep(0.01)
    assert "→ Sun, Nov 29, 2026 09:04" in wall.rang["owner"][-1]


async def test_a_deleted_card_is_not_edited_over_and_over_while_it_runs(
    life: Life,
) -> None:
    await life.desk.written()
    await life.notifier.close()
    life.desk.house.core.tell = _nobody
    shown = live_messages.Board(
        life.desk.house.core, {"test": life.wall}, _closed, lambda number: None
    )
    place = live_messages.Place("test", "author", "en", "UTC", life.desk.house.author)

    async def say(words: str, *, passing: bool) -> None:
        shown.show(
            place, 1, live_messages.Note("card:1", Reply(RichText(text=words)), passing=passing)
        )
        await shown.settled()

    await say("0 of 30", passing=True)
    life.wall.lost.add("1")
    edits = life.wall.edits
    for count in range(1, 10):
        await say(f"{count} of 30", passing=True)
    assert life.wall.edits == edits + 1
    await say("completed", passing=False)
    assert life.wall.rang["author"] == ["0 of 30", "completed"]
    await shown.close()


async def _closed(conversation: str, why: str) -> None: ...


async def _nobody(event: Event) -> None: ...


async def test_what_is_refused_for_what_it_says_is_not_posted_a_second_time(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await life.scheduled()

    async def refuses(*_: object) -> None:
        raise NotSaid("invalid_blocks", forever=True)

    monkeypatch.setattr(life.wall, "edit", refuses)
    await life.desk.says("author", f"/cancel {number} now")
    await life.told()
    assert len(life.wall.rang["approver"]) == 1


async def test_where_nobody_sends_again_nobody_is_asked_again(life: Life) -> None:
    life.desk.house.channel.script = lambda e: Uncertain("lost") if e.address == "1003" else None
    number, seen = await life.desk.submitted()
    await life.desk.taps("approver", f"approve {number} {seen}")
    await life.desk.house.run_until(number, BroadcastStatus.COMPLETED)
    await life.until(lambda: len(life.wall.rang.get("approver", ())) == 2)
    await life.desk.taps("approver", f"settle {number} leave")
    await life.until(lambda: "this is settled" in life.wall.seen_by("approver"))
    assert "Uncertain: 1" in life.wall.seen_by("approver")
    assert "may or may not" not in life.wall.seen_by("approver")


async def test_who_may_approve_their_own_is_shown_one_card_with_what_it_says(
    life: Life,
) -> None:
    core = life.desk.house.core
    core.policy = replace(core.policy, allow_self_approval=True)
    await life.desk.says("owner", "/new")
    await life.desk.says("owner", "Water is off tomorrow")
    await life.desk.says("owner", "/submit")
    (answer,) = life.desk.last
    assert answer.track is not None and answer.track[0].startswith(console_messages.COPY)
    life.wall.notes["answer"] = ("owner", answer)
    await console_messages.track(core, answer.track, life.wall.name, "owner", "answer")
    await life.told()
    assert life.wall.notes["answer"][1].text.text.endswith("its card is further down.")
    (card,) = [r for who, r in life.wall.notes.values() if who == "owner" and r.buttons]
    assert card.content is not None and "asks for approval" in card.text.text


@pytest.mark.parametrize(
    "said", ["Message to edit not found", "Message can't be edited", "MESSAGE_ID_INVALID"]
)
def test_what_telegram_says_of_a_message_that_cannot_be_edited_is_understood(said: str) -> None:
    assert not_said(BadRequest(said)).lost
    assert not not_said(BadRequest("Message is too long")).lost


@pytest.mark.parametrize(
    "error", ["message_not_found", "cant_update_message", "edit_window_closed"]
)
def test_what_slack_says_of_a_message_that_cannot_be_edited_is_understood(error: str) -> None:
    assert slack_not_said(SlackApiError("no", {"ok": False, "error": error})).lost
    assert not slack_not_said(SlackApiError("no", {"ok": False, "error": "invalid_blocks"})).lost


async def test_a_late_one_rings_who_can_decide(life: Life) -> None:
    number = await life.scheduled()
    life.desk.house.now += timedelta(days=5)
    await life.desk.house.run_until(number, BroadcastStatus.LATE)
    await life.until(lambda: len(life.wall.rang["approver"]) == 2)
    assert "It waits for your decision" in life.wall.rang["approver"][-1]
    assert len(life.wall.rang["author"]) == 1


async def test_the_safety_of_a_few_first_is_a_choice_like_the_others(life: Life) -> None:
    number = await life.scheduled()
    await safety.set_canary(life.desk.house.core, life.desk.house.author, number, "5 ask")
    await life.told()
    assert "changed: who goes first" in life.wall.seen_by("approver")
