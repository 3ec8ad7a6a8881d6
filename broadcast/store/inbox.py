"""Native updates kept before they are confirmed; each handled once, in order, crash or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.bounds import Bounds
from broadcast.core import Core, Event
from broadcast.models import Inbox
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.ports import Lane, Said, Thorough
from broadcast.store.gathering import Gathering
from broadcast.store.trouble import is_storage_trouble
from broadcast.store.turns import Kept, Turns

log = structlog.get_logger()
Update = dict[str, Any]
Handle = Callable[[str, Update], Awaitable[Said | None]]
Trouble = Callable[[Kept, Exception, bool], Awaitable[bool]]
"""Told of each row that cannot be handled, at its first failure and (True) when it is given up:
whether it stays on disk, to be tried again after the next start."""
_KEEP = insert(Inbox).values(handled=False).on_conflict_do_nothing()
_AHEAD = 500  # updates of a lane read into memory before they are handled
_NEWS_SECONDS = 0.05  # news may be that late: what comes meanwhile shares a transaction
_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds after each failed try
_STORAGE_PAUSE_SECONDS = 1.0
_SURPLUS_QUIET_SECONDS = 60.0
_AT_ONCE = 5  # updates sorted before others may go on
_LANES = tuple(Lane)
_UNSIZED = 4096  # bytes that stand for what cannot be written as JSON


_DONE = text("""UPDATE inbox SET handled = true, payload = '{}'
WHERE inbox_id IN (SELECT value FROM json_each(:ids))""")
_FORGET = text("DELETE FROM inbox WHERE inbox_id IN (SELECT value FROM json_each(:ids))")
_NEWEST = text("SELECT max(inbox_id) FROM inbox")
_WAITING = (
    sa.select(
        col(Inbox.inbox_id), col(Inbox.source), col(Inbox.event_id), col(Inbox.payload),
        col(Inbox.lane), col(Inbox.sender),
    )
    .where(col(Inbox.handled).is_(False))
    .order_by(col(Inbox.inbox_id))
)  # fmt: skip


class News(NamedTuple):
    """How to settle many updates at once that are nothing but news of deliveries.

    `read(source, update)`: the receipts in it, None when it is something else.
    """

    read: Callable[[str, Update], list[Receipt] | None]
    settle: Callable[[str, list[Receipt]], Awaitable[None]]


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


class _Place:
    """How far one lane has been read."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.read_up_to = 0
        self.waiting = 0  # read and not handled yet
        self.unread = True  # there may be more

    @property
    def room(self) -> int:
        return _AHEAD - self.waiting


