"""A wall clock the harness can move under a running product.

Only dates move; spans (time.monotonic, the boot clock) run on, as when an operator or NTP sets the
clock of a real machine.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

from broadcast import clock

_SIZE = 8
_real_time = time.time
_shared: mmap.mmap | None = None


def set_offset(file: Path, seconds: float) -> None:
    """Move the wall clock of every product that follows this file."""
    with file.open("r+b" if file.exists() else "w+b") as opened:
        opened.write(struct.pack("d", seconds))


def follow(file: Path) -> None:
    """In the product's process: read the offset from here, at every look at the clock."""
    global _shared
    with file.open("rb") as opened:
        _shared = mmap.mmap(opened.fileno(), _SIZE, access=mmap.ACCESS_READ)
    # The process counts on from its own start, not from the import in the process it was forked of.
    clock._began = time.time() - clock.steady()


def _offset() -> float:
    return 0.0 if _shared is None else float(struct.unpack("d", _shared[:_SIZE])[0])


def _time() -> float:
    return _real_time() + _offset()


class _Shifted(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return datetime.now(tz) + timedelta(seconds=_offset())  # type: ignore[return-value]


def install() -> None:
    """Before anything of the product looks at a clock."""
    time.time = _time
    clock.datetime = _Shifted  # type: ignore[attr-defined]
