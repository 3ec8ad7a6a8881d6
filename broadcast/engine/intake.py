"""Native updates kept before they are confirmed; each handled once, in order, crash or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col, select

from broadcast.channel import Lane, Said
from broadcast.context import Core, Event
from broadcast.input_limits import Bounds
from broadcast.models import Inbox
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.store.group_commit import Gathering
from broadcast.store.inbox_marks import Marks
from broadcast.store.inbox_sorting import OrderKey, Sort, Sorter, Update
from broadcast.store.inbox_turns import Kept, Turns
from broadcast.store.inbox_waiting import Reader
from broadcast.store.storage_errors import is_storage_trouble

log = structlog.get_logger()
Handle = Callable[[str, Update], Awaitable[Said | None]]
Aside = Callable[[str, str, Update, Exception], Awaitable[None]]
Trouble = Callable[[Kept, Exception, bool], Awaitable[bool]]
"""Told of each row that cannot be handled, at its first failure and (True) when it is given up:
whether it stays on disk, to be tried again after the next start."""
_KEEP = insert(Inbox).values(handled=False).on_conflict_do_nothing()
_NEWS_SECONDS = 0.05  # news may be that late: what comes meanwhile shares a transaction
_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds after each failed try
_STORAGE_PAUSE_SECONDS = 1.0


class News(NamedTuple):
    """How to settle many updates at once that are nothing but news of deliveries.

    `read(source, update)`: the receipts in it, None when it is something else.
    """

    read: Callable[[str, Update], list[Receipt] | None]
    settle: Callable[[str, list[Receipt]], Awaitable[None]]


async def _only_logged(source: str, event_id: str, _: Update, error: Exception) -> None:
    log.error("update_set_aside", source=source, event_id=event_id, error=type(error).__name__)


_NO_NEWS = News(lambda *_: None, lambda *_: asyncio.sleep(0))


async def _let_go(*_: object) -> bool:
    return False


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
    """`keep` stores updates (twice the same: once); `run` hands them to `handle`, by lane and by
    arrival. `handle` returns once it has acted, and with it what is still being said about it.

    Updates of one person stay in order; different people do not wait for each other, and nobody
    waits for an answer. An update counts as handled when it was acted on and answered. News of
    deliveries settles in any order, so it is settled together. `bounds`: how much one person may
    put before us; the team, and what the platform says itself, has none. `aside`: where goes what
    cannot be kept or handled as it came.
    """

    def __init__(
        self,
        core: Core,
        handle: Handle,
        order_key: OrderKey,
        news: News = _NO_NEWS,
        lane: Sort = lambda *_: Lane.PEOPLE,
        bounds: Bounds | None = None,
        trouble: Trouble = _let_go,
        aside: Aside = _only_logged,
    ):
        self._core, self._handle = core, handle
        self._news, self._trouble, self._aside = news, trouble, aside
        self._sorter = Sorter(core, lane, order_key, bounds)
        self._gathering = Gathering(self._write, self._set_aside)
        self._arrived, self._ended = asyncio.Event(), asyncio.Event()
        self._news_comes = False
        self._turns = Turns(self._handle_one, self._handled)
        self._reader = Reader(core.store, self._take)
        self._places = self._reader.places
        self._marks = Marks(core.store)
        self._told: list[tuple[Kept, list[Receipt]]] = []  # news not settled yet

    @property
    def waiting(self) -> int:
        """Read and not handled yet."""
        return sum(place.waiting for place in self._places.values())

    @property
    def surplus(self) -> int:
        """Updates that were not kept because their sender had sent too many."""
        return self._sorter.surplus

    async def keep(self, source: str, updates: list[tuple[str, Update]]) -> None:
        """Returns once they are on disk. What comes while a commit is under way shares the next.

        Raises what the storage raises, after the team was told: the platform keeps them for us.
        """
        rows = await self._sorter.rows(source, updates)
        if not rows:
            return
        try:
            await self._gathering.put(rows)
        except Exception:
            self._sorter.forget(rows)
            raise
        lanes = {row["lane"] for row in rows}
        for lane in lanes:
            self._places[lane].unread = True
        if lanes != {Lane.NEWS}:
            self._arrived.set()
        elif not self._news_comes:  # what comes meanwhile is read with it
            self._news_comes = True
            asyncio.get_running_loop().call_later(_NEWS_SECONDS, self._read_news)

    def _read_news(self) -> None:
        self._news_comes = False
        self._arrived.set()

    async def _set_aside(self, row: Update, error: Exception) -> None:
        await self._aside(row["source"], row["event_id"], row["payload"], error)

    async def _write(self, rows: list[Update]) -> None:
        try:
            await self._core.store.work(lambda db: db.execute(_KEEP, rows))
        except Exception as error:
            if is_storage_trouble(error):
                await self._core.tell(Event("storage", detail=type(error).__name__))
            raise

    async def run(self) -> None:
        """Until cancelled. Storage trouble is waited out."""
        loops = asyncio.gather(self._patiently(self._read_all), self._patiently(self._write_all))
        try:
            await loops
        finally:
            loops.cancel()
            await asyncio.gather(loops, return_exceptions=True)
            await self._turns.close()

    async def _patiently(self, once: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await once()
            except Exception as error:
                if not is_storage_trouble(error):
                    raise
                log.error("storage_trouble", error=type(error).__name__)
                await asyncio.sleep(_STORAGE_PAUSE_SECONDS)

    async def _read_all(self) -> None:
        """Whatever there is room for; then wait for more."""
        self._arrived.clear()
        if not await self._reader.read():
            await self._arrived.wait()

    async def _write_all(self) -> None:
        """Mark what is done and settle what news was read, in one transaction where both are."""
        if self._told and self._places[Lane.NEWS].room > 0:
            await asyncio.sleep(_NEWS_SECONDS)
        self._ended.clear()
        ended = await asyncio.gather(
            self._marks.write(), self._settle_news(), return_exceptions=True
        )
        for error in filter(None, ended):
            raise error
        if not (self._told or self._marks):
            await self._ended.wait()

    def _take(self, row: Kept) -> None:
        receipts = self._receipts(row)
        if receipts is None:
            self._turns.put(row if row.sender else self._named(row))
        else:
            self._told.append((row, receipts))
            self._ended.set()

    def _named(self, row: Kept) -> Kept:
        """With whose it is: of an earlier version of ours, or of news that is more than that."""
        return row._replace(sender=self._sorter.whose(row.source, row.event_id, row.payload))

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
        for row, receipts in self._told:
            by_source.setdefault(row.source, []).append((row, receipts))
        for source, group in by_source.items():
            try:
                await self._news.settle(source, [r for _, receipts in group for r in receipts])
            except Exception as error:
                if is_storage_trouble(error):
                    raise
                log.warning("news_failed", source=source, error=type(error).__name__)
                for row, _ in group:
                    self._turns.put(self._named(row))
            else:
                self._settled_together(group)
            ended = {row.inbox_id for row, _ in group}
            self._told = [one for one in self._told if one[0].inbox_id not in ended]

    def _settled_together(self, group: list[tuple[Kept, list[Receipt]]]) -> None:
        for row, told in group:
            once = any(receipt.kind == ReceiptKind.FAILED for receipt in told)
            (self._marks.done if once else self._marks.settled).append(row.inbox_id)
            self._left(row)

    def _handled(self, row: Kept, said: Said | None) -> None:
        """It was acted on: whoever waits behind it need not wait for its answer."""
        self._left(row)
        if said is None or said.done():
            self._answered(row)
        else:
            said.add_done_callback(lambda _: self._answered(row))

    def _answered(self, row: Kept) -> None:
        self._marks.done.append(row.inbox_id)
        self._ended.set()

    def _left(self, row: Kept) -> None:
        place = self._places[row.lane]
        place.waiting -= 1
        if place.unread:
            self._arrived.set()

    async def _handle_one(self, row: Kept, urgent: asyncio.Event) -> Said | None:
        """Try again when it fails; handling is repeatable. With something `urgent` behind it there
        is one more try, and no pause.

        Not given up while the storage is in trouble: a STOP must not be lost to a full disk.
        """
        pauses = list(_PAUSES)
        while await self._core.lease.regained():
            try:
                return await self._handle(row.source, row.payload)
            except Exception as error:
                log.warning("update_failed", event_id=row.event_id, error=type(error).__name__)
                if is_storage_trouble(error):
                    pause = _STORAGE_PAUSE_SECONDS
                elif not pauses:
                    log.error("update_given_up", source=row.source, event_id=row.event_id)
                    return await self._given_up(row, error)
                else:
                    if len(pauses) == len(_PAUSES):
                        await self._troubled(row, error)
                    pause = pauses.pop(0)
                    if row.lane >= Lane.PEOPLE:
                        with self._turns.aside(row.sender):
                            hurried = await _within(urgent, pause)
                        if hurried:
                            pauses.clear()
                        continue
            with self._turns.aside(row.sender):
                await asyncio.sleep(pause)
        await asyncio.Event().wait()  # another process has taken over, and handles it
        return None

    async def _troubled(self, row: Kept, error: Exception) -> None:
        """What it may mean is heeded at once, before it is tried again."""
        try:
            await self._trouble(row, error, False)
        except Exception as second:
            log.error("trouble_not_heeded", event_id=row.event_id, error=type(second).__name__)

    async def _given_up(self, row: Kept, error: Exception) -> Said | None:
        """Where it stays, it never counts as handled; nor where nobody could say."""
        while True:
            try:
                if await self._trouble(row, error, True):
                    return asyncio.Future()
                await self._aside(row.source, row.event_id, row.payload, error)
                return None
            except Exception as second:
                log.error("trouble_not_heeded", event_id=row.event_id, error=type(second).__name__)
                if not is_storage_trouble(second):
                    return asyncio.Future()
            await asyncio.sleep(_STORAGE_PAUSE_SECONDS)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Wait so long at most; whether it came."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
