"""Native updates kept before they are confirmed; each handled once, in order, crash or not."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson
import structlog
from sqlalchemy import Connection, text
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col, select

from broadcast.core import Core, Event
from broadcast.models import Inbox
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.store.gathering import Gathering
from broadcast.store.trouble import is_storage_trouble

log = structlog.get_logger()
Update = dict[str, Any]
Handle = Callable[[str, Update], Awaitable[None]]
_KEEP = insert(Inbox).values(handled=False).on_conflict_do_nothing()
_CONCURRENT = 50
_AHEAD = 500  # updates read into memory before they are handled
_NEWS_SECONDS = 0.05  # news may be that late: what comes meanwhile shares a transaction
_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds after each failed try
_STORAGE_PAUSE_SECONDS = 1.0


_DONE = text("""UPDATE inbox SET handled = true, payload = '{}'
WHERE inbox_id IN (SELECT value FROM json_each(:ids))""")
_FORGET = text("DELETE FROM inbox WHERE inbox_id IN (SELECT value FROM json_each(:ids))")
_NEWEST = text("SELECT max(inbox_id) FROM inbox")
_WAITING = select(
    col(Inbox.inbox_id), col(Inbox.source), col(Inbox.event_id), col(Inbox.payload)
).order_by(col(Inbox.inbox_id))


class Kept(NamedTuple):
    """One update on disk."""

    inbox_id: int
    source: str
    event_id: str
    payload: Update


class News(NamedTuple):
    """How to settle many updates at once that are nothing but news of deliveries.

    `read(source, update)`: the receipts in it, None when it is something else.
    """

    read: Callable[[str, Update], list[Receipt] | None]
    settle: Callable[[str, list[Receipt]], Awaitable[None]]


_NO_NEWS = News(lambda *_: None, lambda *_: asyncio.sleep(0))


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

    Updates of one person stay in order; different people do not wait for each other. News of
    deliveries settles in any order, so it is settled together.
    """

    def __init__(
        self,
        core: Core,
        handle: Handle,
        order_key: Callable[[str, Update], str],
        news: News = _NO_NEWS,
    ):
        self._core, self._handle, self._order_key = core, handle, order_key
        self._news = news
        self._gathering = Gathering(self._write)
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(_CONCURRENT)
        self._queues: dict[str, deque[Kept]] = {}
        self._told: list[tuple[Kept, list[Receipt]]] = []  # news not settled yet
        self._workers: set[asyncio.Task[None]] = set()
        self.waiting = 0  # read and not handled yet
        self._read_up_to = 0
        self._done: list[int] = []
        self._settled: list[int] = []  # told again, these would change nothing: not remembered
        self._stays: list[int] = []  # the newest of them, while there is no newer row

    async def keep(self, source: str, updates: list[tuple[str, Update]]) -> None:
        """Returns once they are on disk. What comes while a commit is under way shares the next.

        Raises what the storage raises, after the team was told: the platform keeps them for us.
        """
        if not updates:
            return
        now = self._core.clock()
        rows = [
            {"source": source, "event_id": event_id, "payload": payload, "received_at": now}
            for event_id, payload in updates
        ]
        await self._gathering.put(rows)
        self._arrived.set()

    async def _write(self, rows: list[Update]) -> None:
        try:
            await self._core.store.work(lambda db: db.execute(_KEEP, rows))
        except Exception as error:
            if is_storage_trouble(error):
                await self._core.tell(Event("storage", detail=type(error).__name__))
            raise

    async def run(self) -> None:
        """Until cancelled. Storage trouble is waited out."""
        try:
            while True:
                self._arrived.clear()
                try:
                    await self._write_down()
                    read = await self._read()
                except Exception as error:
                    if not is_storage_trouble(error):
                        raise
                    log.error("storage_trouble", error=type(error).__name__)
                    await asyncio.sleep(_STORAGE_PAUSE_SECONDS)
                    continue
                if self._told and self.waiting < _AHEAD:
                    await asyncio.sleep(_NEWS_SECONDS)
                elif not read and not self._done and not self._settled:
                    await self._arrived.wait()
        finally:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)

    async def _write_down(self) -> None:
        """Mark what is done and settle what news was read, in one transaction where both are."""
        ended = await asyncio.gather(self._mark_done(), self._settle_news(), return_exceptions=True)
        for error in filter(None, ended):
            raise error

    async def _read(self) -> int:
        """Queue what has arrived since, as far as there is room; how many."""
        room = _AHEAD - self.waiting
        if room <= 0:
            return 0
        query = _WAITING.where(
            col(Inbox.handled).is_(False), col(Inbox.inbox_id) > self._read_up_to
        )
        async with self._core.store.read() as session:
            rows = [Kept(*row) for row in await session.execute(query.limit(room))]
        for row in rows:
            self._read_up_to = row.inbox_id
            self.waiting += 1
            receipts = self._receipts(row)
            if receipts is None:
                self._enqueue(row)
            else:
                self._told.append((row, receipts))
        return len(rows)

    def _receipts(self, row: Kept) -> list[Receipt] | None:
        try:
            return self._news.read(row.source, row.payload)
        except Exception:  # handled alone, it is tried again and then given up
            return None

    async def _settle_news(self) -> None:
        """All that was read, account by account; one that fails alone is handled alone."""
        if not self._told or not await self._core.lease.regained():
            return
        by_source: dict[str, list[tuple[Kept, list[Receipt]]]] = {}
        for row, told in self._told:
            by_source.setdefault(row.source, []).append((row, told))
        for source, group in by_source.items():
            try:
                await self._news.settle(source, [r for _, receipts in group for r in receipts])
            except Exception as error:
                if is_storage_trouble(error):
                    raise
                log.warning("news_failed", source=source, error=type(error).__name__)
                for row, _ in group:
                    self._enqueue(row)
            else:
                for row, told in group:
                    once = any(receipt.kind == ReceiptKind.FAILED for receipt in told)
                    (self._done if once else self._settled).append(row.inbox_id)
                self.waiting -= len(group)
            self._told = [one for one in self._told if one[0].source != source]

    def _enqueue(self, row: Kept) -> None:
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
            self._done.append(queue.popleft().inbox_id)
            self.waiting -= 1
            self._arrived.set()
        del self._queues[key]

    async def _handle_one(self, row: Kept) -> None:
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
        done, settled = self._done[:], self._settled[:]
        if not done and not settled:
            return
        forget = [*self._stays, *settled]

        def job(db: Connection) -> list[int]:
            """The newest stays until there is a newer one: no number may be given out twice."""
            newest = db.execute(_NEWEST).scalar()
            stays = [one for one in forget if one == newest]
            db.execute(_DONE, _as_json([*done, *stays]))
            db.execute(_FORGET, _as_json([one for one in forget if one != newest]))
            return stays

        self._stays = await self._core.store.work(job)
        del self._done[: len(done)], self._settled[: len(settled)]


def _as_json(ids: list[int]) -> dict[str, str]:
    return {"ids": orjson.dumps(ids).decode()}
