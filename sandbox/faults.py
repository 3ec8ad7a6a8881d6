"""Faults on request: what goes wrong, for which method or person, how often. Seeded."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from fnmatch import fnmatch
from typing import Any

KINDS = (
    "latency",  # seconds (+ up to jitter) before anything happens
    "error",  # status, description, html; delivered=true: the message went out all the same
    "drop_before",  # the connection closes, nothing was done
    "drop_after",  # done, but the connection closes instead of an answer
    "flood",  # 429 with retry_after; hold=true: everything answers 429 until it has passed
    "garbage",  # done, and answered with 200 and a body that is not JSON
    "unknown_method",  # 404, as an API that does not know the method
    "code",  # the platform's own error by number: code, subcode; when: answer, webhook or both
)


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong. `count` None: for ever; `skip` calls go well first; `lasts`:
    seconds after which it is over, 0 for never."""

    kind: str
    id: int = 0
    channel: str = "*"
    method: str = "*"
    person: int | None = None
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    seconds: float = 0.0
    jitter: float = 0.0
    status: int = 500
    description: str = ""
    html: bool = False
    delivered: bool = False
    retry_after: int = 5
    hold: bool = False
    code: int = 0
    subcode: int = 0
    when: str = "answer"
    lasts: float = 0.0
    seed: int = 0
    hits: int = 0
    random: random.Random = field(default_factory=random.Random, repr=False)
    begun: float = field(default_factory=time.monotonic, repr=False)

    def describe(self) -> dict[str, Any]:
        """The fault as the control API shows it."""
        names = (f.name for f in fields(self) if f.name not in ("random", "begun"))
        return {name: getattr(self, name) for name in names}

    def strikes(self) -> bool:
        """Whether it happens this time; counts it when it does."""
        if self.lasts and time.monotonic() >= self.begun + self.lasts:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        if self.probability < 1.0 and self.random.random() >= self.probability:
            return False
        self.hits += 1
        return True


class Faults:
    """The faults in force."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self._faults: list[Fault] = []
        self._next_id = 1
        self.asked: Counter[tuple[str, str, int]] = Counter()  # calls by channel, method, person

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, **wish: Any) -> Fault:
        """Puts a fault in force. Raises ValueError for a kind or field nobody knows."""
        allowed = {
            "kind", "channel", "method", "person", "probability", "count", "skip", "seconds",
            "jitter", "status", "description", "html", "delivered", "retry_after", "hold", "seed",
            "code", "subcode", "when", "lasts",
        }  # fmt: skip
        unknown = set(wish) - allowed
        if unknown:
            raise ValueError(f"unknown field {sorted(unknown)[0]!r}; there are {sorted(allowed)}")
        if wish.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if wish.get("when", "answer") not in ("answer", "webhook", "both"):
            raise ValueError("when must be answer, webhook or both")
        fault = Fault(**wish)
        fault.id = self._next_id
        self._next_id += 1
        fault.random = random.Random(fault.seed or self.seed * 1_000_003 + fault.id)
        self._faults.append(fault)
        return fault

    def remove(self, fault_id: int | None = None) -> int:
        """Ends one fault, or all of them; says how many."""
        before = len(self._faults)
        self._faults = [f for f in self._faults if fault_id is not None and f.id != fault_id]
        return before - len(self._faults)

    def all(self) -> list[Fault]:
        """Every fault in force, spent ones included."""
        return list(self._faults)

    def strike(
        self, channel: str, method: str, person: int | None, named: bool = False
    ) -> list[Fault]:
        """The faults that happen to this call: any latency, and at most one of the others.

        `named`: only those that name the method, for what is not a method of the API proper.
        """
        if person is not None:
            self.asked[channel, method, person] += 1
        if not self._faults:
            return []
        struck: list[Fault] = []
        for fault in self._faults:
            if fault.channel not in ("*", channel):
                continue
            if named and fault.method == "*":
                continue
            if fault.method != "*" and not fnmatch(method.lower(), fault.method.lower()):
                continue  # "send*" names every method that sends
            if fault.person is not None and fault.person != person:
                continue
            if fault.kind != "latency" and any(f.kind != "latency" for f in struck):
                continue
            if fault.strikes():
                struck.append(fault)
        return struck
