"""When somebody means: usual dates and hours as people type them, and what is asked back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.errors import Invalid
from broadcast.models import Broadcast
from broadcast.services import compose, schedule
from broadcast.wording import moment
from tests.unit.desk import Desk

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday
ISTANBUL, BERLIN = "Europe/Istanbul", "Europe/Berlin"


def at(text: str, zone: str = "UTC", now: datetime = NOW) -> str:
    """The one moment a text means without a question, as its clock shows it there."""
    meant = schedule.understand(text, zone, now)
    assert not meant.asks, meant
    (one,) = meant.options
    assert isinstance(one, datetime)
    return f"{one:%Y-%m-%d %H:%M}"


def asked(text: str, zone: str = "UTC", now: datetime = NOW) -> tuple[list[str], str]:
    meant = schedule.understand(text, zone, now)
    assert meant.asks, meant
    return [
        f"{one:%Y-%m-%d %H:%M}" if isinstance(one, datetime) else f"{one}" for one in meant.options
    ], meant.why


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("02.12.2026 09:00", "2026-12-02 09:00"),
        ("02.12.2026 09.00", "2026-12-02 09:00"),
        ("2.12.26 9:00", "2026-12-02 09:00"),
        ("2.12. 9:00", "2026-12-02 09:00"),
        ("2.12 9:00", "2026-12-02 09:00"),
        ("25/12/2026 9:00", "2026-12-25 09:00"),
        ("12/25 9am", "2026-12-25 09:00"),
        ("12/12 9:00", "2026-12-12 09:00"),
        ("2026-12-01 09:00", "2026-12-01 09:00"),
        ("2026/12/02 9 pm", "2026-12-02 21:00"),
        ("2026-12-01T09:00:00", "2026-12-01 09:00"),
        ("9:30", "2026-11-24 09:30"),
        ("8:30", "2026-11-25 08:30"),
        ("09.30", "2026-11-24 09:30"),
        ("9pm", "2026-11-24 21:00"),
        ("12am", "2026-11-25 00:00"),
        ("at 10", "2026-11-24 10:00"),
        ("tomorrow 9", "2026-11-25 09:00"),
        ("tomorrow at 9 p.m.", "2026-11-25 21:00"),
        ("9:00 tomorrow", "2026-11-25 09:00"),
        ("tomorrow noon", "2026-11-25 12:00"),
        ("tonight at 8", "2026-11-24 20:00"),
        ("Friday 18:30", "2026-11-27 18:30"),
        ("on Fri, 6pm", "2026-11-27 18:00"),
        ("Tuesday 8", "2026-12-01 08:00"),
        ("Tuesday 10", "2026-11-24 10:00"),
        ("2 December 2026 at 9 o'clock", "2026-12-02 09:00"),
        ("December 2nd, 9:00", "2026-12-02 09:00"),
        ("Wed 2 Dec 9:00", "2026-12-02 09:00"),
        ("in 2 hours", "2026-11-24 11:00"),
        ("in 30 minutes", "2026-11-24 09:30"),
        ("yarın 9", "2026-11-25 09:00"),
        ("yarin saat 9", "2026-11-25 09:00"),
        ("YARIN 09:00'DA", "2026-11-25 09:00"),
        ("yarın akşam 8'de", "2026-11-25 20:00"),
        ("bu akşam 8", "2026-11-24 20:00"),
        ("öbür gün 10.30", "2026-11-26 10:30"),
        ("Cuma 18.30", "2026-11-27 18:30"),
        ("cuma günü saat 18:30'da", "2026-11-27 18:30"),
        ("cumartesiye 9", "2026-11-28 09:00"),
        ("çarşamba 9", "2026-11-25 09:00"),
        ("2 Aralık 9:00", "2026-12-02 09:00"),
        ("2 Aralık 2026, 21.00", "2026-12-02 21:00"),
        ("2 saat sonra", "2026-11-24 11:00"),
    ],
)
def test_what_people_type(text: str, wanted: str) -> None:
    assert at(text) == wanted


def test_it_is_the_clock_of_the_persons_zone() -> None:
    assert at("02.12.2026 09:00", ISTANBUL) == "2026-12-02 06:00"
    late = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # the 25th there
    assert at("tomorrow 9", ISTANBUL, late) == "2026-11-26 06:00"


def test_an_hour_alone_is_said_to_be_today_or_tomorrow() -> None:
    assert schedule.understand("10:00", "UTC", NOW).why == "I take it as today."
    assert "tomorrow" in schedule.understand("9:00", "UTC", NOW).why


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("2/12 9:00", ["2026-12-02 09:00", "2027-02-12 09:00"]),
        ("2/11/2027 9:00", ["2027-11-02 09:00", "2027-02-11 09:00"]),
        ("12/2/2026", ["2026-12-02"]),
        ("1/2/2027", ["2027-02-01", "2027-01-02"]),
        ("03-04-2027 9:00", ["2027-04-03 09:00", "2027-03-04 09:00"]),
        ("2.12", ["2026-12-02", "2026-11-25 02:12"]),
        ("next Friday 9", ["2026-11-27 09:00", "2026-12-04 09:00"]),
        ("haftaya cuma 9", ["2026-11-27 09:00", "2026-12-04 09:00"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_asked(text: str, options: list[str]) -> None:
    found, why = asked(text)
    assert "two ways" in why
    assert found == options


def test_a_year_away_is_questioned() -> None:
    found, why = asked("02.12.2062 09:00")
    assert found == ["2062-12-02 09:00"] and "more than a year" in why
    assert at("02.11.2027 09:00") == "2027-11-02 09:00"


@pytest.mark.parametrize("text", ["02.12.2025 09:00", "2025-12-02 9:00"])
def test_the_past_says_so_and_offers_what_may_be_meant(text: str) -> None:
    found, why = asked(text)
    assert "has passed" in why
    assert found == ["2026-11-25 09:00", "2026-12-02 09:00"]


def test_a_day_without_a_year_that_has_just_passed_is_asked_about() -> None:
    assert asked("20.11. 9:00") == (
        ["2027-11-20 09:00"],
        "That time has passed. Do you mean one of these?",
    )
    assert at("15.01. 9:00") == "2027-01-15 09:00"


def test_an_hour_the_clocks_skip_offers_those_beside_it() -> None:
    found, why = asked("28.03.2027 02:30", BERLIN)
    assert "skip" in why
    assert found == ["2027-03-28 00:30", "2027-03-28 01:30"], "01:30 and 03:30 there"


def test_an_hour_that_comes_twice_is_asked_and_both_are_told_apart() -> None:
    found, why = asked("31.10.2027 02:30", BERLIN)
    assert "twice" in why
    assert found == ["2027-10-31 00:30", "2027-10-31 01:30"]


def test_what_was_asked_about_is_not_asked_again() -> None:
    far = datetime(2062, 12, 2, 9, tzinfo=UTC)
    meant = schedule.understand(schedule.exact(far), "UTC", NOW)
    assert not meant.asks and meant.options == (far,)
    assert asked("=2020-12-02T09:00Z")[1].startswith("That time has passed")


@pytest.mark.parametrize(
    "text",
    ["", "soon", "9", "🙂", "31.02.2026 9:00", "25:00", "24:00", "13pm", "0/0", "99.99.2026",
     "Fri 2 Dec 9:00", "9:00 10:00", "tomorrow friday", "2.12. 3.12.", "in 2", "=2026-99-99T09:00Z",
     "0001-01-01 00:00x", "9:00 - 10:00", "tomorrow 25"],
)  # fmt: skip
def test_what_is_no_time_is_answered_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="I read times like"):
        schedule.understand(text, "UTC", NOW)


@given(st.text(max_size=40))
def test_whatever_is_written_is_a_time_or_refused(text: str) -> None:
    try:
        meant = schedule.understand(text, ISTANBUL, NOW)
    except Invalid:
        return
    sure = [one for one in meant.options if isinstance(one, datetime)]
    assert meant.asks or all(one > NOW for one in sure)


@given(
    st.from_regex(r"\A\d{1,4}[./:-]\d{1,2}([./:-]\d{1,4})?( \d{1,2}([:.]\d{2})?( ?[ap]m)?)?\Z"),
    st.sampled_from(["UTC", ISTANBUL, BERLIN, "Pacific/Apia", "America/New_York"]),
)
def test_any_figures_are_a_time_or_refused(text: str, zone: str) -> None:
    try:
        meant = schedule.understand(text, zone, NOW)
    except Invalid:
        return
    assert meant.options or meant.asks
    assert all(one > NOW for one in meant.options if isinstance(one, datetime))


def test_a_reading_says_only_what_was_said() -> None:
    (one,) = moment.read("02.12.2026", NOW)
    assert (one.day, one.hour) == (date(2026, 12, 2), None)


# At the console


async def kept(desk: Desk, number: int) -> Broadcast:
    return await compose.get(desk.house.core, number)


async def test_the_question_stays_open_until_it_is_understood(desk: Desk) -> None:
    number = await desk.written()
    for line in (f"/schedule {number} soon", "later today or so", "9"):
        assert "I read times like" in await desk.says("author", line)
    await desk.says("author", "tomorrow 9:30")
    found = (await kept(desk, number)).scheduled_at
    assert found is not None and f"{found:%d %H:%M}" == "25 09:30"


async def test_two_ways_are_two_buttons_and_the_pressed_one_counts(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/schedule {number}")
    assert "two ways" in await desk.says("author", "2/12 9:00")
    await desk.press("author", "Dec 2, 2026 09:00")
    found = (await kept(desk, number)).scheduled_at
    assert found == datetime(2026, 12, 2, 9, tzinfo=UTC)


async def test_a_day_in_two_ways_leads_to_its_hours(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/schedule {number} 1/2/2027")
    assert "at what time" in await desk.press("author", "Feb 1, 2027")
    await desk.press("author", "09:00")
    found = (await kept(desk, number)).scheduled_at
    assert found == datetime(2027, 2, 1, 9, tzinfo=UTC)


async def test_a_year_away_is_kept_only_once_it_is_meant(desk: Desk) -> None:
    number = await desk.written()
    assert "more than a year" in await desk.says("author", f"/schedule {number} 2.12.2036 9:00")
    assert (await kept(desk, number)).scheduled_at is None
    await desk.press("author", "2036")
    found = (await kept(desk, number)).scheduled_at
    assert found is not None and found.year == 2036


async def test_both_hours_of_a_night_that_has_one_twice_are_told_apart(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", "/timezone Europe/Berlin")
    await desk.says("author", f"/schedule {number} 31.10.2027 02:30")
    labels = [b.label for row in desk.last[-1].buttons for b in row]
    assert "02:30 (UTC+02:00)" in labels[0] and "02:30 (UTC+01:00)" in labels[1]


async def test_another_time_says_that_it_needs_another_approval(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/schedule {number} tomorrow 9")
    await desk.says("author", f"/submit {number}")
    seen = (await compose.look_at(desk.house.core, number)).submission
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.says("author", f"/open {number}")
    assert "needs approval again" in await desk.press("author", "Change time")
    assert "needs approval again" in await desk.says("author", "Friday 18:30")
    row = await kept(desk, number)
    assert row.scheduled_at == datetime(2026, 11, 27, 18, 30, tzinfo=UTC)
    assert row.scheduled_at - desk.house.now > timedelta(days=3)
