"""One card of a broadcast in each place, true through its whole life, and nothing said twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError
from sqlmodel import select
from telegram.error import BadRequest

from bot import board
from bot.chat import NotSaid, Reply
from bot.frontends.slack_api import not_said as slack_not_said
from bot.frontends.telegram_voice import not_said
from bot.notify import Notifier
from broadcast.core import Event
from broadcast.machine import BroadcastStatus
from broadcast.message import RichText
from broadcast.models import Posted
from broadcast.outcome import Uncertain
from broadcast.services import compose, posted, safety
from tests.unit.desk import Desk
from tests.unit.test_notify import Wall

FRIDAY, SATURDAY = "2026-11-27 09:00", "2026-11-28 09:00"


@dataclass
class Rung(Wall):
    """Counts what makes a phone ring; `lost` messages cannot be edited any more."""

    rang: dict[str, list[str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    edits: int = 0

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = "", key: str = "",
        look: bool = False,
    ) -> str:  # fmt: skip
        self.rang.setdefault(conversation, []).append(reply.text.text)
        made = str(sum(map(len, self.rang.values())))
        self.notes[made] = (conversation, reply)
        return made

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        self.edits += 1
        if message_id in self.lost:
            raise NotSaid("message to edit not found", lost=True)
        await super().edit(conversation, message_id, reply, language)

    def shown(self, who: str) -> list[str]:
        return [reply.text.text for place, reply in self.notes.values() if place == who]

    def card(self, who: str) -> Reply:
        """The only message there."""
        (found,) = [reply for place, reply in self.notes.values() if place == who]
        return found


@dataclass
class Life:
    desk: Desk
    wall: Rung
    notifier: Notifier

    async def told(self) -> None:
        await self.notifier.settled()

    async def restarts(self) -> None:
        await self.notifier.close()
        self.notifier = Notifier(self.desk.house.core, [self.wall])
        self.desk.house.core.tell = self.notifier.tell
        await self.notifier.catch_up()
        await self.told()

    async def scheduled(self, when: str = FRIDAY) -> int:
        """Approved by Murat for that time."""
        number = await self.desk.written()
        await self.desk.says("author", f"/schedule {number} {when}")
        await self.desk.says("author", "/submit")
        await self.approved(number)
        return number

    async def approved(self, number: int) -> None:
        seen = (await compose.look(self.desk.house.core, number)).submission
        await self.desk.taps("approver", f"approve {number} {seen}")
        await self.told()

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():
                await asyncio.sleep(0.01)
        await self.told()


@pytest.fixture
async def life(desk: Desk) -> AsyncIterator[Life]:
    wall = Rung()
    made = Life(desk, wall, Notifier(desk.house.core, [wall]))
    desk.house.core.tell = made.notifier.tell
    yield made
    await made.notifier.close()


# A change that makes an approval void


async def test_who_approved_hears_that_the_time_was_moved_and_no_card_says_it_goes_out(
    life: Life,
) -> None:
    number = await life.scheduled()
    for who in ("author", "approver", "owner"):
        assert "Goes out Fri, Nov 27" in life.wall.card(who).text.text
    before = len(life.wall.rang["approver"])
    said = await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    await life.told()
    assert "It was approved for Fri, Nov 27, 2026 09:00 (UTC). Changed to Sat, Nov 28" in said
    assert "it needs approval again" in said
    (bell,) = life.wall.rang["approver"][before:]
    assert "Ayşe changed it after you approved it. It does not go out" in bell
    assert "Time: Fri, Nov 27, 2026 09:00 (UTC) → Sat, Nov 28, 2026 09:00 (UTC)" in bell
    assert "Goes out" not in life.wall.seen_by("approver")
    assert "Ayşe changed it, so it is a draft again" in life.wall.shown("approver")[0]
    assert life.wall.seen_by("approver").count("→") == 1, "what changed is said once"
    assert "Time: Fri, Nov 27" in life.wall.card("owner").text.text
    assert "Goes out" not in life.wall.seen_by("owner") + life.wall.seen_by("author")
    assert life.wall.rang["owner"] == life.wall.rang["owner"][:1], "she said nothing about it"
    await life.desk.press("author", "Submit again")
    await life.told()
    assert "Changed since it was last shown" in life.wall.shown("owner")[-1]
    assert "→ Sat, Nov 28" in life.wall.shown("owner")[-1]
    await life.approved(number)
    assert "Goes out Sat, Nov 28" in life.wall.shown("owner")[-1]
    assert "this is settled" in life.wall.seen_by("approver"), "the bell is no news any more"


CHANGES = {
    "text": ("/content {n}|Water is off on Sunday", "Text: “Water is off tomorrow” → “Water is off on Sunday”"),
    "audience": ("/audience {n} tr", "To: everyone → who read Türkçe"),
    "buttons": ("/button {n} Read more - https://example.org", "Buttons: none → Read more"),
    "canary": ("/canary {n} 10%", "changed: who goes first"),
    "as soon as approved": ("/schedule {n} now", "→ as soon as it is approved"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
async def test_every_kind_of_change_is_told_with_the_difference(life: Life, change: str) -> None:
    lines, difference = CHANGES[change]
    number = await life.scheduled()
    for line in lines.format(n=number).split("|"):
        said = await life.desk.says("author", line)
    await life.told()
    assert difference in life.wall.seen_by("approver")
    assert "needs approval again" in said + (await life.desk.says("author", f"/open {number}"))
    assert "Goes out" not in life.wall.seen_by("approver") + life.wall.seen_by("owner")
    assert await life.desk.house.status(number) == BroadcastStatus.DRAFT


async def test_an_owner_who_changes_it_tells_its_author_and_who_approved(life: Life) -> None:
    number = await life.scheduled()
    rang = {who: len(life.wall.rang.get(who, ())) for who in ("author", "approver", "owner")}
    await life.desk.says("owner", f"/schedule {number} {SATURDAY}")
    await life.told()
    (author,) = life.wall.rang["author"][rang["author"] :]
    (approver,) = life.wall.rang["approver"][rang["approver"] :]
    assert "Zeynep changed it after it was approved" in author and "→ Sat, Nov 28" in author
    assert "Zeynep changed it after you approved it" in approver
    assert len(life.wall.rang["owner"]) == rang["owner"], "she did it herself"


async def test_changed_back_it_says_so_and_more_changes_are_kept_true(life: Life) -> None:
    number = await life.scheduled()
    await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    await life.told()
    await life.desk.says("author", f"/schedule {number} 2026-11-29 09:00")
    await life.told()
    assert "→ Sun, Nov 29" in life.wall.seen_by("owner")
    assert "→ Sat, Nov 28" not in life.wall.seen_by("owner")
    said = await life.desk.says("author", f"/schedule {number} {FRIDAY}")
    assert "It was approved, then changed and changed back" in said
    await life.told()
    assert len(life.wall.rang["approver"]) == 2, "the card, and one word that it is void"


async def test_what_was_only_asked_about_is_told_on_its_card_and_rings_nobody(life: Life) -> None:
    number, _ = await life.desk.submitted()
    await life.told()
    said = await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    await life.told()
    assert "It was changed, so it is no longer waiting for approval" in said
    card = life.wall.card("approver").text.text
    assert "Ayşe changed it, so it is no longer waiting for approval" in card
    assert "Time: as soon as it is approved → Sat, Nov 28" in card
    assert not life.wall.card("approver").buttons
    assert len(life.wall.rang["approver"]) == 1


async def test_a_void_approval_committed_just_before_we_died_is_told_after_the_start(
    life: Life,
) -> None:
    number = await life.scheduled()
    await life.notifier.close()
    await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    assert "Goes out Fri" in life.wall.seen_by("approver"), "nobody lives who could correct it"
    await life.restarts()
    assert "Goes out" not in "".join(map(life.wall.seen_by, ("author", "approver", "owner")))
    assert life.wall.seen_by("approver").count("changed it after you approved it") == 1
    await life.restarts()
    assert life.wall.seen_by("approver").count("changed it after you approved it") == 1


async def test_the_card_of_somebody_demoted_or_removed_since_is_corrected_too(life: Life) -> None:
    number = await life.scheduled()
    house = life.desk.house
    await life.desk.says("owner", f"/role {house.approver.admin_id} author now")
    await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    await life.told()
    assert "Goes out" not in life.wall.seen_by("approver")
    await life.desk.says("owner", f"/remove {house.approver.admin_id} now")
    await life.desk.says("author", f"/schedule {number} {FRIDAY}")
    await life.told()
    seen = life.wall.seen_by("approver")
    assert "Water is off" not in seen and "no longer in this team" in seen


async def test_its_author_keeps_one_card_over_all_rounds(life: Life) -> None:
    number = await life.scheduled()
    await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    await life.told()
    assert "Submit again" in str(life.wall.card("author").buttons)
    await life.desk.says("author", f"/submit {number}")
    await life.told()
    assert "Status: waiting for approval" in life.wall.card("author").text.text
    await life.approved(number)
    assert "Goes out Sat, Nov 28" in life.wall.card("author").text.text
    assert len(life.wall.rang["author"]) == 1


async def test_what_is_thrown_away_after_its_approval_was_void_is_cancelled_on_every_card(
    life: Life,
) -> None:
    number = await life.scheduled()
    await life.desk.says("author", f"/schedule {number} {SATURDAY}")
    await life.desk.says("author", f"/delete {number} now")
    await life.told()
    for who in ("author", "approver", "owner"):
        assert "It was cancelled" in life.wall.seen_by(who), who


# One message, nothing twice


async def test_over_a_whole_life_each_person_gets_one_message(life: Life) -> None:
    life.wall.shared = ""
    number, seen = await life.desk.submitted()
    await life.told()
    await life.desk.taps("approver", f"approve {number} {seen}")
    await life.desk.house.run_until(number, BroadcastStatus.COMPLETED)
    everybody = ("author", "approver", "owner")
    await life.until(lambda: all("Took" in life.wall.seen_by(who) for who in everybody))
    assert {who: len(found) for who, found in life.wall.rang.items()} == dict.fromkeys(everybody, 1)
    text = life.wall.card("approver").text.text
    assert [text.count(word) for word in ("Water is off", "Sent: 30", "Approved by")] == [1, 1, 1]
    assert not any(word in text for word in ("Failed", "Skipped", "Uncertain", "Still to go"))


async def test_a_channel_gets_one_message_and_nobody_else_any(life: Life) -> None:
    life.wall.shared = "C1"
    number, seen = await life.desk.submitted()
    await life.told()
    await life.desk.taps("approver", f"approve {number} {seen}")
    await life.desk.house.run_until(number, BroadcastStatus.COMPLETED)
    await life.until(lambda: "Took" in life.wall.seen_by("C1"))
    assert {who: len(found) for who, found in life.wall.rang.items()} == {"C1": 1}


async def test_only_who_decides_is_rung_for_those_who_may_have_missed_it(life: Life) -> None:
    life.desk.house.channel.script = lambda e: Uncertain("lost") if e.address == "1003" else None
    number, seen = await life.desk.submitted()
    await life.desk.taps("approver", f"approve {number} {seen}")
    await life.desk.house.run_until(number, BroadcastStatus.COMPLETED)
    await life.until(lambda: len(life.wall.rang.get("approver", ())) == 2)
    assert "1 person may or may not have received #1" in life.wall.rang["approver"][-1]
    assert len(life.wall.rang["author"]) == 1
    life.desk.house.channel.script = None
    await life.desk.taps("approver", f"settle {number} resend")
    await life.desk.house.run_until(number, BroadcastStatus.COMPLETED)
    await life.until(lambda: "this is settled" in life.wall.seen_by("approver"))
    assert "may or may not" not in life.wall.seen_by("approver")


# Where it was shown last


async def test_the_card_lives_where_it_was_shown_last_and_the_other_says_so(life: Life) -> None:
    number = await life.scheduled()
    core, wall = life.desk.house.core, life.wall
    await life.desk.says("approver", f"/status {number}")
    (answer,) = life.desk.last
    assert answer.track is not None
    wall.notes["answer"] = ("approver", answer)
    await posted.track(core, answer.track, wall.name, "approver", "answer")
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
    monkeypatch.setattr(board, "monotonic", lambda: clock[0])
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
    clock[0] += board.ANEW_SECONDS + 1
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
    shown = board.Board(life.desk.house.core, {"test": life.wall}, _closed, lambda number: None)
    place = board.Place("test", "author", "en", "UTC", life.desk.house.author)

    async def say(words: str, *, passing: bool) -> None:
        shown.show(place, 1, board.Note("card:1", Reply(RichText(text=words)), passing=passing))
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
    assert answer.track is not None and answer.track[0].startswith(posted.COPY)
    life.wall.notes["answer"] = ("owner", answer)
    await posted.track(core, answer.track, life.wall.name, "owner", "answer")
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
    assert "It waits for your word" in life.wall.rang["approver"][-1]
    assert len(life.wall.rang["author"]) == 1


async def test_the_safety_of_a_few_first_is_a_choice_like_the_others(life: Life) -> None:
    number = await life.scheduled()
    await safety.set_canary(life.desk.house.core, life.desk.house.author, number, "5 ask")
    await life.told()
    assert "changed: who goes first" in life.wall.seen_by("approver")
