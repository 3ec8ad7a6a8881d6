"""How much of an allowance is used up: Graph says so with every answer; heeded before it says no.

X-App-Usage is one object of percentages, X-Business-Use-Case-Usage lists some for each business
object, with the minutes until access comes back (facts 2, Rate). Both are of a rolling hour or day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from broadcast.channel import Pace
from broadcast.lenient_json import a_text

_EASE_FROM, _REST_FROM = 75, 95  # percent
_MOST_MINUTES = 60
_REST_SECONDS = 5.0  # between two looks, while nothing says for how long
_PERCENTAGES = ("call_count", "total_cputime", "total_time")
# Calls about templates and numbers have an allowance of their own: no message counts in it.
_NOT_MESSAGES = "_management"


class Usage:
    """One account's. From three quarters on broadcasts go slower, near the end they rest."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._last: tuple[str | None, str | None] = (None, None)
        self._share, self._wait = 0, 0.0

    def note_account_event(self, headers: Mapping[str, str]) -> None:
        """On the hot path: what says the same as before is not read again."""
        said = (headers.get("X-App-Usage"), headers.get("X-Business-Use-Case-Usage"))
        if said != self._last:
            self._last = said
            before, (self._share, self._wait) = self._share, read(*said)
            if max(before, self._share) > _EASE_FROM:
                self._pace.ease((_REST_FROM - self._share) / (_REST_FROM - _EASE_FROM))
        if self._share >= _REST_FROM:
            self._pace.close_for(self._wait or _REST_SECONDS)


def read(app: str | None, business: str | None) -> tuple[int, float]:
    """(percent used of whatever is nearest to its end, seconds until access comes back). Anything
    odd is nothing."""
    share, wait = 0, 0.0
    for one in (_decoded(app), *_of_messages(_decoded(business))):
        if not isinstance(one, dict):
            continue
        numbers = [one.get(name) for name in _PERCENTAGES]
        share = max([share, *(int(min(n, 1000)) for n in numbers if isinstance(n, int | float))])
        minutes = one.get("estimated_time_to_regain_access")
        wait = max(
            wait, 60.0 * min(minutes, _MOST_MINUTES) if isinstance(minutes, int | float) else 0.0
        )
    return share, wait


def _of_messages(business: Any) -> Iterator[Any]:
    for listed in business.values() if isinstance(business, dict) else ():
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and not a_text(one.get("type")).endswith(_NOT_MESSAGES):
                yield one


def _decoded(text: str | None) -> Any:
    try:
        return orjson.loads(text or "null")
    except orjson.JSONDecodeError:
        return None
