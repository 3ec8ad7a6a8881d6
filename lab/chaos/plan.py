"""What goes wrong in one round, drawn from a seed (pure). Times are seconds after the launch."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

PEOPLE = (150, 350)
META_SHARES = {"whatsapp": 0.3, "messenger": 0.2}  # of a house's people, where it is on Meta's too
_SENDS = {"whatsapp": "messages", "messenger": "messages"}
_WINDOW_SAFE_SECONDS = 7200.0  # a clock set further on would close their 24-hour windows
RATE_PER_SECOND = 150.0
_META = 0.35  # share of the houses
_SPAN_SECONDS = 2.5  # in which everything begins: about as long as the sending takes


class Act(StrEnum):
    """What the harness does to the running product."""

    KILL = "kill"
    FREEZE = "freeze"
    FILL_DISK = "fill_disk"
    LOCK_DATABASE = "lock_database"
    MOVE_CLOCK = "move_clock"
    ADMIN = "admin"  # pause, resume or cancel, said in the console
    LEAVE = "leave"  # a subscriber says STOP
    SECOND = "second"  # another process is started on the same database


@dataclass(frozen=True)
class Moment:
    """One act. `value`: how long in seconds, how far the clock moves, or what the admin says."""

    at: float
    act: Act
    value: Any = None


@dataclass(frozen=True)
class Plan:
    """One broadcast's misfortunes. `faults` are what the sandbox is asked for; `meta`: some of the
    people are on WhatsApp and Messenger."""

    number: int
    people: int
    meta: bool
    photo: bool
    scheduled: bool
    resend: bool
    canary: str
    expires: bool  # its approval is void once, and its time passes before it has another
    moments: tuple[Moment, ...]
    faults: tuple[dict[str, Any], ...] = field(default=())

    def count(self, act: Act) -> int:
        return sum(moment.act == act for moment in self.moments)


def houses(seed: int, rounds: int) -> list[list[Plan]]:
    """The rounds, grouped by the database they share: one to four broadcasts each."""
    rng = random.Random(f"{seed}:houses")
    grouped: list[list[Plan]] = []
    number = 0
    while number < rounds:
        size = min(rng.choice((1, 2, 3, 4)), rounds - number)
        people, meta = rng.randint(*PEOPLE), rng.random() < _META
        plans = [draw_plan(seed, number + i + 1, people, meta=meta) for i in range(size)]
        grouped.append(plans)
        number += size
    return grouped


def plan_alone(seed: int, number: int) -> list[list[Plan]]:
    """One round of a longer run, in a house of its own."""
    return [[houses(seed, number)[-1][-1]]]


def draw_plan(seed: int, number: int, people: int, *, meta: bool = False) -> Plan:
    """One round's plan; the same seed and number give the same."""
    rng = random.Random(f"{seed}:{number}")
    photo = rng.random() < 0.4
    moments = [Moment(_when(rng), Act.KILL) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
    if rng.random() < 0.25:
        moments.append(Moment(_when(rng), Act.FREEZE, rng.uniform(0.1, 1.0)))
    if rng.random() < 0.25:
        moments.append(Moment(_when(rng), Act.FILL_DISK, rng.uniform(0.3, 2.0)))
    if rng.random() < 0.25:
        moments.append(Moment(_when(rng), Act.LOCK_DATABASE, rng.uniform(0.3, 2.5)))
    if rng.random() < 0.3:
        moments.append(Moment(_when(rng), Act.MOVE_CLOCK, _far(rng, meta=meta)))
    if rng.random() < 0.35:
        pause = _when(rng)
        moments.append(Moment(pause, Act.ADMIN, "pause"))
        moments.append(Moment(pause + rng.uniform(0.1, 1.0), Act.ADMIN, "resume"))
    if rng.random() < 0.2:
        moments.append(Moment(_when(rng), Act.ADMIN, "cancel"))
    if rng.random() < 0.6:
        moments += [Moment(_when(rng), Act.LEAVE) for _ in range(rng.randint(1, 6))]
    if rng.random() < 0.08:
        moments.append(Moment(_when(rng), Act.SECOND))
    return Plan(
        number=number,
        people=people,
        meta=meta,
        photo=photo,
        scheduled=rng.random() < 0.15,
        resend=rng.random() < 0.2,
        canary=rng.choice(("", "", "", "", "20", "10%")),
        expires=rng.random() < 0.15,
        moments=tuple(sorted(moments, key=lambda moment: moment.at)),
        faults=tuple(_all_faults(rng, photo=photo, meta=meta)),
    )


def _when(rng: random.Random) -> float:
    return rng.uniform(0.0, _SPAN_SECONDS)


def _far(rng: random.Random, *, meta: bool) -> float:
    jump = rng.choice((-1, 1)) * rng.choice((5.0, 60.0, 600.0, 7200.0, 90_000.0))
    return min(jump, _WINDOW_SAFE_SECONDS) if meta else jump


def _all_faults(rng: random.Random, *, photo: bool, meta: bool) -> list[dict[str, Any]]:
    sends = {"telegram": "sendPhoto" if photo else "sendMessage", **(_SENDS if meta else {})}
    return [
        {**fault, "channel": channel, "method": method}
        for channel, method in sends.items()
        for fault in _faults(rng)
    ]


def _faults(rng: random.Random) -> list[dict[str, Any]]:
    """Latency, so that something is in flight when it dies; then some of the usual trouble."""
    found: list[dict[str, Any]] = []
    if rng.random() < 0.8:
        found.append({"kind": "latency", "seconds": rng.uniform(0.0, 0.1), "jitter": 0.1})
    kinds: list[dict[str, Any]] = [
        {"kind": "drop_before", "probability": 0.02},
        {"kind": "drop_after", "probability": 0.02},
        {"kind": "garbage", "probability": 0.02},
        {"kind": "error", "status": 500, "probability": 0.02},
        {"kind": "error", "status": 502, "html": True, "probability": 0.01},
        {"kind": "error", "status": 504, "html": True, "delivered": True, "probability": 0.01},
        {"kind": "flood", "retry_after": 1, "count": rng.randint(1, 3), "skip": rng.randint(0, 80)},
        {"kind": "error", "status": 500, "count": 150, "skip": rng.randint(0, 80)},
        {"kind": "latency", "seconds": 31.0, "count": 1, "skip": rng.randint(0, 80)},
    ]
    weights = (3, 3, 3, 3, 3, 3, 3, 1, 0.3)
    for kind in rng.choices(kinds, weights, k=rng.randint(0, 4)):
        found.append({**kind, "seed": rng.randrange(1, 1 << 30)})
    return found
