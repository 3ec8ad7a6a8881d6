"""At a terminal a line of the log is a time, a level and one sentence; nothing in it is obeyed."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import logs
from bot.log_words import Spoken
from bot.settings import Settings
from broadcast.language import speak_at_terminal

LINE = re.compile(r"^\d\d:\d\d:\d\d  (info|warning|error) +(\S.*)$")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def back_again() -> Iterator[None]:
    before = logging.getLogger().handlers[:]
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before
    speak_at_terminal("en")


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """From now on in this test: pytest puts its own output in place after the fixtures."""
    made = Screen()
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return made


def said(event: str, level: str = "info", **values: Any) -> str:
    given = {"event": event, "level": level, "timestamp": "2026-11-30T09:30:00Z", **values}
    return Spoken(colours=False)(None, "", given)


@pytest.mark.parametrize(
    ("event", "level", "values", "sentence"),
    [
        ("poll_back", "info", {}, "Telegram is back again."),
        ("audit", "info", {"broadcast_id": 3, "action": "approved"}, "Broadcast 3: approved"),
        ("audit", "info", {"broadcast_id": None, "action": "joined"}, "The team: somebody joined"),
        ("heartbeat_not_heard", "warning", {"why": "HTTP 500"}, "(HTTP 500)."),
        ("menu_not_set", "warning", {"account": "default"}, "Menu not set (account=default)"),
        ("audit", "info", {}, "Audit"),  # a field is missing: no line is lost for it
        ("Unclosed connector", "error", {"logger": "asyncio"}, "asyncio: Unclosed connector"),
    ],
)
def test_each_event_is_a_time_a_level_and_one_sentence(
    event: str, level: str, values: dict[str, Any], sentence: str
) -> None:
    found = LINE.match(said(event, level, **values))
    assert found and found[1] == level and sentence in found[2]


def test_it_speaks_as_the_one_who_watches() -> None:
    speak_at_terminal("tr")
    assert re.match(r"^\d\d:\d\d:\d\d  uyarı +Telegram", said("poll_failed", "warning"))


def test_what_a_platform_says_cannot_move_the_cursor_or_forge_a_line() -> None:
    line = said(
        "poll_refused", "warning", description="no\x1b[2J\x9b1A\r\n10:00:00  info  all well"
    )
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line)
    assert "no [2J 1A 10:00:00" in line


def test_where_it_broke_stands_below_the_sentence() -> None:
    first, *below = said("stopped", "error", exception="Traceback:\n  File x\nValueError").split(
        "\n"
    )
    assert LINE.match(first) and below == ["Traceback:", "  File x", "ValueError"]


def test_what_repeats_is_said_once_until_it_is_over() -> None:
    spoken = Spoken(colours=False)
    events = ["poll_failed", "poll_failed", "poll_back", "poll_failed"]
    lines = [spoken(None, "", {"event": one, "level": "info"}) for one in events]
    assert [bool(line) for line in lines] == [True, False, True, True]


def test_a_terminal_has_colours_and_json_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = at_a_terminal(monkeypatch)
    logs.configure()
    structlog.get_logger().warning("poll_failed")
    assert "\x1b[33m" in screen.getvalue() and "Cannot reach Telegram" in screen.getvalue()
    screen.truncate(0)
    screen.seek(0)
    logs.configure(terminal=Settings(log="json").log_is_for_people())
    structlog.get_logger().warning("poll_failed")
    assert json.loads(screen.getvalue())["event"] == "poll_failed"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_declined(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    screen = at_a_terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    logs.configure()
    structlog.get_logger().warning("poll_failed")
    assert "\x1b" not in screen.getvalue() and "Cannot reach Telegram" in screen.getvalue()


def test_elsewhere_it_is_json_unless_people_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().warning("poll_failed")
    assert json.loads(capsys.readouterr().out)["level"] == "warning"
    logs.configure(terminal=Settings(log="people").log_is_for_people())
    structlog.get_logger().warning("poll_failed")
    out = capsys.readouterr().out
    assert "Cannot reach Telegram" in out and "\x1b" not in out
