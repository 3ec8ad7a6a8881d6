"""One card of a broadcast in each place, true through its whole life, and nothing said twice."""

from __future__ import annotations

import pytest

from broadcast.outcome import Uncertain
from broadcast.states import BroadcastStatus
from tests.unit.living import FRIDAY, SATURDAY, Life, life

__all__ = ["life"]  # a fixture


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
