"""A crowd that comes the way people do: it writes, reads the answer, presses the button, or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channels._kit.sandbox_world import People

Json = dict[str, Any]
_STARTED, _ANSWERED, _PRESSED, _CONFIRMED, _SILENT = 1, 2, 3, 4, 5
_BACKLOG = 2000  # notifications not yet posted at which the crowd waits for the product


@dataclass(slots=True, frozen=True)
class Wish:
    """What the crowd shall do."""

    offset: int
    count: int
    opt_in_share: float = 0.9
    block_share: float = 0.0
    rate: float = 0.0  # people a second; 0: as fast as the product answers
    button: str = "s:"  # the button they press begins with this


@dataclass(slots=True, frozen=True)
class Acts:
    """How one platform's people do it; each takes the index of a person."""

    come: Callable[[int], bool]  # False: this person is not on the platform
    press: Callable[[int, Json, Json], Any]  # the bubble and the button in it
    block: Callable[[int], Any]
    waiting: Callable[[], int]  # notifications not yet posted


class Crowd:
    """People offset..offset+count walking through the door; driven by the answers they get."""

    def __init__(self, number: int, people: People, acts: Acts, wish: Wish) -> None:
        self.counts = dict.fromkeys(
            ("started", "absent", "answered", "pressed", "silent", "confirmed", "blocked"), 0
        )
        self._number = number
        self._people = people
        self._acts = acts
        self._wish = wish
        self._state = bytearray(wish.count)
        self._task = asyncio.get_running_loop().create_task(self._walk())

    def close(self) -> None:
        """The crowd goes home."""
        self._task.cancel()

    def describe(self) -> Json:
        """Progress. `done`: everybody came and was answered, and who pressed heard back."""
        counts = self.counts
        failed = self._task.done() and not self._task.cancelled() and self._task.exception()
        answered = counts["answered"] >= counts["started"]
        settled = answered and counts["confirmed"] >= counts["pressed"]
        return {
            "crowd": self._number,
            "count": self._wish.count,
            **counts,
            "done": self._task.done() and settled,
            "error": repr(failed) if failed else None,
            "waiting": self._acts.waiting(),
        }

    async def _walk(self) -> None:
        began = time.monotonic()
        for place in range(self._wish.count):
            while self._acts.waiting() > _BACKLOG:
                await asyncio.sleep(0.02)
            if self._wish.rate:
                ahead = place / self._wish.rate - (time.monotonic() - began)
                if ahead > 0.005:
                    await asyncio.sleep(ahead)
            elif place % 50 == 49:
                await asyncio.sleep(0)  # the product's requests want to be served too
            self._state[place] = _STARTED
            there = self._acts.come(self._wish.offset + place)
            self.counts["started" if there else "absent"] += 1

    def hear(self, index: int, bubble: Json) -> None:
        """A message was sent to somebody: perhaps one of us, perhaps with the button."""
        place = index - self._wish.offset
        if not 0 <= place < self._wish.count:
            return
        state = self._state[place]
        if state == _PRESSED:
            self._state[place] = _CONFIRMED
            self.counts["confirmed"] += 1
            if self._people.draw(index, "blocks") < self._wish.block_share:
                self.counts["blocked"] += 1
                self._acts.block(index)
            return
        if state not in (_STARTED, _ANSWERED):
            return
        if state == _STARTED:
            self._state[place] = _ANSWERED
            self.counts["answered"] += 1
        button = self._wanted(bubble)
        if button is None:
            return
        if self._people.draw(index, "opts in") < self._wish.opt_in_share:
            self._state[place] = _PRESSED
            self.counts["pressed"] += 1
            # Not from inside the product's own request: it must have its answer first.
            asyncio.get_running_loop().call_soon(self._acts.press, index, bubble, button)
        else:
            self._state[place] = _SILENT
            self.counts["silent"] += 1

    def _wanted(self, bubble: Json) -> Json | None:
        for button in (*bubble.get("buttons", ()), *bubble.get("quick_replies", ())):
            if str(button.get("id", "")).startswith(self._wish.button):
                return dict(button)
        return None


def wish_of(data: Json, people: int) -> Wish:
    """Reads what the control API was asked for."""
    offset = int(data.get("offset", 0))
    count = int(data.get("count", people - offset))
    if count < 0 or offset < 0 or offset + count > people:
        raise ValueError(f"there are only {people} people")
    return Wish(
        offset=offset,
        count=count,
        opt_in_share=float(data.get("opt_in_share", 0.9)),
        block_share=float(data.get("block_share", 0.0)),
        rate=float(data.get("rate") or 0.0),
        button=str(data.get("button", "s:")),
    )
