"""How much WhatsApp lets a business send: per number, pair, portfolio and person. Adjustable."""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass

from channels._kit.graph.simulator.clock import DAY

TIERS = {
    "TIER_250": 250,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": 0,
}
UNCAPPED = frozenset(  # no marketing cap for people here: EEA, United Kingdom, Japan, South Korea
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IS",
        "IE",
        "IT",
        "LV",
        "LI",
        "LT",
        "LU",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "GB",
        "JP",
        "KR",
    ]
)


@dataclass(slots=True)
class Limits:
    """The numbers; the control API may change them while everything runs. 0 lifts a limit."""

    per_second: float = 80.0  # messages of one number, in and out together
    pair_seconds: float = 6.0  # one message to the same person in this time …
    pair_burst: int = 45  # … after a burst of so many
    marketing_per_day: int = 2  # marketing templates one person gets from us
    holdout_share: float = 0.01  # people who are part of an experiment (130472)
    management_per_hour: int = 5_000  # calls about templates and numbers, per app and account
    creates_per_hour: int = 100
    templates: int = 250  # in one account
    budget_code: int = 131048  # what exceeding the 24-hour budget answers; Meta names no code


class Budget:
    """Unique people written to outside their window in the last 24 hours, by a whole portfolio."""

    def __init__(self, tier: str) -> None:
        self.tier = tier
        self._counted: deque[tuple[float, int]] = deque()  # when, whom (by index)
        self._now_counted: set[int] = set()

    @property
    def limit(self) -> int:
        """People in 24 hours; 0: no limit."""
        return TIERS[self.tier]

    def used(self, now: float) -> int:
        """People counted in the last 24 hours."""
        counted = self._counted
        while counted and counted[0][0] <= now - DAY:
            self._now_counted.discard(counted.popleft()[1])
        return len(self._now_counted)

    def admits(self, now: float, index: int) -> bool:
        """Whether this person may be written to outside their window."""
        used = self.used(now)
        return not self.limit or used < self.limit or index in self._now_counted

    def count(self, now: float, index: int) -> None:
        """A conversation was opened by us."""
        if index not in self._now_counted:
            self._now_counted.add(index)
            self._counted.append((now, index))


class Caps:
    """How many marketing messages each person got in the 24 hours since the first of them."""

    def __init__(self) -> None:
        self._since = array("I")  # seconds since 1970
        self._count = bytearray()

    def full(self, now: float, index: int, limit: int) -> bool:
        """Whether this person gets no more for now."""
        if not limit or index >= len(self._since):
            return False
        return self._since[index] > now - DAY and self._count[index] >= limit

    def count(self, now: float, index: int) -> None:
        """One more went out to this person."""
        if index >= len(self._since):
            more = index + 1 - len(self._since)
            self._since.extend([0] * more)
            self._count.extend(bytes(more))
        if self._since[index] <= now - DAY:
            self._since[index], self._count[index] = int(now), 0
        self._count[index] = min(self._count[index] + 1, 255)
