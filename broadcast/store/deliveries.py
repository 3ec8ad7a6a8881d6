"""The hot path in set-based SQL: plan, claim, record, count. No object per recipient."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, text

from broadcast.clock import steady_unix
from broadcast.outcome import Reason
from broadcast.states import BroadcastStatus, DeliveryStatus
from broadcast.store import (
    counters,
    driver,
    fallback,
    message_parts,
    planning,
    platform_cap,
    suppression,
    watermark,
)
from broadcast.store.session import Store

_STANDING = """SELECT (SELECT fence FROM lease WHERE lease_id = 1),
(SELECT status FROM broadcast WHERE broadcast_id = :broadcast_id),
EXISTS (SELECT 1 FROM halt WHERE lifted_at IS NULL)"""
_LANE = text("""SELECT lane_id FROM lane
WHERE broadcast_id = :broadcast_id AND channel = :channel AND account = :account""")
# Of one lane, by id: never again past what is finished. `closed` says why somebody is left out.
_OPEN = """WHERE d.broadcast_id = :broadcast_id AND d.lane_id = :lane_id AND d.status < 20
AND d.delivery_id > :after AND d.delivery_id <= :up_to
AND (d.status = 0 OR (d.status = 1 AND d.due_at <= :now))"""
# All rows as one piece of JSON: were they fetched one by one, the thread would have to win the
# interpreter lock from the event loop for each.
_NEXT = f"""SELECT json_group_array(json_array(delivery_id, address_id, address, attempt,
wrote_at, name, closed, receipt)) FROM (SELECT d.delivery_id, d.address_id, a.value AS address,
d.attempt + 1 AS attempt, a.wrote_at,
CASE WHEN :named THEN (SELECT s.name FROM subscriber s WHERE s.subscriber_id = a.subscriber_id)
ELSE '' END AS name,
CASE WHEN a.consent <> 'opted_in' OR a.suppressed <> ''
THEN COALESCE(NULLIF(a.suppressed, ''), :opted_out)
WHEN a.asked_at IS NOT NULL THEN :asked
WHEN a.capped_until > :now AND :capped_after > 0
AND COALESCE(a.wrote_at, 0) <= :now - :capped_after THEN :capped ELSE '' END AS closed, d.receipt
FROM delivery d JOIN address a ON a.address_id = d.address_id {_OPEN}
ORDER BY d.delivery_id LIMIT :size)"""
_INTEND = f"""UPDATE delivery AS d SET status = 10, attempt = attempt + 1, due_at = NULL,
content_version = :content_version
{_OPEN}"""
_SKIP = text("""UPDATE delivery SET status = 31, reason = :reason, due_at = NULL
WHERE delivery_id = :delivery_id AND status IN (0, 1)""")
# One statement for many rows, handed over as JSON: the thread meets the interpreter lock once.
# What the platform's news has raised further already, faster than our note, only learns its ids.
_SENT = f"""UPDATE delivery SET status = max(status, 40, {message_parts.HEARD_RANK}),
sent_at = j.value ->> 1, receipt = j.value ->> 2, due_at = NULL, reason = NULL, detail = NULL FROM json_each(:rows) AS j
WHERE delivery_id = j.value ->> 0 AND (status IN (10, 20) OR status >= 40)"""
_FAILED_ALREADY = text("""SELECT delivery_id, receipt FROM delivery, json_each(:ids) AS j
WHERE delivery_id = j.value AND status = 30""")
_NAME = text("UPDATE delivery SET receipt = :receipt WHERE delivery_id = :delivery_id")
_AWAIT = text("""INSERT INTO awaited_receipt (receipt_id, delivery_id, address_id, sent_at)
SELECT d.receipt, d.delivery_id, d.address_id, d.sent_at
FROM json_each(:rows) AS j JOIN delivery d ON d.delivery_id = j.value ->> 0
WHERE d.receipt <> '' ON CONFLICT DO NOTHING""")
_BEGUN = text("""INSERT INTO begun (address_id, channel, at)
SELECT j.value ->> 3, :channel, j.value ->> 1 FROM json_each(:rows) AS j WHERE j.value ->> 3 > 0
ON CONFLICT (address_id) DO UPDATE SET at = excluded.at WHERE excluded.at > at + 86400""")
_OTHERWISE = text("""UPDATE delivery SET status = :status, attempt = :attempt, due_at = :due_at,
reason = :reason, detail = :detail, receipt = COALESCE(:receipt, receipt)
WHERE delivery_id = :delivery_id AND status IN (10, 20)""")
# The platform found a window closed that we had taken for open, unless they wrote meanwhile.
_SHUT = text(f"""UPDATE address SET wrote_at = NULL
WHERE address_id = :address_id AND abs(wrote_at - :wrote_at) <= {fallback.SAME_SECONDS}""")
_TRIED = text("""INSERT INTO attempt (delivery_id, status, kept_at, reason, detail)
VALUES (:delivery_id, :status, :kept_at, :reason, :detail)""")
# To an address that is somebody's already nobody moves.
_MOVE = text("""UPDATE address SET value = :new_address WHERE address_id = :address_id
AND NOT EXISTS (SELECT 1 FROM address o WHERE o.channel = address.channel
AND o.account = address.account AND o.value = :new_address)""")
_WHERE_LEFT = text("""SELECT (SELECT lane_id FROM lane WHERE broadcast_id = :broadcast_id
AND channel = :channel AND account = :account), planning_done
FROM broadcast WHERE broadcast_id = :broadcast_id""")
_LEFT = text("""SELECT count(*), min(CASE WHEN d.status = 0 THEN 0 ELSE d.due_at END)
FROM delivery d WHERE d.broadcast_id = :broadcast_id AND d.lane_id = :lane_id AND d.status < 20
AND d.delivery_id <= :up_to AND d.status IN (0, 1)""")
_OTHERS_LEFT = text("""SELECT EXISTS (SELECT 1 FROM lane l JOIN delivery d
ON d.broadcast_id = :broadcast_id AND d.lane_id = l.lane_id AND d.status < 20
WHERE l.broadcast_id = :broadcast_id AND l.lane_id <> :lane_id
AND d.status IN (0, 1, 10) AND d.delivery_id <= :up_to)""")
_LANES_LEFT = text("""SELECT l.channel, l.account FROM lane l WHERE l.broadcast_id = :broadcast_id
AND EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast_id = :broadcast_id
AND d.lane_id = l.lane_id AND d.status < 20 AND d.status IN (0, 1))""")
# The condition on the version is the index's.
_REACHED = text("""SELECT EXISTS (SELECT 1 FROM delivery WHERE broadcast_id = :broadcast_id
AND content_version > 1 AND content_version = :version AND status >= 40)""")
LAST = 2**62  # beyond every delivery_id
_OPTED_OUT, _CAPPED = Reason.OPTED_OUT.value, Reason.CAPPED.value
_ASKED = Reason.ASKED.value  # the person, wherever we know them


class Wish(NamedTuple):
    """What a fan-out would claim: `size` deliveries of its lane after one id, up to another."""

    broadcast_id: int
    channel: str
    account: str
    size: int = 0
    after: int = 0
    up_to: int = LAST
    now: float = 0.0  # Unix seconds: deferred ones due by then are claimed too
    named: bool = False  # with each person's name
    awaits: bool = False  # keep the platform's ids for its later news
    # A platform's cap on a person holds from so many seconds after they wrote; 0: for none of this
    capped_after: float = 0.0
    content_version: int = 1  # what they are sent


class Claimed(NamedTuple):
    """One delivery in flight: intent is on disk. `attempt` counts from 1; `wrote_at` is the Unix
    second of the person's last message, None when they never wrote. `closed` is empty. `receipt`:
    what went of it in earlier tries, see store.parts."""

    delivery_id: int
    address_id: int
    address: str
    attempt: int
    wrote_at: float | None = None
    name: str = ""
    closed: str = ""
    receipt: str | None = None


_AS_CLAIMED = partial(tuple.__new__, Claimed)  # `_make` without its check of the length


class Batch(NamedTuple):
    """What was claimed, and the id it reached: as before where nothing was open any more."""

    claimed: list[Claimed]
    reached: int


class Sent(NamedTuple):
    """A delivery the platform took, at `sent_at` (Unix seconds), under its ids."""

    delivery_id: int
    sent_at: float
    receipt: str
    begun: int = 0  # the address_id, where this counts against a daily limit


@dataclass(slots=True)
class Result:
    """Any other end of a claimed delivery; `suppress` is a Reason to close the address with,
    `receipt` what of it went, `wrote_at` as it was claimed, `shut` that their window is closed
    all the same."""

    delivery_id: int
    address_id: int
    status: DeliveryStatus
    attempt: int
    due_at: float | None = None
    reason: str | None = None
    detail: str | None = None
    suppress: str = ""
    new_address: str = ""
    elsewhere: bool = False  # closed here: try the person's next channel
    waits: bool = False  # where there is none: wait until they write
    receipt: str | None = None
    wrote_at: float | None = None
    shut: bool = False


class Lost(Exception):
    """Another process has taken over this database: stop sending at once."""


class Ledger:
    """Deliveries of one database. `fence`: the lease this process holds (0: not checked)."""

    def __init__(self, store: Store, fence: int = 0) -> None:
        self._store = store
        self.fence = fence
        self.revoked: set[int] = set()  # see Core: who told the platform to stop is added
        self._lanes: dict[tuple[int, str, str], int] = {}

    async def reach(
        self, audience: dict[str, Any], accounts: list[str], wrote_since: dict[str, float]
    ) -> list[tuple[str, int, int]]:
        """Who would be planned now, account by account: see planning.reach."""
        async with self._store.read() as session:
            connection = await session.connection()
            return await connection.run_sync(planning.reach, audience, accounts, wrote_since)

    async def nameless(
        self, audience: dict[str, Any], accounts: list[str], channels: list[str]
    ) -> tuple[int, list[str]]:
        """Who on these channels has no name: see planning.nameless."""
        async with self._store.read() as session:
            connection = await session.connection()
            return await connection.run_sync(planning.nameless, audience, accounts, channels)

    async def plan(self, broadcast_id: int, audience: dict[str, Any], accounts: list[str]) -> int:
        """Freeze the audience into deliveries, chunk by chunk; a crash resumes where it stopped.

        `accounts` are the `channel:account` it goes out on. Returns how many were planned.
        """

        def chunk(db: Connection) -> tuple[int, bool]:
            if not self._holds_fence(db):
                raise Lost
            return planning.plan_chunk(db, broadcast_id, audience)

        def begin(db: Connection) -> tuple[int, bool]:
            planning.open_lanes(db, broadcast_id, accounts)
            return chunk(db)

        total, more = await self._store.work(begin)
        while more:
            added, more = await self._store.work(chunk)
            total += added
        return total

    async def exchange(self, sent: list[Sent], others: list[Result], wish: Wish) -> Batch:
        """Write results, with the addresses they close, and record the intent to send the next
        deliveries, in one commit; consent is read here. Nobody is claimed for a wish of size 0.

        Raises Lost, with the results written, when another process has taken over.
        """

        def job(db: Connection) -> Batch | None:
            ((fence, status, halted),) = driver.run(
                db, _STANDING, {"broadcast_id": wish.broadcast_id}
            )
            # Succeeded by another, we still know how our own calls ended; what we would open
            # again is no longer our business.
            ours = self.fence in {0, fence}
            ended = [r for r in others if r.status >= DeliveryStatus.UNCERTAIN]
            self.revoked |= _record(db, sent, others if ours else ended, wish)
            if not ours:
                return None
            # Paused or cancelled meanwhile, or everything is stopped
            if not wish.size or halted or status != BroadcastStatus.SENDING:
                return Batch([], wish.after)
            return self._claim(db, wish)

        if not (sent or others or wish.size):
            return Batch([], wish.after)
        batch = await self._store.work(job)
        if batch is None:
            raise Lost
        return batch

    def _claim(self, db: Connection, wish: Wish) -> Batch:
        values = wish._asdict() | {"lane_id": self._lane(db, wish)}
        values |= {"opted_out": _OPTED_OUT, "capped": _CAPPED, "asked": _ASKED}
        if not values["lane_id"]:
            return Batch([], wish.after)
        ((found,),) = driver.run(db, _NEXT, values)
        rows = list(map(_AS_CLAIMED, orjson.loads(found)))
        if not rows:
            return Batch([], wish.after)
        closed = [row for row in rows if row.closed]
        if closed:
            _leave_out(db, closed)
        reached = rows[-1].delivery_id
        values["up_to"] = reached
        driver.run(db, _INTEND, values)
        return Batch([row for row in rows if not row.closed] if closed else rows, reached)

    def _lane(self, db: Connection, wish: Wish) -> int:
        """0 while nothing was planned for that account."""
        key = (wish.broadcast_id, wish.channel, wish.account)
        if key not in self._lanes:
            if (found := db.execute(_LANE, wish._asdict()).scalar()) is None:
                return 0
            self._lanes[key] = found
        return self._lanes[key]

    async def closed_lanes(
        self, broadcast_id: int, open_accounts: Container[tuple[str, str]]
    ) -> list[str]:
        """`channel:account`s that still have deliveries of this broadcast and are not open here."""
        async with self._store.read() as session:
            lanes = await session.execute(_LANES_LEFT, {"broadcast_id": broadcast_id})
            return [f"{c}:{a}" for c, a in lanes if (c, a) not in open_accounts]

    async def recover(self, clock_went_back: float = 0.0, broadcast_id: int = 0) -> int:
        """After a crash: what was in flight is uncertain, never re-sent and never dropped.

        Retries were due by a clock that since went back by so many seconds: they must not wait
        for it to catch up. `broadcast_id`: only what is in flight of this one, after a bug.
        """
        async with self._store.bulk() as db:
            if not await db.run_sync(self._holds_fence):
                return 0  # they are somebody else's now
            if clock_went_back > 0:
                await db.execute(
                    text(
                        "UPDATE delivery SET due_at = due_at - :s WHERE status < 20 AND status = 1"
                    ),
                    {"s": clock_went_back},
                )
                await db.run_sync(platform_cap.shift_clock, clock_went_back)
            done = await db.execute(
                text("""UPDATE delivery SET status = 20, reason = :why
                WHERE status < 20 AND status = 10  -- the first is the index's condition
                AND :broadcast_id IN (0, broadcast_id)"""),
                {"why": Reason.PROCESS_DIED.value, "broadcast_id": broadcast_id},
            )
            return done.rowcount

    async def counts(self, broadcast_id: int) -> counters.Counts:
        """How many deliveries stand in each state, straight from the rows (reads all of them)."""
        async with self._store.read() as session:
            return await (await session.connection()).run_sync(counters.count_rows, broadcast_id)

    async def tallies(self, broadcast_id: int) -> counters.Counts:
        """The same at a glance: what ended by its status, what is open together as PLANNED."""
        async with self._store.read() as session:
            return await (await session.connection()).run_sync(counters.read_tallies, broadcast_id)

    async def reached(self, broadcast_id: int, version: int) -> bool:
        """Whether anybody has got this version of the content already."""
        if version <= 1:
            counts = await self.tallies(broadcast_id)
            return any(status >= DeliveryStatus.SENT for status in counts)
        async with self._store.read() as session:
            here = {"broadcast_id": broadcast_id, "version": version}
            return bool(await session.scalar(_REACHED, here))

    async def prove(self, broadcast_id: int) -> counters.Counts:
        """`counts`, with the tallies compared; were they wrong, a bug, they are corrected."""
        async with self._store.read() as session:
            connection = await session.connection()
            counts, agree = await connection.run_sync(counters.compare_counts, broadcast_id)
        if not agree:
            await self._store.work(lambda db: counters.correct(db, broadcast_id))
        return counts

    async def left(self, wish: Wish) -> tuple[int, float, bool]:
        """(deliveries of the lane that can still be claimed, when the earliest is due in Unix
        seconds (0: now), whether nothing can be added any more: planning is done, and no other
        lane may hand somebody over)."""
        async with self._store.read() as session:
            lane, planned = (await session.execute(_WHERE_LEFT, wish._asdict())).one()
            values = wish._asdict() | {"lane_id": lane or 0}
            left, due = (await session.execute(_LEFT, values)).one()
            others = await session.scalar(_OTHERS_LEFT, values)
            return int(left), float(due or 0.0), bool(planned) and not others

    def _holds_fence(self, db: Connection) -> bool:
        if not self.fence:
            return True
        current = db.execute(text("SELECT fence FROM lease WHERE lease_id = 1")).scalar()
        return bool(current == self.fence)


def _leave_out(db: Connection, closed: list[Claimed]) -> None:
    """What is closed here may go to the person's next channel, unless they left."""
    if capped := [one.delivery_id for one in closed if one.closed == _CAPPED]:
        platform_cap.skip_capped(db, capped, _CAPPED)
    left = [one for one in closed if one.closed != _CAPPED]
    if left:
        db.execute(_SKIP, [{"delivery_id": c.delivery_id, "reason": c.closed} for c in left])
    for one in closed:
        if one.closed not in {_OPTED_OUT, _ASKED}:
            fallback.try_next(db, one.delivery_id, one.closed)


