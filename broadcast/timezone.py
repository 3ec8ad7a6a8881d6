"""Time zones by the names people know: a city, in any spelling (pure)."""

from __future__ import annotations

import difflib
from functools import cache
from zoneinfo import available_timezones

from broadcast.consent import keyword

# Where a console's first users are likely to be, west to east.
USUAL = (
    "America/Los_Angeles", "America/New_York", "UTC", "Europe/London", "Europe/Berlin",
    "Europe/Istanbul", "Asia/Dubai", "Asia/Kolkata", "Asia/Tokyo",
)  # fmt: skip
_AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian",
          "Pacific")  # fmt: skip


@cache
def _cities() -> dict[str, str]:
    """`istanbul`, `new york`, `europe istanbul` to the zone."""
    found: dict[str, str] = {}
    for zone in sorted(available_timezones()):
        if zone == "UTC" or zone.split("/")[0] in _AREAS:
            found[keyword(zone)] = zone
            found.setdefault(keyword(zone.rsplit("/", 1)[-1]), zone)
    # Asia/Istanbul is an old name of the same clock; people mean the European one.
    return found | {"istanbul": "Europe/Istanbul"}


def find(text: str) -> str:
    """The zone a person means by `Europe/Istanbul`, `istanbul` or `İSTANBUL`; empty: none."""
    return _cities().get(keyword(text), "")


def near(text: str, limit: int = 4) -> list[str]:
    """Zones whose names look like what was written."""
    found = difflib.get_close_matches(keyword(text), _cities(), limit, 0.6)
    return list(dict.fromkeys(_cities()[name] for name in found))
