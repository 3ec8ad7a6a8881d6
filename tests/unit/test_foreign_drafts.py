"""What went wrong elsewhere with dates, drafts and copies, tried here (docs/foreign-eyes-content.md)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from broadcast.services import compose, schedule
from broadcast.states import BroadcastStatus
from tests.unit.desk import Desk

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def meant(text: str, now: datetime, zone: str = "UTC") -> list[str]:
    found = schedule.understand(text, zone, now)
    return [f"{one:%Y-%m-%d %H:%M}" for one in found.options if isinstance(one, datetime)]


@pytest.mark.parametrize("day", range(1, 29))
def test_with_dots_the_day_is_first_on_the_twelfth_as_on_the_thirteenth(day: int) -> None:
    assert meant(f"{day:02}.07.2027 10:00", NOW) == [f"2027-07-{day:02} 10:00"]


def test_in_a_list_with_slashes_only_what_is_unclear_is_asked() -> None:
    asks = [
        schedule.understand(f"{one} 9:00", "UTC", NOW).asks
        for one in ("15/4", "24/4", "2/5", "5/5")
    ]
    assert asks == [False, False, True, False]


def test_an_hour_of_the_morning_said_at_night_is_tomorrows() -> None:
    assert meant("9am", datetime(2026, 11, 24, 23, 0, tzinfo=UTC)) == ["2026-11-25 09:00"]


def test_today_late_in_the_evening_is_not_next_year() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert meant("today 23:45", late) == ["2026-11-24 23:45"]
    assert meant("24.11. 23:45", late) == ["2026-11-24 23:45"]


def test_the_past_is_never_taken_for_in_a_few_minutes() -> None:
    found = schedule.understand("today 8:00", "UTC", NOW)
    assert found.asks and meant("today 8:00", NOW)[0] == "2026-11-25 08:00"


def test_eight_oclock_is_eight_on_that_persons_clock_whatever_happens_in_between() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # the clocks are set back that night
    assert meant("tomorrow 8:00", before, BERLIN) == ["2026-10-25 07:00"]
    that_day = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # half an hour before they are set forward
    assert meant("9:00", that_day, BERLIN) == ["2027-03-28 07:00"]
    assert meant("09.11.2026 6:00", datetime(2026, 10, 20, tzinfo=UTC), "America/New_York") == [
        "2026-11-09 11:00"
    ]


async def test_what_a_put_back_version_takes_away_can_be_put_back_too(desk: Desk) -> None:
    number = await desk.written("written for days")
    await desk.says("author", f"/content {number}")
    await desk.says("author", "the newest words")
    await desk.taps("author", f"putback {number} 1")
    assert "the newest words" in await desk.says("author", f"/versions {number}")
    await desk.taps("author", f"putback {number} 2")
    row = await compose.get(desk.house.core, number)
    assert compose.message_of(row).text.text == "the newest words"


async def test_a_copy_goes_out_to_everybody_who_got_the_first(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    await desk.says("author", f"/reuse {number}")
    await desk.press("author", "Submit")
    copy = number + 1
    seen = (await compose.look_at(desk.house.core, copy)).submission
    await desk.taps("approver", f"approve {copy} {seen}")
    await desk.house.run_until(copy, BroadcastStatus.COMPLETED)
    first, second = [(await compose.get(desk.house.core, n)).planned_total for n in (number, copy)]
    assert first == second > 0
