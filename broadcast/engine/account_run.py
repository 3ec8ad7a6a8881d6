"""One account's part of a run. It waits while nobody knows that what would leave there was approved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broadcast.context import Core
from broadcast.engine.circuit_breaker import Guard
from broadcast.engine.daily_allowance import Budget
from broadcast.engine.fanout import Ending, Fanout
from broadcast.engine.pacing import Pacer
from broadcast.models import Broadcast
from broadcast.outcome import Refused
from broadcast.services import compose
from broadcast.services.templates import Key
from broadcast.store.deliveries import Ledger


class Part:
    """Runs fan-outs of one account, one after another: `begin(again)` makes the next. `shut` ends
    the one that runs, what is in flight finishes; `open` lets the next begin."""

    def __init__(self, begin: Callable[[bool], Fanout], *, shut: bool = False) -> None:
        self._begin = begin
        self._fanout: Fanout | None = None
        self._stopping = self._was_shut = False
        self._opened = asyncio.Event()
        if not shut:
            self._opened.set()

    @property
    def in_flight(self) -> int:
        return self._fanout.in_flight if self._fanout is not None else 0

    @property
    def trouble(self) -> Refused | None:
        return self._fanout.trouble if self._fanout is not None else None

    @property
    def is_shut(self) -> bool:
        return not self._opened.is_set()

    def stop(self) -> None:
        """For good: what is in flight finishes and is recorded."""
        self._stopping = True
        self._opened.set()
        if self._fanout is not None:
            self._fanout.stop()

    def shut(self) -> None:
        """Begin nothing more until it is opened."""
        if self._stopping:
            return
        self._opened.clear()
        if self._fanout is not None:
            self._was_shut = True
            self._fanout.stop()

    def open(self) -> None:
        self._opened.set()

    async def run(self) -> Ending:
        while True:
            await self._opened.wait()
            if self._stopping:
                return Ending.STOPPED
            again, self._was_shut = self._fanout is not None, False
            self._fanout = self._begin(again)
            ending = await self._fanout.run()
            if self._stopping or ending is not Ending.STOPPED or not self._was_shut:
                return ending


@dataclass(frozen=True)
class Run:
    """One stretch of sending a broadcast: what is the same for all its parts. `budgets` by channel;
    `up_to` and `resumed` as a fan-out takes them."""

    core: Core
    ledger: Ledger
    pacers: Mapping[Key, Pacer]
    row: Broadcast
    guard: Guard
    budgets: Mapping[str, Budget]
    up_to: int
    resumed: bool

    def part(self, key: Key, *, shut: bool) -> Part:
        """One account's; `shut`: it waits to be opened."""
        row, lane, channel = self.row, self.guard.lane(), self.core.channels[key]
        message = compose.message_of(row)

        def begin(again: bool) -> Fanout:
            return Fanout(
                self.core, self.ledger, channel, self.pacers[key], row.broadcast_id or 0, message,
                up_to=self.up_to, lane=lane, choice=row.audience,
                resumed=self.resumed or (again and lane.opened), version=row.content_version,
                budget=self.budgets.get(channel.name),
            )  # fmt: skip

        return Part(begin, shut=shut)
