"""Who missed it, in the chat: masked, by reason, in pages; and what trying again would do."""

from __future__ import annotations

import pytest

from broadcast.outcome import Outcome, Reason, Refused, Uncertain
from broadcast.services import brake
from broadcast.states import BroadcastStatus
from tests.scenario.house import House
from tests.unit.desk import Desk
from tests.unit.missing import BUSY, GONE, calm, change, ended, labels, offered

S = BroadcastStatus


@pytest.fixture
async def desk(house: House) -> Desk:
    return await calm(house)


async def test_nobody_is_named_whole(desk: Desk) -> None:
    await change(desk, "UPDATE subscriber SET name = 'Fatma Yılmaz', phone = '+905321234512'")
    await change(desk, "UPDATE address SET value = '905321234512' WHERE value = '1000'")
    number = await ended(desk, {"905321234512": GONE})
    for who in ("author", "approver", "owner"):
        said = await desk.says(who, f"/missed {number}")
        assert "1 person missed #1, or may have:" in said
        assert "Blocked the bot: 1\n· Fat… +90 ••• 12" in said
        assert "Fatma" not in said and "Yılmaz" not in said and "532" not in said


async def test_who_has_neither_name_nor_number_is_known_by_the_channel(desk: Desk) -> None:
    await change(desk, "UPDATE subscriber SET name = '🙂'")
    await change(desk, "UPDATE address SET value = '7000123' WHERE value = '1000'")
    number = await ended(desk, {"7000123": GONE, "1001": GONE})
    said = await desk.says("author", f"/missed {number}")
    assert "· Telegram ••• 23" in said and "· Telegram •••\n" in said + "\n"
    assert "🙂" not in said


async def test_the_platforms_words_name_nobody_either(desk: Desk) -> None:
    no = Refused(Reason.REJECTED, detail="(#131026) not to +90 532 123 45 12 nor to a@b.org /start")
    number = await ended(desk, {"1000": no})
    said = await desk.says("author", f"/missed {number}")
    assert "refused by the platform" in said.lower()
    assert "(#131026) not to ••• nor to ••• /\u2060start" in said


async def test_reasons_have_their_numbers_and_pages_go_through_them(desk: Desk) -> None:
    answers: dict[str, Outcome] = {str(1000 + i): GONE for i in range(22)}
    answers |= {str(1022 + i): BUSY for i in range(3)}
    number = await ended(desk, answers)
    first = await desk.says("author", f"/missed {number}")
    assert "25 people missed #1" in first
    assert "· blocked the bot: 22" in first and "· the platform was not available: 3" in first
    assert first.count("· Per…") == 20 and "Page 1 of 2" in first
    second = await desk.press("author", "More")
    assert "Blocked the bot: 22\n· Per…" in second, "a reason that goes on is named again"
    assert "The platform was not available: 3\n· Per…" in second
    assert second.count("· Per…") == 5 and "Page 2 of 2" in second
    assert desk.last[0].replaces
    assert "Page 1 of 2" in await desk.press("author", "Back")
    few = await desk.press("author", "The platform was not available (3)")
    assert few.count("· Per…") == 3 and "3 people missed" in few
    assert "25 people missed" in await desk.press("author", "All who missed it")
    assert "Page 2 of 2" in await desk.says("author", f"/missed {number} 99999999999999999999")
    typed = await desk.says("author", f"/missed {number} unavailable")
    assert typed.count("· Per…") == 3 and not desk.last[0].replaces


async def test_who_has_it_on_another_channel_did_not_miss_it(desk: Desk) -> None:
    number = await ended(desk, {"1000": GONE})
    await change(desk, "UPDATE delivery SET status = 31, reason = 'reached_elsewhere' WHERE "
                       "address_id = (SELECT address_id FROM address WHERE value = '1001')")  # fmt: skip
    said = await desk.says("author", f"/missed {number}")
    assert "1 person missed" in said and "1 more has it on another channel." in said


@pytest.mark.parametrize("who", ["author", "approver"])
async def test_nobody_missed_it_is_no_dead_end(desk: Desk, who: str) -> None:
    number = await ended(desk, {})
    assert "Nobody missed #1." in await desk.says(who, f"/missed {number}")
    assert f"report {number}" in offered(desk)
    assert (f"reuse {number}" in offered(desk)) == (who == "author")
    assert "Nobody missed" in await desk.says(who, f"/missed {number} file")
    assert desk.last[0].file is None
    said = await desk.says(who, f"/missed {number} blocked")
    assert "for that reason: blocked the bot" in said and f"missed {number}" in offered(desk)


async def test_what_was_not_sent_was_missed_by_nobody(desk: Desk) -> None:
    number = await desk.written()
    assert "has not been sent" in await desk.says("author", f"/missed {number}")
    assert offered(desk) == [f"open {number}"]