def _record(db: Connection, sent: list[Sent], others: list[Result], wish: Wish) -> set[int]:
    """Returns the addresses of those who told the platform to stop."""
    if sent:
        taken = {"rows": orjson.dumps(list(map(tuple, sent))).decode()}
        driver.run(db, _SENT, taken)
        if wish.awaits:
            db.execute(_AWAIT, taken)
            watermark.catch_up(db, taken)
        if any(one.begun for one in sent):
            db.execute(_BEGUN, taken | {"channel": wish.channel})
    noted: list[Sent | Result] = [*sent, *others]
    _join(db, {one.delivery_id: one.receipt for one in noted if one.receipt and "," in one.receipt})
    if not others:
        return set()
    names = ("delivery_id", "status", "attempt", "due_at", "reason", "detail", "receipt")
    db.execute(_OTHERWISE, [{name: getattr(r, name) for name in names} for r in others])
    if tries := [r for r in others if r.status == DeliveryStatus.DEFERRED]:
        kept_at = steady_unix()
        kept = ("delivery_id", "status", "reason", "detail")
        db.execute(_TRIED, [{n: getattr(r, n) for n in kept} | {"kept_at": kept_at} for r in tries])
    shut = [{"address_id": r.address_id, "wrote_at": r.wrote_at} for r in others if r.shut]
    if shut:
        db.execute(_SHUT, shut)
    platform_cap.hold_back(
        db, [(r.delivery_id, r.due_at) for r in others if r.reason == _CAPPED and r.due_at]
    )
    stopped = suppression.close(db, ((r.address_id, r.suppress) for r in others if r.suppress))
    moved = [r for r in others if r.new_address]
    if moved:
        db.execute(
            _MOVE, [{"address_id": r.address_id, "new_address": r.new_address} for r in moved]
        )
    for result in others:
        if not result.elsewhere or fallback.try_next(db, result.delivery_id, result.reason):
            continue
        if result.waits:
            fallback.wait(db, result.delivery_id, result.wrote_at)
    return stopped


def _join(db: Connection, several: dict[int, str | None]) -> None:
    """Of several messages the platform told of a failure before we noted the ids of the others."""
    if not several:
        return
    known = {"ids": orjson.dumps(list(several)).decode()}
    for delivery_id, before in db.execute(_FAILED_ALREADY, known).all():
        joined = message_parts.with_failures(several[delivery_id] or "", before)
        db.execute(_NAME, {"delivery_id": delivery_id, "receipt": joined})
