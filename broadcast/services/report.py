"""What became of it: sums that must agree, who missed it and why, who did what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.models import Admin, Audit, Broadcast
from broadcast.outcome import Reason
from broadcast.states import OPEN_DELIVERIES, BroadcastStatus, DeliveryStatus
from broadcast.store import counters
from broadcast.store.deliveries import Ledger
from broadcast.store.message_parts import arrived


@dataclass(frozen=True)
class Sums:
    """planned = sent + failed + skipped + uncertain + open, always. Of `sent` are `delivered`, as far
    as the platform tells, and of these `read`. `versions` add up to `sent`; empty while there is one
    content."""

    planned: int
    sent: int
    failed: int
    skipped: int
    uncertain: int
    open: int
    delivered: int = 0
    read: int = 0
    versions: tuple[int, ...] = ()  # of those sent, who got the first content, the second …

    @property
    def finished(self) -> bool:
        return self.open == 0


NOTHING = Sums(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Missed:
    """One person who did not (surely) get it. `part`: some of its messages went. `phone` in E.164,
    where we know it."""

    name: str
    status: DeliveryStatus
    reason: str
    detail: str
    part: bool = False
    channel: str = ""
    address: str = ""
    phone: str = ""


_LAST_VERSION = "SELECT content_version FROM broadcast WHERE broadcast_id = :b"
_CORRECTED = """SELECT content_version, count(*) FROM delivery
WHERE broadcast_id = :b AND content_version > 1 AND status >= 40 GROUP BY content_version"""


async def sums(core: Core, broadcast_id: int) -> Sums:
    counts = await Ledger(core.store).tallies(broadcast_id)
    sent = sum(n for status, n in counts.items() if status >= DeliveryStatus.SENT)
    return Sums(
        planned=sum(counts.values()),
        sent=sent,
        versions=await _versions(core, broadcast_id, sent),
        failed=counts.get(DeliveryStatus.FAILED, 0),
        skipped=counts.get(DeliveryStatus.SKIPPED, 0),
        uncertain=counts.get(DeliveryStatus.UNCERTAIN, 0),
        open=sum(counts.get(status, 0) for status in OPEN_DELIVERIES),
        delivered=sum(n for status, n in counts.items() if status >= DeliveryStatus.DELIVERED),
        read=counts.get(DeliveryStatus.READ, 0),
    )


async def _versions(core: Core, broadcast_id: int, sent: int) -> tuple[int, ...]:
    async with core.store.read() as session:
        here = {"b": broadcast_id}
        last = await session.scalar(text(_LAST_VERSION), here)
        if not last or last == 1:
            return ()
        rows = await session.execute(text(_CORRECTED), here)
        found = {int(number): int(count) for number, count in rows}
    corrected = [found.get(number, 0) for number in range(2, last + 1)]
    return (sent - sum(corrected), *corrected)


async def lanes(core: Core, broadcast_id: int) -> dict[int, tuple[int, int]]:
    """(planned, ended) on each account, by lane."""
    async with core.store.read() as session:
        return await (await session.connection()).run_sync(counters.by_lane, broadcast_id)


_ENDED_BADLY = "d.broadcast_id = :b AND d.status IN (20, 30, 31)"
_WHO = f"""SELECT s.name, d.status, d.reason, d.detail, d.receipt, a.channel, a.value, s.phone
FROM delivery d JOIN broadcast b ON b.broadcast_id = :b
JOIN address a ON a.address_id = d.address_id
JOIN subscriber s ON s.subscriber_id = a.subscriber_id
WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to AND {_ENDED_BADLY}"""
_FOR = " AND COALESCE(d.reason, '') = :reason"
_NOT_HERE = f" AND COALESCE(d.reason, '') <> '{Reason.REACHED_ELSEWHERE}'"
_AT_ONCE = 500


async def missed(
    core: Core, broadcast_id: int, limit: int = 20, before: int = 0, reason: str | None = None
) -> list[Missed]:
    """Who did not (surely) get it: `limit` people after the first `before`. `reason`: of these only;
    else whoever may have it first."""
    order = "d.delivery_id" if reason is not None else "d.status, d.delivery_id"
    chosen = _WHO + (_FOR if reason is not None else "")
    values = {"b": broadcast_id, "n": limit, "before": before}
    async with core.store.read() as session:
        rows = await session.execute(
            text(f"{chosen} ORDER BY {order} LIMIT :n OFFSET :before"),
            values | ({"reason": reason} if reason is not None else {}),
        )
        return [_one(row) for row in rows]


async def everybody(
    session: AsyncSession, broadcast_id: int, reason: str | None = None
) -> AsyncIterator[list[Missed]]:
    """All of them but those who have it on another channel, a few hundred at a time as they are
    read: memory does not grow with their number."""
    chosen = f"{_WHO}{_FOR if reason is not None else _NOT_HERE} ORDER BY d.delivery_id"
    values = {"b": broadcast_id} | ({"reason": reason} if reason is not None else {})
    found = await session.stream(text(chosen), values)
    async for rows in found.partitions(_AT_ONCE):
        yield [_one(row) for row in rows]


def _one(row: Any) -> Missed:
    name, status, reason, detail, receipt, channel, address, phone = row
    return Missed(
        name, DeliveryStatus(status), reason or "", detail or "", any(arrived(receipt)), channel,
        address, phone,
    )  # fmt: skip


async def reasons(core: Core, broadcast_id: int) -> list[tuple[str, int]]:
    """Why deliveries did not succeed, the commonest first."""
    async with core.store.read() as session:
        rows = await session.execute(
            text(f"""SELECT COALESCE(d.reason, ''), count(*) FROM delivery d
            JOIN broadcast b ON b.broadcast_id = :b
            WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to AND {_ENDED_BADLY}
            GROUP BY 1 ORDER BY 2 DESC, 1"""),
            {"b": broadcast_id},
        )
        return [(reason, count) for reason, count in rows]


async def history(core: Core, broadcast_id: int) -> list[tuple[Audit, str]]:
    async with core.store.read() as session:
        rows = await session.execute(
            select(Audit, Admin.name)
            .join(Admin, col(Admin.admin_id) == Audit.admin_id, isouter=True)
            .where(Audit.broadcast_id == broadcast_id)
            .order_by(col(Audit.audit_id))
        )
        return [(audit, name or "Tellal") for audit, name in rows.all()]


_CURRENT = (
    BroadcastStatus.IN_REVIEW, BroadcastStatus.SCHEDULED, BroadcastStatus.LATE,
    BroadcastStatus.HOLDING, BroadcastStatus.SENDING, BroadcastStatus.PAUSED,
    BroadcastStatus.WATCHING, BroadcastStatus.WAITING,
)  # fmt: skip


async def current(core: Core) -> list[Broadcast]:
    """What is on its way, the latest first."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Broadcast)
            .where(col(Broadcast.status).in_(_CURRENT))
            .order_by(col(Broadcast.broadcast_id).desc())
        )
        return list(rows)
