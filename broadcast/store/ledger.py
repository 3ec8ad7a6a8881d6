"""The hot path in set-based SQL: plan, claim, record, count. No object per recipient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from broadcast.clock import steady_unix
from broadcast.machine import DeliveryStatus
from broadcast.ports import Reason
from broadcast.store.session import Store

_S = DeliveryStatus
CHUNK = 20_000

_AUDIENCE = """
FROM address a JOIN subscriber s ON s.subscriber_id = a.subscriber_id
WHERE a.consent = 'opted_in' AND a.suppressed = ''
AND (:language = '' OR s.language = :language)
AND a.channel || ':' || a.account IN ({accounts})
"""
_EVERYBODY = """
FROM address a WHERE a.consent = 'opted_in' AND a.suppressed = ''
AND a.channel || ':' || a.account IN ({accounts})
"""

_CLAIM = text("""
SELECT d.delivery_id, d.address_id, a.value, d.attempt,
       a.consent = 'opted_in' AND a.suppressed = '' AS open, a.suppressed
FROM delivery d JOIN address a ON a.address_id = d.address_id
WHERE d.broadcast_id = :broadcast_id AND d.delivery_id > :after AND d.status < 20
  AND (d.status = 0 OR (d.status = 1 AND d.due_at <= :now))
  AND (:up_to = 0 OR d.delivery_id <= :up_to)
  AND a.channel = :channel AND a.account = :account
