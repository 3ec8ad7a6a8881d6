"""Native updates kept before they are confirmed; each handled once, in order, crash or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy import text
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.models import Inbox

log = structlog.get_logger()
Handle = Callable[[str, dict[str, Any]], Awaitable[None]]
_CONCURRENT = 50
_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds after each failed try


class Intake:
    """`keep` stores updates (twice the same: once); `run` hands them to `handle` by arrival.

    Updates of one person stay in order; different people do not wait for each other.
    """

    def __init__(self, core: Core, handle: Handle, order_key: Callable[[str, dict[str, Any]], str]):
        self._core, self._handle, self._order_key = core, handle, order_key
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(_CONCURRENT)

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
        while True:
            self._arrived.clear()
            async with self._core.store.read() as session:
                rows = list(
                    await session.scalars(
                        select(Inbox)
                        .where(col(Inbox.handled).is_(False))
                        .order_by(col(Inbox.inbox_id))
                        .limit(500)
                    )
                )
            if not rows:
                await self._arrived.wait()
                continue
            queues: dict[str, list[Inbox]] = {}
            for row in rows:
                queues.setdefault(self._order_key(row.source, row.payload), []).append(row)
            await asyncio.gather(*(self._handle_in_order(queue) for queue in queues.values()))
            await self._mark([row.inbox_id or 0 for row in rows])

    async def _handle_in_order(self, rows: list[Inbox]) -> None:
        async with self._slots:
            for row in rows:
                await self._handle_one(row)

    async def _handle_one(self, row: Inbox) -> None:
        """Try again when it fails: a STOP must not be lost to a full disk. Handling is repeatable."""
        for pause in _PAUSES:
            try:
                await self._handle(row.source, row.payload)
                return
            except Exception as error:
                log.warning("update_failed", event_id=row.event_id, error=type(error).__name__)
                await asyncio.sleep(pause)
        log.error("update_given_up", source=row.source, event_id=row.event_id)

    async def _mark(self, ids: list[int]) -> None:
        async with self._core.store.bulk() as db:
            await db.execute(
                text("UPDATE inbox SET handled = true, payload = '{}' WHERE inbox_id = :i"),
                [{"i": i} for i in ids],
            )
