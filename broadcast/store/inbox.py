"""Native updates kept before they are confirmed; each handled once, in order, crash or not."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col, select

from broadcast.core import Core, Event
from broadcast.models import Inbox
from broadcast.store.trouble import is_storage_trouble

log = structlog.get_logger()
Handle = Callable[[str, dict[str, Any]], Awaitable[None]]
_KEEP = insert(Inbox).values(handled=False).on_conflict_do_nothing()
_CONCURRENT = 50
_AHEAD = 500  # updates read into memory before they are handled
_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds after each failed try
_STORAGE_PAUSE_SECONDS = 1.0


async def last_kept(core: Core, source: str) -> float:
    """When something of this source arrived last, epoch seconds; 0: never."""
    async with core.store.read() as session:
        latest = await session.scalar(
            select(Inbox.received_at)
            .where(Inbox.source == source)
            .order_by(col(Inbox.inbox_id).desc())
            .limit(1)
        )
    return latest.timestamp() if latest is not None else 0.0


class Intake:
    """`keep` stores updates (twice the same: once); `run` hands them to `handle` by arrival.

    Updates of one person stay in order; different people do not wait for each other.
    """

    def __init__(self, core: Core, handle: Handle, order_key: Callable[[str, dict[str, Any]], str]):
        self._core, self._handle, self._order_key = core, handle, order_key
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(_CONCURRENT)
        self._queues: dict[str, deque[Inbox]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self.waiting = 0  # read and not handled yet
        self._read_up_to = 0
        self._done: list[int] = []

    async def keep(self, source: str, updates: list[tuple[str, dict[str, Any]]]) -> None:
        """Returns once they are on disk. Calls at the same time share a commit.

        Raises what the storage raises, after the team was told: the platform keeps them for us.
        """
        now = self._core.clock()
        rows = [
            {"source": source, "event_id": event_id, "payload": payload, "received_at": now}
            for event_id, payload in updates
        ]

        def job(db: Connection) -> None:
            db.execute(_KEEP, rows)

        try:
            if rows:
                await self._core.store.work(job)
        except Exception as error:
            if is_storage_trouble(error):
                await self._core.tell(Event("storage", detail=type(error).__name__))
            raise
        self._arrived.set()

    async def run(self) -> None:
        """Until cancelled. Storage trouble is waited out."""
        try:
            while True:
                self._arrived.clear()
                try:
                    await self._mark_done()
                    read = await self._read()
                except Exception as error:
                    if not is_storage_trouble(error):
                        raise
                    log.error("storage_trouble", error=type(error).__name__)
                    await asyncio.sleep(_STORAGE_PAUSE_SECONDS)
                    continue
                if not read and not self._done:
                    await self._arrived.wait()
        finally:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)

    async def _read(self) -> int:
        """Queue what has arrived since, as far as there is room; how many."""
        room = _AHEAD - self.waiting
        if room <= 0:
            return 0
        async with self._core.store.read() as session:
            rows = list(
                await session.scalars(
                    select(Inbox)
                    .where(col(Inbox.handled).is_(False), col(Inbox.inbox_id) > self._read_up_to)
                    .order_by(col(Inbox.inbox_id))
                    .limit(room)
                )
            )
        for row in rows:
            self._read_up_to = row.inbox_id or 0
            self._enqueue(row)
        return len(rows)

    def _enqueue(self, row: Inbox) -> None:
        self.waiting += 1
        key = self._order_key(row.source, row.payload)
        if key in self._queues:
            self._queues[key].append(row)
            return
        self._queues[key] = deque([row])
        worker = asyncio.create_task(self._handle_in_order(key))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _handle_in_order(self, key: str) -> None:
        queue = self._queues[key]
        while queue:
            async with self._slots:
                await self._handle_one(queue[0])
            self._done.append(queue.popleft().inbox_id or 0)
            self.waiting -= 1
            self._arrived.set()
        del self._queues[key]

    async def _handle_one(self, row: Inbox) -> None:
        """Try again when it fails; handling is repeatable.

        Not given up while the storage is in trouble: a STOP must not be lost to a full disk.
        """
        pauses = list(_PAUSES)
        while await self._core.lease.regained():
            try:
                await self._handle(row.source, row.payload)
                return
            except Exception as error:
                log.warning("update_failed", event_id=row.event_id, error=type(error).__name__)
                if is_storage_trouble(error):
                    pause = _STORAGE_PAUSE_SECONDS
                elif not pauses:
                    log.error("update_given_up", source=row.source, event_id=row.event_id)
                    return
                else:
                    pause = pauses.pop(0)
            await asyncio.sleep(pause)
        await asyncio.Event().wait()  # another process has taken over, and handles it

    async def _mark_done(self) -> None:
        """In groups: a crash in between repeats some, which changes nothing."""
        if not self._done:
            return
        ids = self._done[:]
        async with self._core.store.bulk() as db:
            await db.execute(
                text("UPDATE inbox SET handled = true, payload = '{}' WHERE inbox_id = :i"),
                [{"i": i} for i in ids],
            )
        del self._done[: len(ids)]
