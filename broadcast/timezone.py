"""Time zones by the names people know: an IANA name, or a city in any spelling (pure)."""

from __future__ import annotations

import difflib
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from broadcast.wording.folding import phrase

# Where a console's first users are likely to be, west to east.
USUAL = (
    "America/Los_Angeles", "America/New_York", "UTC", "Europe/London", "Europe/Berlin",
    "Europe/Istanbul", "Asia/Dubai", "Asia/Kolkata", "Asia/Tokyo",
)  # fmt: skip
_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
          "Indian", "Pacific")  # fmt: skip
_LONGEST = 100  # letters of a place's name that are worth comparing
_MOST_WORDS = 4  # of a city's name in a sentence


@cache
def _all() -> frozenset[str]:
    """Every IANA name here; `localtime` is this machine's own and no name."""
    return frozenset(available_timezones()) - {"localtime"}


@cache
def _spellings() -> dict[str, str]:
    return {name.casefold(): name for name in _all()}


def known(name: str) -> bool:
    """Whether this is an IANA name, spelled exactly so."""
    return name in _all()


def named(name: str) -> str:
    """The IANA name itself, in whatever capitals it was written; empty: there is none such."""
    return _spellings().get(name.strip().casefold(), "")


def zone(name: str) -> ZoneInfo:
    """A stored zone, for reckoning; UTC for one that this machine does not know (any more)."""
    return ZoneInfo(name if known(name) else "UTC")


@cache
def _cities() -> dict[str, str]:
    """`istanbul`, `new york`, `europe istanbul` to the zone."""
    found: dict[str, str] = {}
    for name in sorted(_all()):
        if name == "UTC" or name.split("/")[0] in _AREAS:
            found[phrase(name)] = name
            found.setdefault(phrase(name.rsplit("/", 1)[-1]), name)
    # Asia/Istanbul is an old name of the same clock; people mean the European one.
    return found | {"istanbul": "Europe/Istanbul"}


def find(text: str) -> str:
    """The zone a person means by `Europe/Istanbul`, `istanbul` or `İSTANBUL`; empty: none."""
    if name := named(text):
        return name
    place = phrase(text[:_LONGEST])
    return _cities().get(place, "") if place else ""


def near(text: str, limit: int = 4) -> list[str]:
    """Zones whose cities a sentence names, then those whose names look like what was written."""
    place = phrase(text[:_LONGEST])
    if not place:
        return []
    parts = place.split()
    runs = (
        " ".join(parts[at : at + size])
        for size in range(min(_MOST_WORDS, len(parts)), 0, -1)
        for at in range(len(parts) - size + 1)
    )
    cities = _cities()
    found = [cities[run] for run in runs if run in cities]
    found += [cities[name] for name in difflib.get_close_matches(place, cities, limit, 0.6)]
    return list(dict.fromkeys(found))[:limit]
