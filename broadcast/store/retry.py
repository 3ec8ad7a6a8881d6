"""Trying again: what the earlier try came to is kept, and the delivery is open anew. Set-based."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.states import DeliveryStatus
from broadcast.store import merged_people

# `failed` for these reasons, and still to be reached: whoever blocked us, left, or is asked whether
# they want to leave stays failed.
_RETRYABLE = """FROM delivery d JOIN broadcast b ON b.broadcast_id = :broadcast_id
JOIN address a ON a.address_id = d.address_id
WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to AND d.broadcast_id = :broadcast_id
AND d.status = 30 AND a.consent = 'opted_in' AND a.suppressed = '' AND a.asked_at IS NULL"""
# The platform lets these have no more before a moment it named.
_RIPE, _HELD = " AND (d.due_at IS NULL OR d.due_at <= :now)", " AND d.due_at > :now"
_UNCERTAIN = """FROM delivery d JOIN broadcast b ON b.broadcast_id = :broadcast_id
WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to AND d.broadcast_id = :broadcast_id
AND d.status = 20"""
_KEEP = """INSERT INTO attempt (delivery_id, status, kept_at, reason, detail)
SELECT d.delivery_id, d.status, :now, d.reason, d.detail """
_REOPEN = """UPDATE delivery SET status = 0, attempt = 0, due_at = NULL, sent_at = NULL,
reason = NULL, detail = NULL WHERE delivery_id IN (SELECT d.delivery_id """


async def retryable(session: AsyncSession, broadcast_id: int, now: float) -> list[tuple[str, int]]:
    """(reason, people) of the failures that a new try may mend, the commonest first."""
    chosen = _RETRYABLE + _RIPE
    query = f"SELECT COALESCE(d.reason, ''), count(*) {chosen} GROUP BY 1 ORDER BY 2 DESC"
    rows = await session.execute(text(query), {"broadcast_id": broadcast_id, "now": now})
    return [(reason, count) for reason, count in rows]


async def retry(
    session: AsyncSession, broadcast_id: int, reasons: Iterable[str], now: float
) -> int:
    """A new try for those who failed for one of the reasons. Returns how many."""
    chosen = _RETRYABLE + _RIPE + " AND d.reason IN :reasons"
    values = {"reasons": list(reasons)}
    return await _again(session, broadcast_id, chosen, values, now)


async def under_way(session: AsyncSession, broadcast_id: int) -> bool:
    """Whether somebody whose try had failed is open again: being tried now, or about to be."""
    found = await session.scalar(
        text("""SELECT 1 FROM delivery d JOIN broadcast b ON b.broadcast_id = :b
        WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to AND d.broadcast_id = :b
        AND d.status < 20 AND EXISTS (SELECT 1 FROM attempt t
            WHERE t.delivery_id = d.delivery_id AND t.status = 30) LIMIT 1"""),
        {"b": broadcast_id},
    )
    return found is not None


async def held_back(
    session: AsyncSession, broadcast_id: int, now: float
) -> list[tuple[str, int, float]]:
    """(channel, people, when the first of them may be tried again, in Unix seconds)."""
    query = f"""SELECT a.channel, count(*), min(d.due_at) {_RETRYABLE}{_HELD} GROUP BY 1"""
    rows = await session.execute(text(query), {"broadcast_id": broadcast_id, "now": now})
    return [(channel, count, at) for channel, count, at in rows]


async def resend_uncertain(session: AsyncSession, broadcast_id: int, now: float) -> int:
    """The admins chose to send again to those we are not sure about. Returns how many."""
    return await _again(session, broadcast_id, _UNCERTAIN, {}, now)


async def _again(
    session: AsyncSession, broadcast_id: int, chosen: str, choice: Mapping[str, object], now: float
) -> int:
    values = {**choice, "broadcast_id": broadcast_id, "now": now}
    keep, reopen = text(_KEEP + chosen), text(f"{_REOPEN}{chosen})")
    if "reasons" in values:
        keep = keep.bindparams(bindparam("reasons", expanding=True))
        reopen = reopen.bindparams(bindparam("reasons", expanding=True))
    await session.execute(keep, values)
    done = await session.execute(reopen, values)
    db = await session.connection()
    await db.run_sync(merged_people.keep_one_reopened, broadcast_id)
    return int(done.rowcount)  # type: ignore[attr-defined]


def reopen_one(db: Connection, delivery_id: int, now: float) -> None:
    """The same for one delivery, on the hot path's connection."""
    one = "FROM delivery d WHERE d.delivery_id = :delivery_id"
    db.execute(text(_KEEP + one), {"delivery_id": delivery_id, "now": now})
    db.execute(text(f"{_REOPEN}{one})"), {"delivery_id": delivery_id})


async def earlier_attempts(
    session: AsyncSession, delivery_id: int
) -> list[tuple[DeliveryStatus, str]]:
    """What the tries before the present one came to, the oldest first: (status, reason)."""
    rows = await session.execute(
        text("SELECT status, reason FROM attempt WHERE delivery_id = :d ORDER BY attempt_id"),
        {"d": delivery_id},
    )
    return [(DeliveryStatus(status), reason or "") for status, reason in rows]
