"""The ledger beside what people really received, person by person."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from broadcast.outcome import Reason
from broadcast.states import OPEN_DELIVERIES, BroadcastStatus, DeliveryStatus

_S = DeliveryStatus
MOST_AHEAD_SECONDS = 0.2  # of sending, claimed and not begun (docs/decisions/0001)
_ENDED = frozenset({BroadcastStatus.COMPLETED, BroadcastStatus.CANCELLED})


@dataclass(frozen=True)
class Books:
    """What the database says of one broadcast: (status, reason) by address."""

    status: str
    pause_reason: str
    planned_total: int
    deliveries: dict[str, tuple[DeliveryStatus, str]]

    @classmethod
    def read(cls, database: Path, broadcast_id: int) -> Books:
        with connect(database) as db:
            status, reason, planned = db.execute(
                "SELECT status, pause_reason, planned_total FROM broadcast WHERE broadcast_id = ?",
                (broadcast_id,),
            ).fetchone()
            rows = db.execute(
                """SELECT a.value, d.status, COALESCE(d.reason, '') FROM delivery d
                JOIN address a ON a.address_id = d.address_id WHERE d.broadcast_id = ?""",
                (broadcast_id,),
            )
            found = {value: (_S(number), why) for value, number, why in rows}
        return cls(status, reason, planned, found)

    def counts(self) -> Counter[DeliveryStatus]:
        return Counter(status for status, _ in self.deliveries.values())

    @property
    def open(self) -> int:
        return sum(n for status, n in self.counts().items() if status in OPEN_DELIVERIES)

    def uncertain(self, reason: Reason | None = None) -> set[str]:
        """Whom we are not sure about, for this reason or any."""
        return {
            value
            for value, (status, why) in self.deliveries.items()
            if status == _S.UNCERTAIN and reason in {None, why}
        }


def connect(database: Path) -> sqlite3.Connection:
    """To look, never to write; waits for nobody."""
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5.0)


class Claim(NamedTuple):
    """A delivery whose intent is on disk: its try may have begun, or not."""

    channel: str
    address: str
    attempt: int


def claims(database: Path) -> list[Claim]:
    """Those without a result."""
    with connect(database) as db:
        rows = db.execute(
            """SELECT a.channel, a.value, d.attempt FROM delivery d
            JOIN address a ON a.address_id = d.address_id WHERE d.status = ?""",
            (_S.IN_FLIGHT,),
        )
        return [Claim(*row) for row in rows]


def ahead(
    found: Iterable[Claim], asked: Mapping[tuple[str, str], int], rates: Mapping[str, float]
) -> dict[str, float]:
    """Of what was claimed, how much had never been asked for: seconds of sending, by channel.
    `asked`: how often each (channel, address) was, before and at this try."""
    never = Counter(
        one.channel for one in found if asked.get((one.channel, one.address), 0) < one.attempt
    )
    return {channel: count / rates[channel] for channel, count in never.items()}


def too_far_ahead(seconds: float, rate: float) -> bool:
    """One may always be claimed; more, for as long as is promised."""
    return round(seconds * rate) > max(1, MOST_AHEAD_SECONDS * rate)


class End(StrEnum):
    """After what nothing more may come."""

    STOP = "stop"  # confirmed, by this person
    CANCEL = "cancel"
    EXPIRED_APPROVAL = "expired_approval"  # void, and not given again


@dataclass(frozen=True)
class Silence:
    """`before`: how many had come to each address (of a STOP: to this one) when it began."""

    end: End
    before: Mapping[str, int]
    address: str = ""

    def broken(self, received: Mapping[str, int]) -> list[str]:
        """Who got something all the same, once for each message."""
        heard = {self.address: received.get(self.address, 0)} if self.address else received
        return [
            f"{who} after {self.end.value}"
            for who, count in heard.items()
            for _ in range(count - self.before.get(who, 0))
        ]


@dataclass
class Verdict:
    """What did not hold. `wrong` are sentences; lost and twice are people; `after`: who got
    something after what."""

    lost: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    after: dict[End, list[str]] = field(default_factory=lambda: {end: [] for end in End})

    @property
    def holds(self) -> bool:
        return not (self.lost or self.sent_twice or self.wrong or any(self.after.values()))

    def hear(self, silences: Iterable[Silence], received: Mapping[str, int]) -> None:
        """Whether each of them lasted until now."""
        for one in silences:
            self.after[one.end] += one.broken(received)


def judge(
    books: Books, received: Mapping[str, int], audience: set[str], resent: set[str]
) -> Verdict:
    """`audience`: who had to be planned; `resent`: whom an admin chose to send to once more."""
    found = Verdict()
    _judge_people(found, books, received, resent)
    if books.status not in _ENDED:
        found.wrong.append(f"it ended as {books.status} {books.pause_reason}")
    if books.open:
        found.wrong.append(f"{books.open} deliveries are open although it is {books.status}")
    if books.planned_total != len(books.deliveries):
        found.wrong.append(f"{books.planned_total} planned, {len(books.deliveries)} rows")
    if books.status == BroadcastStatus.COMPLETED:
        found.lost += sorted(audience - books.deliveries.keys())
    if strangers := received.keys() - books.deliveries.keys():
        found.wrong.append(f"{len(strangers)} people received it without being planned")
    return found


def _judge_people(
    found: Verdict, books: Books, received: Mapping[str, int], resent: set[str]
) -> None:
    for value, (status, _) in books.deliveries.items():
        count = received.get(value, 0)
        most = 2 if value in resent else 1
        if count > most:
            found.sent_twice.append(f"{value} ({status.name.lower()}, {count} times)")
        if status >= _S.SENT and count < 1:
            found.lost.append(f"{value} (sent, never received)")
        if status in {_S.FAILED, _S.SKIPPED} and count and value not in resent:
            found.wrong.append(f"{value} is {status.name.lower()} but received it")
