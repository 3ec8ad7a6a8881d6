"""One stranger cannot stand in everybody's way: floods, and a platform that makes us wait for hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.people import FIRST_ID
from sandbox.slack_stage import PLACE, texts
from tests.attacks.stage import OWNER, Town, town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(420)]
STRANGERS = [FIRST_ID + 3000 + n for n in range(3)]
WAIT_SECONDS = 10_072  # as a platform said once
PACE = {"TELLAL_TELEGRAM__RATE_PER_SECOND": "30"}
SLACK_OWNER = "U0ECE"


async def heard(here: Town) -> None:
    """Wait until the bot has fetched everything that was written to it."""

    async def look() -> bool:
        return all(f["done"] for f in await here.ask("flood", "GET")) and not any(
            bot["pending_updates"] for bot in await here.ask("bots", "GET")
        )

    await here.until("everything fetched", look, 200)


def kept(here: Town, person: int) -> int:
    """How many updates of this person are on disk."""
    return int(here.value("SELECT count(*) FROM inbox WHERE sender LIKE ?", f"%:{person}"))


async def leaves(here: Town, person: int) -> None:
    """Wait until this person's leaving is in force."""

    async def look() -> bool:
        query = "SELECT consent FROM address WHERE channel = 'telegram' AND value = ?"
        return here.value(query, str(person)) == "opted_out"

    await here.until(f"{person} has left", look)


async def handled(here: Town) -> None:
    async def look() -> bool:
        return not here.value("SELECT count(*) FROM inbox WHERE NOT handled")

    await here.until("nothing left to do", look, 200)


async def test_seven_hundred_messages_of_one_stranger_keep_nobody_waiting(tmp_path: Path) -> None:
    async with town(tmp_path, people=6, team=False, **PACE) as here:
        stranger = STRANGERS[0]
        await here.ask("flood", people=[stranger], count=700, per_second=234)
        await here.ask("say", person=FIRST_ID, text="STOP")
        await here.ask("say", person=OWNER, text="/status")
        await leaves(here, FIRST_ID)
        await here.see(OWNER, "the answer to /status", "Nothing is on its way")
        await here.see(FIRST_ID, "the goodbye", "will not receive anything more")
        assert len(await here.said(stranger)) < 30, "they were not answered first"
        await heard(here)
        await handled(here)
        assert kept(here, stranger) < 100, "the surplus is counted, not kept"
        assert len(await here.said(stranger)) < 100
        await here.ask("say", person=OWNER, text="/help")
        await here.see(OWNER, "the console goes on", "/status")


async def test_who_asks_to_leave_in_the_middle_of_their_own_flood_has_left(tmp_path: Path) -> None:
    async with town(tmp_path, people=6, team=False, **PACE) as here:
        person = FIRST_ID + 1
        await here.ask("flood", people=[person], count=300, per_second=300)
        await heard(here)
        await here.ask("say", person=person, text="Please stop texting me")
        await here.ask("flood", people=[person], count=300, per_second=300)
        await leaves(here, person)
        await heard(here)
        await here.ask("flood", people=[person], count=300, per_second=300, text="STOP")
        await handled(here)
        assert kept(here, person) < 100
        await here.ask("flood", people=[STRANGERS[1]], count=200, per_second=300, text="STOP")
        await heard(here)
        await handled(here)
        assert kept(here, STRANGERS[1]) < 60, "saying it again and again is saying it once"


@pytest.mark.parametrize(
    "words", ["I do not want to hear from you ever again", "Ich will nichts mehr von euch hören"]
)
async def test_a_sentence_that_leaves_is_heard_in_the_middle_of_a_stream_of_ones_own(
    tmp_path: Path, words: str
) -> None:
    """None of its words alone is one people leave by."""
    async with town(tmp_path, people=6, team=False, **PACE) as here:
        person = FIRST_ID + 1
        await here.ask("flood", people=[person], count=900, per_second=300)

        async def surplus() -> bool:
            return kept(here, person) > 20  # the first twenty, and a trickle

        await here.until("they have sent too much", surplus)
        await here.ask("say", person=person, text=words)
        await leaves(here, person)
        await heard(here)
        await handled(here)
        assert kept(here, person) < 100


