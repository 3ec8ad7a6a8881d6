"""For how long a platform asks to be left alone, however it says so (pure)."""

from __future__ import annotations

import math
import re
from email.utils import parsedate_to_datetime
from time import time

LONGEST_SECONDS = 30 * 86_400.0  # what is longer than that was not meant
_IN_WORDS = re.compile(r"retry after (\d{1,7})\b", re.IGNORECASE)


def a_wait(value: object, now: float | None = None) -> float:
    """Seconds: a number, one in a string, or an HTTP date (RFC 9110) against `now` in Unix seconds.
    Never negative or endless; 0 for what says nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        seconds = _until(str(value), time() if now is None else now)
    return seconds if math.isfinite(seconds) and 0 < seconds <= LONGEST_SECONDS else 0.0


def in_words(text: str) -> float:
    """The same of a sentence such as "Too Many Requests: retry after 5"; 0 where it names none."""
    found = _IN_WORDS.search(text)
    return a_wait(found[1]) if found else 0.0


def _until(date: str, now: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError):
        return 0.0