class Intake:
    """`keep` stores updates (twice the same: once); `run` hands them to `handle`, by lane and by
    arrival. `handle` returns once it has acted, and with it what is still being said about it.

    Updates of one person stay in order; different people do not wait for each other, and nobody
    waits for an answer. An update counts as handled when it was acted on and answered. News of
    deliveries settles in any order, so it is settled together. `bounds`: how much one person may
    put before us; the team, and what the platform says itself, has none.
    """

    def __init__(
        self,
        core: Core,
        handle: Handle,
        order_key: Callable[[str, Update], str],
        news: News = _NO_NEWS,
        lane: Callable[[str, Update, Thorough], Lane] = lambda *_: Lane.PEOPLE,
        bounds: Bounds | None = None,
        trouble: Trouble = _let_go,
    ):
        self._core, self._handle, self._order_key = core, handle, order_key
        self._trouble = trouble
        self._news, self._lane, self._bounds = news, lane, bounds
        self._gathering = Gathering(self._write)
        self._arrived, self._ended = asyncio.Event(), asyncio.Event()
        self._news_comes = False
        self._turns = Turns(self._handle_one, self._handled)
        self._places = {lane: _Place(lane) for lane in Lane}
        self._early: set[int] = set()  # read before their lane had come to them
        self._told: list[tuple[Kept, list[Receipt]]] = []  # news not settled yet
        self._done: list[int] = []
        self._settled: list[int] = []  # told again, these would change nothing: not remembered
        self._stays: list[int] = []  # the newest of them, while there is no newer row
        self._surplus_told = 0.0

    @property
    def waiting(self) -> int:
        """Read and not handled yet."""
        return sum(place.waiting for place in self._places.values())

    @property
    def surplus(self) -> int:
        """Updates that were not kept because their sender had sent too many."""
        return self._bounds.surplus if self._bounds is not None else 0

    async def keep(self, source: str, updates: list[tuple[str, Update]]) -> None:
        """Returns once they are on disk. What comes while a commit is under way shares the next.

        Raises what the storage raises, after the team was told: the platform keeps them for us.
        """
        rows = []
        for number, one in enumerate(updates, 1):
            if (row := self._row(source, *one)) is not None:
                rows.append(row)
            if number % _AT_ONCE == 0:  # reading what people write takes its time
                await asyncio.sleep(0)
        if not rows:
            return
        try:
            await self._gathering.put(rows)
        except Exception:
            if self._bounds is not None:
                for row in rows:
                    self._bounds.forget(row["sender"])
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

    def _row(self, source: str, event_id: str, payload: Update) -> Update | None:
        """As it is stored; None where its sender has sent too much."""
        lane = self._sorted(source, payload)
        sender = "" if lane == Lane.NEWS else self._order_key(source, payload)
        if (
            self._bounds is not None
            and lane in {Lane.LEAVING, Lane.PEOPLE}
            and not self._bounds.takes(sender, _size(payload), lane == Lane.LEAVING)
        ):
            self._note_surplus(source)
            return None
        return {
            "source": source, "event_id": event_id, "payload": payload, "lane": lane,
            "sender": sender, "received_at": self._core.clock(),
        }  # fmt: skip

    def _sorted(self, source: str, payload: Update) -> Lane:
        try:
            return self._lane(source, payload, lambda: self._may_read(source, payload))
        except Exception as error:  # an update nobody has seen the like of
            log.warning("update_not_sorted", source=source, error=type(error).__name__)
            return Lane.PEOPLE

    def _may_read(self, source: str, payload: Update) -> bool:
        return self._bounds is None or self._bounds.may_read(self._order_key(source, payload))

    def _note_surplus(self, source: str) -> None:
        now = monotonic()
        if now - self._surplus_told > _SURPLUS_QUIET_SECONDS or not self._surplus_told:
            self._surplus_told = now
            log.warning("surplus_not_kept", source=source, so_far=self.surplus)

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
        if not await self._read():
            await self._arrived.wait()

    async def _write_all(self) -> None:
        """Mark what is done and settle what news was read, in one transaction where both are."""
        if self._told and self._places[Lane.NEWS].room > 0:
            await asyncio.sleep(_NEWS_SECONDS)
        self._ended.clear()
        ended = await asyncio.gather(self._mark_done(), self._settle_news(), return_exceptions=True)
        for error in filter(None, ended):
            raise error
        if not (self._told or self._done or self._settled):
            await self._ended.wait()

    async def _read(self) -> int:
        """Queue what has arrived since, as far as there is room; how many.

        All lanes as of one moment, so that nobody's later update is seen before an earlier one.
        """
        places = self._places.values()
        # What is on disk may not be announced yet: whose order counts, all their lanes are read.
        ordered = any(place.unread and place.lane <= Lane.PEOPLE for place in places)
        wanted = [one for one in places if one.unread or (ordered and one.lane <= Lane.PEOPLE)]
        for place in wanted:
            place.unread = False  # before the first look: what is kept from now on sets it again
        found = 0
        try:
            async with self._core.store.read() as session:
                for number, place in enumerate(wanted):
                    rows = await self._read_lane(session, place)
                    if place.lane < Lane.PEOPLE:
                        rows = await self._with_what_came_before(session, rows)
                    for row in rows:
                        self._take(row)
                    found += len(rows)
                    if place.unread and place.lane < Lane.PEOPLE:
                        _reread(wanted[number:])  # what comes after it must not be read before it
                        break
        except BaseException:
            _reread(wanted)
            raise
        return found

    async def _read_lane(self, session: AsyncSession, place: _Place) -> list[Kept]:
        here = col(Inbox.lane) == place.lane, col(Inbox.inbox_id) > place.read_up_to
        if (room := max(0, place.room)) == 0:
            place.unread = True
            return []
        rows = _kept(await session.execute(_WAITING.where(*here).limit(room)))
        if len(rows) == room:
            place.unread = True
        if rows:
            place.read_up_to = rows[-1].inbox_id
        fresh = [row for row in rows if row.inbox_id not in self._early]
        self._early.difference_update(row.inbox_id for row in rows)
        return fresh

    async def _with_what_came_before(self, session: AsyncSession, rows: list[Kept]) -> list[Kept]:
        """Of the same people and not read yet: it goes along, so that their order stays."""
        if not rows:
            return rows
        until = {row.sender: row.inbox_id for row in rows}
        query = _WAITING.where(
            col(Inbox.lane) == Lane.PEOPLE,
            col(Inbox.inbox_id) > self._places[Lane.PEOPLE].read_up_to,
            col(Inbox.inbox_id) < rows[-1].inbox_id,
            col(Inbox.sender).in_(list(until)),
        )
        before = [
            row for row in _kept(await session.execute(query))
            if row.inbox_id < until[row.sender] and row.inbox_id not in self._early
        ]  # fmt: skip
        self._early.update(row.inbox_id for row in before)
        return sorted([*before, *rows])

    def _take(self, row: Kept) -> None:
        self._places[row.lane].waiting += 1
        receipts = self._receipts(row)
        if receipts is None:
            self._turns.put(row if row.sender else self._named(row))
        else:
            self._told.append((row, receipts))
            self._ended.set()

    def _named(self, row: Kept) -> Kept:
        """With whose it is: of an earlier version of ours, or of news that is more than that."""
        return row._replace(sender=self._order_key(row.source, row.payload))

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
            (self._done if once else self._settled).append(row.inbox_id)
            self._left(row)

    def _handled(self, row: Kept, said: Said | None) -> None:
        """It was acted on: whoever waits behind it need not wait for its answer."""
        self._left(row)
        if said is None or said.done():
            self._answered(row)
        else:
            said.add_done_callback(lambda _: self._answered(row))

    def _answered(self, row: Kept) -> None:
        self._done.append(row.inbox_id)
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
                stays = await self._trouble(row, error, True)
                return asyncio.Future() if stays else None
            except Exception as second:
                log.error("trouble_not_heeded", event_id=row.event_id, error=type(second).__name__)
                if not is_storage_trouble(second):
                    return asyncio.Future()
            await asyncio.sleep(_STORAGE_PAUSE_SECONDS)

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


def _reread(places: Iterable[_Place]) -> None:
    for place in places:
        place.unread = True


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Wait so long at most; whether it came."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _kept(rows: Iterable[Any]) -> list[Kept]:
    return [Kept(r[0], r[1], r[2], r[3], _LANES[r[4]], r[5]) for r in rows]


def _size(payload: Update) -> int:
    try:
        return len(orjson.dumps(payload))
    except TypeError:
        return _UNSIZED


def _as_json(ids: list[int]) -> dict[str, str]:
    return {"ids": orjson.dumps(ids).decode()}