async def test_their_own_earlier_yes_does_not_outlive_their_stop(tmp_path: Path) -> None:
    """A STOP goes before everybody else's words, and not before one's own."""
    async with town(tmp_path, people=6, team=False, **PACE) as here:
        people = [FIRST_ID + 50 + n for n in range(30)]
        here.freeze()
        await here.ask("flood", people=STRANGERS, count=100)
        for person in people:
            for text in ("/start", "JOIN", "hello", "STOP"):
                await here.ask("say", person=person, text=text)
        here.thaw()
        for person in people:
            await leaves(here, person)
        await heard(here)
        await handled(here)
        for person in people:
            await leaves(here, person)
            kinds = here.query(
                "SELECT e.kind FROM consent_event e JOIN address a ON a.address_id = e.address_id "
                "WHERE a.value = ? AND e.kind IN ('opt_in', 'opt_out') "
                "ORDER BY e.consent_event_id",
                str(person),
            )
            assert kinds == [("opt_in",), ("opt_out",)]


async def test_cancel_ends_a_broadcast_in_the_middle_of_a_flood(tmp_path: Path) -> None:
    async with town(tmp_path, people=900, **PACE) as here:
        number = await here.launched("Water is off tomorrow")

        async def some() -> bool:
            return len(await here.received("Water is off")) > 20

        await here.until("the first have it", some)
        await here.ask("flood", people=STRANGERS, count=900)
        await here.ask("say", person=FIRST_ID + 899, text="STOP")
        await leaves(here, FIRST_ID + 899)
        await here.ask("say", person=OWNER, text=f"/cancel {number} now")
        await here.becomes(number, "cancelled")
        had = len(await here.received("Water is off"))
        assert had < 850
        await heard(here)
        await handled(here)
        now = await here.received("Water is off")
        assert len(now) - had <= 3, "what was on its way at that moment"
        assert FIRST_ID + 899 not in now


async def test_a_platform_that_makes_us_wait_for_hours_stops_no_deed(tmp_path: Path) -> None:
    owners = f"telegram:{OWNER},slack:{SLACK_OWNER}"
    async with town(tmp_path, people=600, slack=True, TELLAL_OWNERS=owners, **PACE) as here:
        number = await here.launched("Water is off tomorrow")

        async def some() -> bool:
            return len(await here.received("Water is off")) > 20

        await here.until("the first have it", some)
        await here.ask("faults", kind="flood", channel="telegram", method="sendMessage",
                       retry_after=WAIT_SECONDS, hold=True)  # fmt: skip

        await here.slack_see(SLACK_OWNER, "why it stands", "⏳ Telegram")
        for who, text in ((FIRST_ID + 599, "STOP"), (OWNER, "/status"), (OWNER, "/status"),
                          (FIRST_ID + 598, "hello"), (FIRST_ID + 598, "STOP")):  # fmt: skip
            await here.ask("say", person=who, text=text)
        await leaves(here, FIRST_ID + 599)
        await leaves(here, FIRST_ID + 598)
        await here.ask("say", person=OWNER, text=f"/cancel {number} now")
        await here.becomes(number, "cancelled")
        await here.command(SLACK_OWNER, "status")

        async def shown() -> bool:
            seen = await here.slack("messages", SLACK_OWNER, place=PLACE)
            return any("⏳ Telegram" in line for one in seen for line in texts(one["blocks"]))

        await here.until("how long we wait, on /status", shown)


async def test_a_wait_that_ends_brings_the_team_its_answers(tmp_path: Path) -> None:
    async with town(tmp_path, people=6, team=False, **PACE) as here:
        fault = await here.ask("faults", kind="flood", channel="telegram", method="sendMessage",
                               retry_after=8, hold=True, count=1)  # fmt: skip
        assert fault["kind"] == "flood"
        for text in ("/status", "/help", "/team"):
            await here.ask("say", person=OWNER, text=text)
        await here.see(OWNER, "the last answer", "Ayşe")
        said = await here.said(OWNER)
        first = next(n for n, text in enumerate(said) if "Nothing is on its way" in text)
        assert any("/status" in text for text in said[first:]), "in order, none lost"


async def test_slack_waits_and_telegram_is_told(tmp_path: Path) -> None:
    owners = f"telegram:{OWNER},slack:{SLACK_OWNER}"
    async with town(tmp_path, people=600, slack=True, TELLAL_OWNERS=owners, **PACE) as here:
        number = await here.launched("Water is off tomorrow")
        await here.ask("faults", kind="flood", channel="slack", method="*",
                       retry_after=WAIT_SECONDS)  # fmt: skip
        await here.slack("command", SLACK_OWNER, place=PLACE, text=f"cancel {number} now")
        await here.becomes(number, "cancelled")
        await here.see(OWNER, "that Slack makes us wait", "Slack takes nothing from us until")
