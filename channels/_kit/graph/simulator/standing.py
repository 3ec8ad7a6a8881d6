"""How a page or a number stands with people: who wrote when, and what is marked about them."""

from __future__ import annotations

from array import array

from channels._kit.graph.simulator.clock import DAY


class Standing:
    """People by index; both tables grow with the last one that was heard of."""

    def __init__(self) -> None:
        self._heard = array("I")  # when they last wrote, seconds since 1970
        self._flags = bytearray()

    def flags(self, index: int) -> int:
        """How the person at an index stands."""
        return self._flags[index] if index < len(self._flags) else 0

    def mark(self, index: int, flag: int, on: bool) -> None:
        """Changes it."""
        if index >= len(self._flags):
            self._flags.extend(bytes(index + 1 - len(self._flags)))
        self._flags[index] = self._flags[index] | flag if on else self._flags[index] & ~flag

    def hear(self, index: int, now: float) -> None:
        """They wrote or pressed: the 24-hour window opens."""
        if index >= len(self._heard):
            self._heard.extend([0] * (index + 1 - len(self._heard)))
        self._heard[index] = int(now)

    def knows(self, index: int) -> bool:
        """Whether this person ever wrote."""
        return index < len(self._heard) and bool(self._heard[index])

    def window_ends(self, index: int) -> float:
        """When the window closes (or closed); 0: they never wrote."""
        return self._heard[index] + DAY if self.knows(index) else 0.0

    def in_window(self, index: int, now: float) -> bool:
        """Whether anything may be written to them."""
        return now < self.window_ends(index)
