"""Native updates kept before they are confirmed; each handled once, in order, crash or not."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.models import Inbox

log = structlog.get_logger()
Handle = Callable[[str, dict[str, Any]], Awaitable[None]]
_CONCURRENT = 50
_TAKEN_AT_ONCE, _WAITING_AT_MOST = 500, 2000
_MARK_SECONDS = 0.05  # many marks, one commit; after a crash what is unmarked is handled again
_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds after each failed try


class Intake:
    """`keep` stores updates (twice the same: once); `run` hands them to `handle` by arrival.

    Updates of one person stay in order; different people do not wait for each other.
    """

    def __init__(self, core: Core, handle: Handle, order_key: Callable[[str, dict[str, Any]], str]):
        self._core, self._handle, self._order_key = core, handle, order_key
        self._arrived, self._finished = asyncio.Event(), asyncio.Event()
        self._slots = asyncio.Semaphore(_CONCURRENT)
        self._lines: dict[str, deque[Inbox]] = {}
        self._waiting = 0
        self._done: list[int] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, source: str, updates: list[tuple[str, dict[str, Any]]]) -> None:
        async with self._core.store.write() as session:
            ids = [event_id for event_id, _ in updates]
            known = set(
                await session.scalars(
                    select(Inbox.event_id).where(
                        Inbox.source == source, col(Inbox.event_id).in_(ids)
                    )
                )
            )
            now = self._core.clock()
            for event_id, payload in dict(updates).items():
                if event_id not in known:
                    session.add(
                        Inbox(source=source, event_id=event_id, payload=payload, received_at=now)
                    )
        self._arrived.set()

    async def run(self) -> None:
        """Until cancelled; a handler that takes long holds up nobody but its own person."""
        marking = asyncio.create_task(self._mark_finished())
        last = 0
        try:
            while True:
                self._arrived.clear()
                rows = await self._unhandled(last)
                for row in rows:
                    last = row.inbox_id or 0
                    self._line_up(row)
                if not rows:
                    await self._arrived.wait()
                while self._waiting > _WAITING_AT_MOST:
                    await asyncio.sleep(_MARK_SECONDS)
        finally:
            for task in (marking, *self._tasks):
                task.cancel()
            await asyncio.gather(marking, *self._tasks, return_exceptions=True)

    async def _unhandled(self, after: int) -> list[Inbox]:
        """Ids grow in the order of the commits: there is one writer at a time."""
        async with self._core.store.read() as session:
            found = await session.scalars(
                select(Inbox)
                .where(col(Inbox.handled).is_(False), col(Inbox.inbox_id) > after)
                .order_by(col(Inbox.inbox_id))
                .limit(_TAKEN_AT_ONCE)
            )
            return list(found)

    def _line_up(self, row: Inbox) -> None:
        key = self._order_key(row.source, row.payload)
        self._waiting += 1
        if (line := self._lines.get(key)) is not None:
            line.append(row)
            return
        self._lines[key] = deque([row])
        task = asyncio.create_task(self._serve(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, key: str) -> None:
        """One person's updates, one after the other."""
        line = self._lines[key]
        while line:
            row = line.popleft()
            await self._handle_one(row)
            self._waiting -= 1
            self._done.append(row.inbox_id or 0)
            self._finished.set()
        del self._lines[key]

    async def _handle_one(self, row: Inbox) -> None:
        """Try again when it fails: a STOP must not be lost to a full disk. Handling is repeatable."""
        for pause in _PAUSES:
            try:
                async with self._slots:
                    await self._handle(row.source, row.payload)
                return
            except Exception as error:
                log.warning("update_failed", event_id=row.event_id, error=type(error).__name__)
                await asyncio.sleep(pause)
        log.error("update_given_up", source=row.source, event_id=row.event_id)

    async def _mark_finished(self) -> None:
        while True:
            await self._finished.wait()
            await asyncio.sleep(_MARK_SECONDS)
            self._finished.clear()
            done, self._done = self._done, []
            try:
                await self._mark(done)
            except (SQLAlchemyError, OSError) as error:
                log.error("inbox_not_marked", error=type(error).__name__)
                self._done += done
                self._finished.set()
                await asyncio.sleep(1.0)

    async def _mark(self, ids: list[int]) -> None:
        async with self._core.store.bulk() as db:
            await db.execute(
                text("UPDATE inbox SET handled = true, payload = '{}' WHERE inbox_id = :i"),
                [{"i": i} for i in ids],
            )
