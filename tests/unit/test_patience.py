"""How long we are asked to wait, in every spelling that servers and proxies use."""

from __future__ import annotations

import pytest

from bot.frontends.slack.api import retry_after
from bot.frontends.telegram.odd_answers import Requests
from broadcast.retry_after import LONGEST_SECONDS, a_wait, in_words

NOON = 1_791_979_200.0  # Wed, 14 Oct 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (3, 3.0), ("3", 3.0), (" 3 ", 3.0), ("0.493", 0.493), (1.5, 1.5), ("62720", 62720.0),
        ("Wed, 14 Oct 2026 12:02:00 GMT", 120.0), ("Wednesday, 14-Oct-26 12:02:00 GMT", 120.0),
        ("Wed, 14 Oct 2026 11:59:00 GMT", 0.0),
        (-5, 0.0), ("-5", 0.0), (0, 0.0), ("inf", 0.0), ("nan", 0.0), ("-inf", 0.0), ("1e400", 0.0),
        (10**400, 0.0), (float("inf"), 0.0), (float("nan"), 0.0), (1e99, 0.0),
        (LONGEST_SECONDS + 1, 0.0), ("", 0.0), ("soon", 0.0), ("Wed, 99 Oct 2026", 0.0),
        (None, 0.0), (True, 0.0), ([], 0.0), ({}, 0.0),
    ],
)  # fmt: skip
def test_a_wait_is_a_number_of_seconds_and_never_endless(said: object, seconds: float) -> None:
    assert a_wait(said, now=NOON) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Too Many Requests: retry after 5", 5.0), ("Flood control exceeded. Retry after 13", 13.0),
        ("Too Many Requests", 0.0), ("retry after lunch", 0.0), ("retry after 99999999999", 0.0),
    ],
)  # fmt: skip
def test_a_wait_that_stands_only_in_the_words(words: str, seconds: float) -> None:
    assert in_words(words) == seconds


class Refused:
    def __init__(self, header: str) -> None:
        self.response = self
        self.headers = {"Retry-After": header}


@pytest.mark.parametrize("header", ["inf", "nan", "-5", "1e308", "soon", ""])
def test_slack_is_never_waited_for_without_an_end_nor_asked_without_a_pause(header: str) -> None:
    """A negative wait made every pause shorter and the patience longer; an endless one closed the
    console for ever."""
    assert retry_after(Refused(header)) == 0.0  # type: ignore[arg-type]


def test_the_console_hears_a_wait_of_which_only_the_words_tell() -> None:
    said = b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7"}'
    assert Requests.parse_json_payload(said)["parameters"] == {"retry_after": 7}
    said = b'{"ok":false,"error_code":429,"parameters":{"retry_after":0.4}}'
    assert Requests.parse_json_payload(said)["parameters"] == {"retry_after": 1}
