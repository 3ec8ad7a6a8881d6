"""When to stop by ourselves: dangers, their limits, a window over the last results (pure)."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum

from broadcast.outcome import Reason
from broadcast.states import DeliveryStatus

_PREFIX = "safety:"
_TOLD_REASONS = 3
_FEWEST = 3  # one or two among a handful say nothing
_ENDED = frozenset(s for s in DeliveryStatus if s >= DeliveryStatus.UNCERTAIN) - {
    DeliveryStatus.SKIPPED
}


class Danger(StrEnum):
    """What can go wrong for many; each class of error has a limit of its own."""

    FAILED = "failed"  # refused for other reasons than below
    BLOCKED = "blocked"  # they blocked us, or are gone
    UNAVAILABLE = "unavailable"  # the platform is down: going on only uses up the tries
    UNCERTAIN = "uncertain"  # no answers
    OPT_OUT = "opt_out"  # people leave


_GONE = frozenset({Reason.BLOCKED, Reason.DEACTIVATED, Reason.UNREACHABLE})


@dataclass(frozen=True)
class Limits:
    """Percent of the last `window` results at which a broadcast stops itself; 0: not watched.

    People who leave are counted against everybody sent to since the start, from `window` on.
    `opening`: so many refused or unanswered on one account, before anybody there has got it, stop it
    as well; 0: not watched.
    """

    window: int = 200
    failed: float = 20.0
    blocked: float = 40.0
    unavailable: float = 50.0
    uncertain: float = 20.0
    opt_out: float = 5.0
    opening: int = 8

    def of(self, danger: Danger) -> float:
        return float(getattr(self, danger.value))

    def reached(self, danger: Danger, count: int, of: int) -> bool:
        limit = self.of(danger)
        return bool(limit and count >= _FEWEST and count * 100 >= limit * of)


@dataclass(frozen=True)
class Alarm:
    """Why a broadcast stopped itself: `count` of the last `of`, and the commonest reasons."""

    danger: Danger
    count: int
    of: int
    reasons: tuple[tuple[str, int], ...] = ()
    canary: bool = False

    def written(self) -> str:
        """As it is kept in `Broadcast.pause_reason`."""
        parts = [self.danger.value, self.count, self.of, list(self.reasons), self.canary]
        return _PREFIX + json.dumps(parts)

    @classmethod
    def read(cls, written: str) -> Alarm | None:
        """None for any other reason of a pause."""
        if not written.startswith(_PREFIX):
            return None
        danger, count, of, reasons, canary = json.loads(written.removeprefix(_PREFIX))
        why = tuple((str(name), int(number)) for name, number in reasons)
        return cls(Danger(danger), count, of, why, canary)


def danger_of(status: DeliveryStatus, reason: str) -> Danger | None:
    """What a result adds to; None for those that are well."""
    match status:
        case DeliveryStatus.FAILED:
            return Danger.BLOCKED if reason in _GONE else Danger.FAILED
        case DeliveryStatus.DEFERRED:
            return Danger.UNAVAILABLE if reason == Reason.UNAVAILABLE else None
        case DeliveryStatus.UNCERTAIN:
            return Danger.UNCERTAIN
    return None


def judge(
    limits: Limits, results: Counter[tuple[DeliveryStatus, str]], left: int, *,
    waived: frozenset[Danger] = frozenset(), canary: bool = False,
) -> Alarm | None:  # fmt: skip
    """The worst limit these results reach, if any; `left` people opted out meanwhile."""
    total = sum(n for (status, _), n in results.items() if status in _ENDED)
    found = []
    for danger in Danger:
        why = Counter({r: n for (s, r), n in results.items() if danger_of(s, r) == danger})
        count = left if danger == Danger.OPT_OUT else sum(why.values())
        if danger not in waived and limits.reached(danger, count, total):
            reasons = tuple(why.most_common(_TOLD_REASONS))
            found.append(Alarm(danger, count, total, reasons, canary))
    return max(found, key=lambda alarm: alarm.count, default=None)


class Window:
    """The last results of one running broadcast. `saw` and `well` are on the hot path."""

    def __init__(self, limits: Limits, waived: frozenset[Danger] = frozenset()) -> None:
        self._limits, self._waived = limits, waived
        self._seen = 0  # results so far; those that are well are only counted
        self._bad: deque[tuple[int, Danger, str]] = deque()  # with which result it was
        self._counts: Counter[Danger] = Counter()

    def take_success(self) -> None:
        """Take in one result that is no danger."""
        self._seen += 1

    def take_result(self, status: DeliveryStatus, reason: str | None) -> Alarm | None:
        """Take in one result that ended a try; the alarm it sets off."""
        self._seen += 1
        danger = danger_of(status, reason or "")
        if danger is None:
            return None
        while self._bad and self._bad[0][0] <= self._seen - self._limits.window:
            self._counts[self._bad.popleft()[1]] -= 1
        self._bad.append((self._seen, danger, reason or ""))
        self._counts[danger] += 1
        count, full = self._counts[danger], self._seen >= self._limits.window
        if not full or danger in self._waived or not self._reached(danger, count):
            return None
        why = Counter(reason for _, kind, reason in self._bad if kind == danger)
        return Alarm(danger, count, self._limits.window, tuple(why.most_common(_TOLD_REASONS)))

    def _reached(self, danger: Danger, count: int) -> bool:
        return self._limits.reached(danger, count, self._limits.window)


_FINAL = frozenset({Danger.FAILED, Danger.UNCERTAIN})  # what no later try of ours mends


class Streak:
    """Results of one account in a row, none of them well: small houses never fill a window.

    Until the first success few may be on their way, so that a gateway that swallows everything gets
    few. Later only silence counts, twice as long: a refusal shows that somebody is there.
    """

    def __init__(self, limits: Limits, waived: frozenset[Danger] = frozenset()) -> None:
        self._limit = limits.opening
        self._watched = frozenset(danger for danger in _FINAL - waived if limits.of(danger))
        self.opened = not self._limit or bool(_FINAL & waived)  # somebody got it, or need not
        self.dirty = True  # whether a success would change anything
        self._run: list[tuple[Danger, str]] = []

    def room(self, begun: int) -> bool:
        """Whether one more may begin, with `begun` on their way."""
        return self.opened or len(self._run) + begun < self._limit

    def take_success(self) -> None:
        """Take in a success."""
        self.opened, self.dirty = True, False
        self._run.clear()

    def take_result(self, status: DeliveryStatus, reason: str) -> Alarm | None:
        """Take in any other result; the alarm it sets off."""
        danger = danger_of(status, reason)
        if not self._limit or danger is None:
            return None
        if self.opened and danger not in {Danger.UNCERTAIN, Danger.UNAVAILABLE}:
            self._run.clear()
        elif danger in self._watched:
            self._run.append((danger, reason))
            self.dirty = True
            if len(self._run) >= self._limit * (2 if self.opened else 1):
                return self._alarm()
        return None

    def _alarm(self) -> Alarm:
        worst = Counter(danger for danger, _ in self._run).most_common(1)[0][0]
        why = Counter(reason for danger, reason in self._run if danger == worst)
        return Alarm(worst, why.total(), len(self._run), tuple(why.most_common(_TOLD_REASONS)))


_CANARY = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<percent>%)?(?:\s+(?P<ask>ask))?")


@dataclass(frozen=True)
class Canary:
    """The first few: `number` people, or that many percent of all; then a look. Empty: no canary."""

    number: float = 0.0
    percent: bool = False
    asks: bool = False  # an admin says go on, instead of the rates

    @classmethod
    def read(cls, written: str) -> Canary:
        """`500`, `5%`, either with ` ask`, or `off`. Raises ValueError."""
        if written.strip().lower() in {"", "off"}:
            return cls()
        found = _CANARY.fullmatch(written.strip().lower())
        if found is None:
            raise ValueError(
                "a canary is a number of people such as 500, a share such as 5%, or off"
            )
        number = float(found["number"].replace(",", "."))
        percent = found["percent"] is not None
        if not number or (percent and number >= 100) or (not percent and not number.is_integer()):
            raise ValueError("a canary is at least one person and less than everybody")
        return cls(number, percent, found["ask"] is not None)

    def __str__(self) -> str:
        if not self.number:
            return "off"
        return f"{self.number:g}{'%' if self.percent else ''}{' ask' if self.asks else ''}"

    def size(self, planned: int) -> int:
        """How many people go first; 0 when there is nothing to hold back."""
        first = max(1, round(planned * self.number / 100)) if self.percent else int(self.number)
        return first if self.number and first < planned else 0
