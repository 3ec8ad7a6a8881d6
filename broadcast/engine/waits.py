"""What a broadcast waits for, and whether it has come: its time, the end of a hold, of a look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlmodel import col, select

from broadcast.channel import Lane
from broadcast.clock import steady
from broadcast.context import Core
from broadcast.models import Broadcast, Inbox
from broadcast.states import BroadcastStatus
from broadcast.store.session import Store

_S = BroadcastStatus
_AWAITED = (_S.SCHEDULED, _S.HOLDING, _S.SENDING, _S.WATCHING, _S.WAITING)
_BEGINNING = (_S.SCHEDULED, _S.HOLDING)
_COLUMNS = (
    Broadcast.broadcast_id, Broadcast.version, Broadcast.status, Broadcast.scheduled_at,
    Broadcast.hold_until, Broadcast.watch_until, Broadcast.expires_at,
    Broadcast.canary_wait_seconds,
)  # fmt: skip


class Awaited(NamedTuple):
    """A broadcast as one look finds it, without what it says and to whom."""

    broadcast_id: int
    version: int
    status: str
    scheduled_at: datetime | None
    hold_until: datetime | None
    watch_until: datetime | None
    expires_at: datetime | None
    canary_wait_seconds: float | None = None

    @property
    def due_at(self) -> datetime | None:
        """What it waits for; None: nothing, or an admin's word."""
        match self.status:
            case _S.WATCHING:
                return self.watch_until
            case _S.WAITING:
                return self.expires_at
            case _S.HOLDING:
                return self.hold_until
            case _S.SCHEDULED:
                return self.scheduled_at
        return None


async def awaited(store: Store) -> list[Awaited]:
    """Every broadcast that moves on by itself."""
    # Nothing begins while somebody is asked whether to cancel it
    asked = (col(Broadcast.cancel_asked) != "") & col(Broadcast.status).in_(_BEGINNING)
    query = select(*_COLUMNS).where(col(Broadcast.status).in_(_AWAITED), ~asked)  # type: ignore[call-overload]
    async with store.read() as session:
        return [Awaited(*row) for row in await session.execute(query)]


async def team_waits(store: Store) -> bool:
    """Whether something an admin did is kept and not handled yet."""
    waiting = (
        select(Inbox.inbox_id)
        .where(~col(Inbox.handled), Inbox.lane == Lane.TEAM, col(Inbox.failing_since).is_(None))
        .limit(1)
    )
    async with store.read() as session:
        return await session.scalar(waiting) is not None


class Waits:
    """The waits that were promised as spans are counted down here, by a clock that does not jump."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._countdowns: dict[tuple[int, int], float] = {}
        self._found_over: set[tuple[int, int]] = set()

    def forget_all_but(self, rows: Iterable[Awaited]) -> None:
        known = {(row.broadcast_id, row.version) for row in rows}
        self._countdowns = {key: v for key, v in self._countdowns.items() if key in known}
        self._found_over &= known

    def over(self, row: Awaited) -> bool:
        """Whether what it waits for has come."""
        if row.due_at is None:
            return False
        if row.status in {_S.HOLDING, _S.WATCHING}:
            return self._ran_out(row, row.due_at)
        return row.due_at <= self._core.clock()

    def stood_still(self, rows: Iterable[Awaited]) -> None:
        """Everything is stopped: a hold that ran out meanwhile may be late when that is lifted."""
        for row in rows:
            if row.status == _S.HOLDING and self.over(row):
                self._found_over.add((row.broadcast_id, row.version))

    def late(self, row: Awaited) -> bool:
        """Whether it is over for so long that an admin has to say. A hold is timed here; only one
        that had ended when it was first seen can be late."""
        if row.due_at is None:
            return False
        since = (self._core.clock() - row.due_at).total_seconds()
        found_over = (row.broadcast_id, row.version) in self._found_over
        late = since > self._core.policy.late_after_seconds
        return late and (found_over or row.status != _S.HOLDING)

    def _ran_out(self, row: Awaited, until: datetime) -> bool:
        """A process that finds a wait in the database goes on with what was left of it."""
        key = (row.broadcast_id, row.version)
        if key not in self._countdowns:
            left = (until - self._core.clock()).total_seconds()
            if left <= 0:
                self._found_over.add(key)
            policy, wait = self._core.policy, row.canary_wait_seconds
            longest = policy.canary_wait_seconds if wait is None else wait
            if row.status == _S.HOLDING:
                longest = policy.undo_hold_seconds
            self._countdowns[key] = steady() + min(max(left, 0.0), longest)
        return steady() >= self._countdowns[key]
