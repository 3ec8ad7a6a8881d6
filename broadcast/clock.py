"""Time comes from here, so that tests can hold it: dates aware and in UTC, spans that never jump."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
# Linux's monotonic clock stands still while the machine sleeps; this one goes on.
_STEADY = getattr(time, "CLOCK_BOOTTIME", None)


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds since some moment, for spans only: no correction of the wall clock moves it."""
    return time.monotonic() if _STEADY is None else time.clock_gettime(_STEADY)


_began = time.time() - steady()


def steady_unix() -> float:
    """Unix seconds as this process counts them on from its start, whatever the wall clock does.

    For moments we set ourselves (a retry is due): a jump must neither hurry nor delay them.
    """
    return _began + steady()
