"""How much one person may put before us, so that nobody stands in everybody's way (pure).

A burst of turns and bytes, then a trickle. What comes beyond it is counted and not kept, with one
exception: who asks to leave is heard, also a few times in a row. Not every such word leaves (one may
be doubtful in their language, a block closes one address), so the next may be the one that does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

TURNS, TURNS_PER_SECOND = 20.0, 0.5
BYTES, BYTES_PER_SECOND = 256 * 1024.0, 4 * 1024.0
READS, READS_PER_SECOND = (
    40.0,
    4.0,
)  # of the surplus, slips and all; more only if short and well spelt
LEAVES, LEAVES_PER_SECOND = 5.0, 0.1  # in a row, beyond the turns
REMEMBERED = 20_000  # people; whoever was silent longest is forgotten, and begins anew


@dataclass(slots=True)
class _Allowance:
    at: float
    turns: float = TURNS
    bytes: float = BYTES
    reads: float = READS
    leaves: float = LEAVES
    left: bool = False  # the last that was taken of them asked to leave


class Bounds:
    """`takes` says whether to keep one more of somebody's updates, and counts it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._people: OrderedDict[str, _Allowance] = OrderedDict()
        self.surplus = 0  # of everybody, since the start

    def takes(self, who: str, size: int, leaves: bool) -> bool:
        """`size` in bytes; `leaves`: it asks to leave."""
        own = self._of(who)
        if own.turns >= 1 and own.bytes >= size:
            own.turns -= 1
            own.bytes -= size
        elif not leaves or (own.left and own.leaves < 1):
            self.surplus += 1
            return False
        elif own.left:
            own.leaves -= 1
        own.left = leaves
        return True

    def may_read(self, who: str) -> bool:
        """Whether one more of theirs is read for slips too before it is known to be surplus."""
        own = self._of(who)
        if own.turns < 1:
            if own.reads < 1:
                return False
            own.reads -= 1
        return True

    def forget(self, who: str) -> None:
        """It could not be kept: it will come again, and must not count twice."""
        self._people.pop(who, None)

    def _of(self, who: str) -> _Allowance:
        now = self._clock()
        own = self._people.get(who)
        if own is None:
            own = self._people[who] = _Allowance(now)
            if len(self._people) > REMEMBERED:
                self._people.popitem(last=False)
            return own
        self._people.move_to_end(who)
        own.turns = min(TURNS, own.turns + (now - own.at) * TURNS_PER_SECOND)
        own.bytes = min(BYTES, own.bytes + (now - own.at) * BYTES_PER_SECOND)
        own.reads = min(READS, own.reads + (now - own.at) * READS_PER_SECOND)
        own.leaves = min(LEAVES, own.leaves + (now - own.at) * LEAVES_PER_SECOND)
        own.at = now
        return own
