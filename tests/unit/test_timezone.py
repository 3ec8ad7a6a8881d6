"""A time zone is an IANA name or a city; nothing else is, whatever was written."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast import timezone as zones
from broadcast.language import speech
from broadcast.models import ZoneName
from broadcast.services import schedule


def test_every_iana_name_means_itself_in_any_capitals() -> None:
    for name in available_timezones() - {"localtime"}:
        assert [zones.find(shape) for shape in (name, name.lower(), name.upper())] == [name] * 3
        assert zones.known(name)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("istanbul", "Europe/Istanbul"), ("İSTANBUL", "Europe/Istanbul"),
        (" İstanbul. ", "Europe/Istanbul"), ("new york", "America/New_York"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"), ("são paulo", "America/Sao_Paulo"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("america argentina buenos aires", "America/Argentina/Buenos_Aires"),
        ("Port-au-Prince", "America/Port-au-Prince"), ("Isle of Man", "Europe/Isle_of_Man"),
        ("etc/gmt+3", "Etc/GMT+3"), ("utc", "UTC"),
    ],
)  # fmt: skip
def test_a_city_is_found_in_any_spelling(written: str, zone: str) -> None:
    assert zones.find(written) == zone


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "🙂", "...", "I am in the Istanbul office", "four words or more", "///",
        "Bilmiyorum, İstanbul tarafı olabilir", "Mars/Olympus_Mons", "../../etc/passwd",
        "Europe", "localtime", "a" * 100_000,
    ],
)  # fmt: skip
def test_what_names_no_place_is_refused(written: str) -> None:
    assert zones.find(written) == "" and not zones.known(written)


def test_near_ones_are_offered() -> None:
    assert zones.near("I am in the Istanbul office")[0] == "Europe/Istanbul"
    assert zones.near("we sit in New York, mostly")[0] == "America/New_York"
    assert "Europe/Istanbul" in zones.near("istambul")
    assert zones.near("🙂") == [] and zones.near("") == []


@given(st.text(max_size=60))
def test_whatever_is_written_gives_a_zone_that_exists_or_none(text: str) -> None:
    assert zones.find(text) == "" or zones.known(zones.find(text))
    assert all(zones.known(zone) for zone in zones.near(text))


def test_a_stored_zone_that_is_newer_than_this_machine_is_read_as_utc() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert zones.zone("Mars/Olympus_Mons").key == "UTC"
    assert "12:00 (UTC)" in speech("en").moment(now, "Mars/Olympus_Mons")
    assert speech("en").city("Mars/Olympus_Mons") == "Mars/Olympus_Mons"
    meant = schedule.understand("2026-03-02 09:00", "Mars/Olympus_Mons", now)
    assert meant.options == (datetime(2026, 3, 2, 9, tzinfo=UTC),)
    assert ZoneName("UTC").process_result_value("Mars/Olympus_Mons", None) == "UTC"
    assert ZoneName().process_result_value("Mars/Olympus_Mons", None) == ""