ORDER BY d.delivery_id LIMIT :size
""")
_INTEND = """UPDATE delivery SET status = 10, attempt = attempt + 1, due_at = NULL
WHERE delivery_id = ? AND status IN (0, 1)"""
_SKIP = "UPDATE delivery SET status = 31, reason = ? WHERE delivery_id = ? AND status IN (0, 1)"
_RECORD = """UPDATE delivery SET status = ?, attempt = ?, due_at = ?, sent_at = ?, reason = ?,
detail = ?, receipt = ? WHERE delivery_id = ? AND status IN (10, 20)"""
_TRIED = """INSERT INTO attempt (delivery_id, status, kept_at, reason, detail)
VALUES (?, ?, ?, ?, ?)"""


@dataclass(slots=True)
class Claimed:
    """One delivery in flight: intent is on disk."""

    delivery_id: int
    address_id: int
    address: str
    attempt: int


@dataclass(slots=True)
class Result:
    """What became of one claimed delivery; `suppress` is a Reason to close the address with."""

    delivery_id: int
    address_id: int
    status: DeliveryStatus
    attempt: int
    due_at: float | None = None
    sent_at: float | None = None
    reason: str | None = None
    detail: str | None = None
    receipt: str | None = None
    suppress: str = ""
    new_address: str = ""


class Lost(Exception):
    """Another process has taken over this database: stop sending at once."""


class Ledger:
    """Deliveries of one database. `fence`: the lease this process holds (0: not checked)."""

    def __init__(self, store: Store, fence: int = 0) -> None:
        self._store = store
        self.fence = fence

    async def audience_size(self, audience: dict[str, Any], accounts: list[str]) -> int:
        """How many addresses a broadcast launched now would plan."""
        if not accounts:
            return 0
        async with self._store.read() as session:
            source, values = _source(audience, accounts)
            return int(
                (await session.execute(text(f"SELECT count(*) {source}"), values)).scalar() or 0
            )

    async def plan(self, broadcast_id: int, audience: dict[str, Any], accounts: list[str]) -> int:
        """Freeze the audience into deliveries, chunk by chunk; a crash resumes where it stopped.

        Each chunk and its progress mark commit together, so nobody is planned twice.
        """
        total = 0
        while True:
            added = await self._plan_chunk(broadcast_id, audience, accounts)
            total += added
            if added < CHUNK:
                return total

    async def _plan_chunk(
        self, broadcast_id: int, audience: dict[str, Any], accounts: list[str]
    ) -> int:
        source, values = _source(audience, accounts)
        values |= {"broadcast_id": broadcast_id, "size": CHUNK}
        async with self._store.bulk() as db:
            await self._check_fence(db)
            after = (
                await db.execute(
                    text("SELECT planned_up_to FROM broadcast WHERE broadcast_id = :broadcast_id"),
                    values,
                )
            ).scalar_one()
            values["after"] = after
            page = f"SELECT a.address_id {source} AND a.address_id > :after ORDER BY 1 LIMIT :size"
            added, last = (
                await db.execute(text(f"SELECT count(*), max(address_id) FROM ({page}) p"), values)
            ).one()
            if added:
                values["last"] = last
                before = (await db.execute(text("SELECT max(delivery_id) FROM delivery"))).scalar()
                await db.execute(
                    text(f"""INSERT INTO delivery (broadcast_id, address_id, status, attempt)
                    SELECT :broadcast_id, a.address_id, 0, 0 {source}
                    AND a.address_id > :after AND a.address_id <= :last ORDER BY a.address_id"""),
                    values,
                )
                values |= {"first": (before or 0) + 1}
                await db.execute(
                    text("""UPDATE broadcast SET planned_up_to = :last,
                    planned_total = planned_total + :added,
                    delivery_from = CASE WHEN delivery_from = 0 THEN :first ELSE delivery_from END,
                    delivery_to = (SELECT max(delivery_id) FROM delivery)
                    WHERE broadcast_id = :broadcast_id"""),
                    values | {"added": added},
                )
            if added < CHUNK:
                await db.execute(
                    text("UPDATE broadcast SET planning_done = true WHERE broadcast_id = :b"),
                    {"b": broadcast_id},
                )
            return int(added)

    async def claim(
        self, broadcast_id: int, account: tuple[str, str], after: int, size: int, now: float,
        up_to: int = 0,
    ) -> tuple[list[Claimed], int, int]:  # fmt: skip
        """Record the intent to send the next deliveries, up to an id (0: all); consent is read here.

        Returns (claimed, the id reached, how many were skipped for want of consent).
        """
        async with self._store.bulk() as db:
            await self._check_fence(db)
            rows = (
                await db.execute(
                    _CLAIM,
                    {
                        "broadcast_id": broadcast_id,
                        "after": after,
                        "size": size,
                        "now": now,
                        "channel": account[0],
                        "account": account[1],
                        "up_to": up_to,
                    },
                )
            ).all()
            if not rows:
                return [], after, 0
            claimed = [Claimed(r[0], r[1], r[2], r[3] + 1) for r in rows if r[4]]
            if claimed:
                await db.exec_driver_sql(_INTEND, [(c.delivery_id,) for c in claimed])
            skipped = [(r[5] or Reason.OPTED_OUT.value, r[0]) for r in rows if not r[4]]
            if skipped:
                await db.exec_driver_sql(_SKIP, skipped)
            return claimed, rows[-1][0], len(skipped)

    async def record(self, results: list[Result]) -> None:
        """Write many results in one commit, with the addresses they close.

        A process that was succeeded still knows how its own requests ended; what it would open
        again is no longer its business. Then raises Lost.
        """
        async with self._store.bulk() as db:
            lost = await self._is_lost(db)
            if lost:
                results = [r for r in results if r.status >= _S.UNCERTAIN]
            await self._write(db, results)
        if lost:
            raise Lost

    async def _write(self, db: Any, results: list[Result]) -> None:
        rows = [
            (r.status.value, r.attempt, r.due_at, r.sent_at, r.reason, r.detail, r.receipt,
             r.delivery_id)
            for r in results
        ]  # fmt: skip
        closed = [(r.suppress, r.address_id) for r in results if r.suppress]
        moved = [(r.new_address, r.address_id) for r in results if r.new_address]
        tries = [
            (r.delivery_id, r.status.value, steady_unix(), r.reason, r.detail)
            for r in results
            if r.status == _S.DEFERRED
        ]
        if rows:
            await db.exec_driver_sql(_RECORD, rows)
        if tries:
            await db.exec_driver_sql(_TRIED, tries)
        if closed:
            await db.exec_driver_sql(
                "UPDATE address SET suppressed = ? WHERE address_id = ?", closed
            )
        if moved:
            await db.exec_driver_sql(
                "UPDATE OR IGNORE address SET value = ? WHERE address_id = ?", moved
            )

    async def recover(self) -> int:
        """After a crash: what was in flight is uncertain, never re-sent and never dropped."""
        async with self._store.bulk() as db:
            done = await db.execute(
                text("UPDATE delivery SET status = 20, reason = :why WHERE status = 10"),
                {"why": Reason.PROCESS_DIED.value},
            )
            return done.rowcount

    async def counts(self, broadcast_id: int) -> dict[DeliveryStatus, int]:
        """How many deliveries stand in each state, straight from the rows."""
        async with self._store.read() as session:
            rows = await session.execute(
                text("""SELECT d.status, count(*) FROM delivery d
                JOIN broadcast b ON b.broadcast_id = :b
                WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to
                AND d.broadcast_id = :b GROUP BY d.status"""),
                {"b": broadcast_id},
            )
            return {DeliveryStatus(status): count for status, count in rows}

    async def next_due(self, broadcast_id: int, up_to: int = 0) -> tuple[int, float | None]:
        """(open deliveries left, when the earliest deferred one is due in Unix seconds)."""
        async with self._store.read() as session:
            left, due = (
                await session.execute(
                    text("""SELECT count(*), min(CASE WHEN status = 0 THEN 0 ELSE due_at END)
                    FROM delivery WHERE broadcast_id = :b AND status < 20
                    AND (:up_to = 0 OR delivery_id <= :up_to)"""),
                    {"b": broadcast_id, "up_to": up_to},
                )
            ).one()
            return int(left), due

    async def _check_fence(self, db: Any) -> None:
        if await self._is_lost(db):
            raise Lost

    async def _is_lost(self, db: Any) -> bool:
        if not self.fence:
            return False
        current = (await db.execute(text("SELECT fence FROM lease WHERE lease_id = 1"))).scalar()
        return bool(current != self.fence)


def _source(audience: dict[str, Any], accounts: list[str]) -> tuple[str, dict[str, Any]]:
    language = str(audience.get("language") or "")
    values: dict[str, Any] = {f"account_{i}": name for i, name in enumerate(accounts)}
    names = ", ".join(f":account_{i}" for i in range(len(accounts))) or "''"
    if language:
        return _AUDIENCE.format(accounts=names), values | {"language": language}
    return _EVERYBODY.format(accounts=names), values