async def test_while_it_runs_some_are_still_to_come(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await change(desk, "UPDATE broadcast SET launched_at = '2026-11-24 09:00:00', "
                       "planned_total = 30")  # fmt: skip
    assert "so far; 30 people are still to come" in await desk.says("author", f"/missed {number}")


# Trying again


async def test_try_again_is_offered_with_its_number_and_only_where_it_reaches_somebody(
    desk: Desk,
) -> None:
    number = await ended(desk, {"1000": BUSY, "1001": BUSY, "1002": GONE})
    await desk.says("approver", f"/missed {number}")
    assert "Try again: 2 people" in labels(desk)
    said = await desk.says("author", f"/missed {number}")
    assert "An approver or an owner can try again for 2 people." in said
    assert not [line for line in offered(desk) if line.startswith("retry")]
    await desk.says("approver", f"/missed {number}")
    assert "Trying again for 2 people" in await desk.press("approver", "Try again")
    assert f"report {number}" in offered(desk)
    await desk.house.run_until(number, S.COMPLETED)
    said = await desk.says("approver", f"/missed {number}")
    assert "Trying again would reach none of them." in said
    assert not [line for line in offered(desk) if line.startswith("retry")]


async def test_pressed_twice_and_by_two_it_is_done_once_and_said(desk: Desk) -> None:
    number = await ended(desk, {"1000": BUSY, "1001": BUSY})
    await desk.says("approver", f"/missed {number}")
    line = next(line for line in offered(desk) if line.startswith("retry"))
    assert "Trying again for 2 people" in await desk.taps("approver", line)
    said = await desk.taps("owner", line)
    assert "Murat has asked for that already: they are being tried again now." in said
    await desk.house.run_until(number, S.COMPLETED)
    assert "nobody to try again" in await desk.taps("owner", line)
    assert desk.house.channel.received["1000"] == desk.house.channel.received["1001"] == 1


async def test_after_a_stop_the_old_button_reaches_fewer_and_says_so(desk: Desk) -> None:
    number = await ended(desk, {"1000": BUSY, "1001": BUSY, "1002": BUSY})
    await desk.says("owner", f"/missed {number}")
    line = next(line for line in offered(desk) if line.startswith("retry"))
    await change(desk, "UPDATE address SET consent = 'opted_out' WHERE value = '1000'")
    await change(desk, "UPDATE address SET asked_at = '2026-11-24 09:00:00' WHERE value = '1001'")
    said = await desk.taps("owner", line)
    assert "Trying again for 1 person" in said
    assert "The button said 3: the others left" in said
    await desk.house.run_until(number, S.COMPLETED)
    assert desk.house.channel.received["1000"] == 0 and desk.house.channel.received["1001"] == 0
    await desk.says("owner", f"/missed {number}")
    assert not [line for line in offered(desk) if line.startswith("retry")]


async def test_while_everything_is_stopped_nothing_is_tried_again(desk: Desk) -> None:
    number = await ended(desk, {"1000": BUSY, "1001": Uncertain("timeout")})
    await desk.says("approver", f"/missed {number}")
    line = next(line for line in offered(desk) if line.startswith("retry"))
    resend = next(line for line in offered(desk) if line.startswith("settle"))
    await brake.halt(desk.house.core, desk.house.author)
    for said in (
        await desk.says("approver", f"/missed {number}"), await desk.taps("approver", line),
        await desk.taps("approver", resend),
    ):  # fmt: skip
        assert "Ayşe has stopped everything, so nothing is sent again now." in said
    assert await desk.house.status(number) == S.COMPLETED
    await brake.lift(desk.house.core, desk.house.author)
    assert "Trying again for 1 person" in await desk.taps("approver", line)


async def test_what_changed_since_the_approval_is_not_tried_again(desk: Desk) -> None:
    number = await ended(desk, {"1000": BUSY})
    await change(desk, """UPDATE broadcast SET content = json_set(content, '$.text.text', 'Bye')""")
    said = await desk.says("approver", f"/missed {number}")
    assert "Since it was approved" in said
    assert not [line for line in offered(desk) if line.startswith("retry")]
    assert "Since it was approved" in await desk.taps("approver", f"retry {number} failed 1")


async def test_paused_they_wait_and_that_is_said(desk: Desk) -> None:
    number = await ended(desk, {"1000": BUSY})
    await change(desk, "UPDATE broadcast SET status = 'paused'")
    said = await desk.taps("approver", f"retry {number} failed 1")
    assert "It is paused, so they get it once it goes on." in said
    assert f"resume {number}" in offered(desk)


async def test_the_doubtful_are_decided_on_here_too(desk: Desk) -> None:
    number = await ended(desk, {"1000": Uncertain("timeout")})
    said = await desk.says("approver", f"/missed {number}")
    assert "1 person may or may not have received it." in said
    assert f"settle {number} resend" in offered(desk)
    await desk.says("author", f"/missed {number}")
    assert f"settle {number} resend" not in offered(desk)


async def test_somebody_demoted_meanwhile_is_refused(desk: Desk) -> None:
    number = await ended(desk, {"1000": BUSY})
    await change(desk, "UPDATE admin SET role = 'author' WHERE name = 'Murat'")
    assert "Your role does not allow that" in await desk.taps(
        "approver", f"retry {number} failed 1"
    )
