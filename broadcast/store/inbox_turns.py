"""Whose turn it is: each person's updates one after another, people in turn, some before all."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from broadcast.channel import Lane, Said

SLOTS = {Lane.LEAVING: 20, Lane.TEAM: 20, Lane.PEOPLE: 50}  # handled at once


class Kept(NamedTuple):
    """One update on disk."""

    inbox_id: int
    source: str
    event_id: str
    payload: dict[str, Any]
    lane: Lane = Lane.PEOPLE
    sender: str = ""


@dataclass(slots=True, eq=False)
class _Person:
    rows: deque[Kept] = field(default_factory=deque)
    running: bool = False
    taken: Lane = Lane.PEOPLE  # whose place it has, while it runs
    urgent: asyncio.Event = field(default_factory=asyncio.Event)  # one of theirs goes before all

    def lane(self) -> Lane:
        """The most urgent of what they have before us: what came before it goes along, in order."""
        return min(*(row.lane for row in self.rows), Lane.PEOPLE)


Handle = Callable[[Kept, asyncio.Event], Awaitable[Said | None]]
Done = Callable[[Kept, Said | None], None]


class Turns:
    """`handle(row, urgent)` is called for one of a person's rows at a time; `urgent` is set while
    something of theirs that goes before all is there. `done(row, said)` after each."""

    def __init__(self, handle: Handle, done: Done) -> None:
        self._handle, self._done = handle, done
        self._people: dict[str, _Person] = {}
        self._waiting: dict[Lane, OrderedDict[str, _Person]] = {
            lane: OrderedDict() for lane in SLOTS
        }
        self._running = dict.fromkeys(SLOTS, 0)
        self._workers: set[asyncio.Task[None]] = set()

    def put(self, row: Kept) -> None:
        """Behind what else this person has."""
        one = self._people.setdefault(row.sender, _Person())
        one.rows.append(row)
        if row.lane < Lane.PEOPLE:
            one.urgent.set()
        if not one.running:
            self._await_turn(row.sender, one)
            self._start()

    def _await_turn(self, sender: str, one: _Person) -> None:
        lane = one.lane()
        for other, waiting in self._waiting.items():
            if other != lane:
                waiting.pop(sender, None)
        self._waiting[lane].setdefault(sender, one)

    def _start(self) -> None:
        for lane, waiting in self._waiting.items():
            while waiting and self._running[lane] < SLOTS[lane]:
                sender, one = waiting.popitem(last=False)
                one.running, one.taken = True, lane
                self._running[lane] += 1
                worker = asyncio.create_task(self._work(sender, one, lane))
                self._workers.add(worker)
                worker.add_done_callback(self._workers.discard)

    async def _work(self, sender: str, one: _Person, lane: Lane) -> None:
        row = one.rows[0]
        said = await self._handle(row, one.urgent)
        one.rows.popleft()
        one.running = False
        self._running[lane] -= 1
        if not one.rows:
            del self._people[sender]
        else:
            if one.lane() == Lane.PEOPLE:
                one.urgent.clear()
            self._await_turn(sender, one)
        self._done(row, said)
        self._start()

    @contextmanager
    def aside(self, sender: str) -> Iterator[None]:
        """While theirs waits to be tried again it takes nobody's place."""
        lane = self._people[sender].taken
        self._running[lane] -= 1
        self._start()
        try:
            yield
        finally:
            self._running[lane] += 1

    async def close(self) -> None:
        """What is being handled is broken off."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
