"""What waits on disk, read lane by lane into memory as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.channel import Lane
from broadcast.store.inbox_turns import Kept
from broadcast.store.session import Store

AHEAD = 500  # updates of a lane read into memory before they are handled
_LANES = tuple(Lane)
_WHAT = "SELECT inbox_id, source, event_id, payload, lane, sender FROM inbox WHERE NOT handled"
_OF_A_LANE = (
    "SELECT * FROM ({what} AND lane = {lane} AND inbox_id > :after_{lane} "
    "ORDER BY inbox_id LIMIT :room_{lane})"
)
_WAITING = text(
    " UNION ALL ".join(_OF_A_LANE.format(what=_WHAT, lane=int(lane)) for lane in _LANES)
)
_EARLIER = text(
    f"""{_WHAT} AND lane = {int(Lane.PEOPLE)} AND inbox_id > :after AND inbox_id < :before
AND sender IN (SELECT value FROM json_each(:senders)) ORDER BY inbox_id"""
)


class Place:
    """How far one lane has been read."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.read_up_to = 0
        self.waiting = 0  # read and not handled yet
        self.unread = True  # there may be more

    @property
    def room(self) -> int:
        return max(0, AHEAD - self.waiting)


class Reader:
    """`take(row)` is called for each row once, in order."""

    def __init__(self, store: Store, take: Callable[[Kept], None]) -> None:
        self._store, self._take = store, take
        self.places = {lane: Place(lane) for lane in Lane}
        self._early: set[int] = set()  # read before their lane had come to them

    async def read(self) -> int:
        """Take what has arrived since, as far as there is room; how many.

        All lanes as of one moment, so that nobody's later update is seen before an earlier one.
        """
        places = self.places.values()
        # What is on disk may not be announced yet: whose order counts, all their lanes are read.
        ordered = any(place.unread and place.lane <= Lane.PEOPLE for place in places)
        wanted = [one for one in places if one.unread or (ordered and one.lane <= Lane.PEOPLE)]
        rooms = {place.lane: place.room for place in wanted}
        for place in wanted:  # before the first look: what is kept from now on sets it again
            place.unread = not rooms[place.lane]
        try:
            rows, earlier = await self._look(rooms)
        except BaseException:
            _reread(wanted)
            raise
        found = 0
        for number, place in enumerate(wanted):
            fresh = self._fresh(place, rows[place.lane], rooms[place.lane])
            if fresh:
                fresh = self._with_what_came_before(fresh, earlier.get(place.lane, []))
            for row in fresh:
                self.places[row.lane].waiting += 1
                self._take(row)
            found += len(fresh)
            if place.unread and place.lane < Lane.PEOPLE:
                _reread(wanted[number:])  # what comes after it must not be read before it
                break
        return found

    async def _look(
        self, rooms: dict[Lane, int]
    ) -> tuple[dict[Lane, list[Kept]], dict[Lane, list[Kept]]]:
        """The rows of each lane, and of the people in those that go before others what they wrote
        before, as of one moment."""
        rows: dict[Lane, list[Kept]] = {lane: [] for lane in Lane}
        earlier: dict[Lane, list[Kept]] = {}
        if not any(rooms.values()):
            return rows, earlier
        bounds = {f"after_{lane:d}": place.read_up_to for lane, place in self.places.items()}
        bounds |= {f"room_{lane:d}": rooms.get(lane, 0) for lane in Lane}
        async with self._store.read() as session:
            for row in _kept(await session.execute(_WAITING, bounds)):
                rows[row.lane].append(row)
            for lane in (lane for lane in Lane if lane < Lane.PEOPLE and rows[lane]):
                earlier[lane] = await self._before(session, rows[lane])
        return rows, earlier

    async def _before(self, session: AsyncSession, rows: list[Kept]) -> list[Kept]:
        """What the same people wrote before that: it goes along, so that their order stays."""
        until = {row.sender: row.inbox_id for row in rows}
        values = {
            "after": self.places[Lane.PEOPLE].read_up_to, "before": rows[-1].inbox_id,
            "senders": orjson.dumps(list(until)).decode(),
        }  # fmt: skip
        found = _kept(await session.execute(_EARLIER, values))
        return [row for row in found if row.inbox_id < until[row.sender]]

    def _fresh(self, place: Place, rows: list[Kept], room: int) -> list[Kept]:
        """Those not read before; `room` there was for them."""
        if len(rows) == room:
            place.unread = True
        if rows:
            place.read_up_to = rows[-1].inbox_id
        fresh = [row for row in rows if row.inbox_id not in self._early]
        self._early.difference_update(row.inbox_id for row in rows)
        return fresh

    def _with_what_came_before(self, rows: list[Kept], earlier: list[Kept]) -> list[Kept]:
        before = [row for row in earlier if row.inbox_id not in self._early]
        self._early.update(row.inbox_id for row in before)
        return sorted([*before, *rows]) if before else rows


def _reread(places: Iterable[Place]) -> None:
    for place in places:
        place.unread = True


def _kept(rows: Iterable[Any]) -> list[Kept]:
    return [Kept(r[0], r[1], r[2], orjson.loads(r[3]), _LANES[r[4]], r[5]) for r in rows]
