"""Take over a restored or copied database: what it would have sent by itself waits for a word."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.models import Broadcast, Role
from broadcast.services import correct
from broadcast.services.audit import append_audit, change_status
from broadcast.states import BroadcastStatus
from broadcast.store import lease
from broadcast.store.deliveries import Ledger

RESTORED = "restored"  # the pause reason
_THEN = {
    BroadcastStatus.SENDING: BroadcastStatus.PAUSED,
    BroadcastStatus.WATCHING: BroadcastStatus.PAUSED,
    BroadcastStatus.WAITING: BroadcastStatus.PAUSED,
    BroadcastStatus.HOLDING: BroadcastStatus.LATE,
    BroadcastStatus.SCHEDULED: BroadcastStatus.LATE,
}


async def _corrections(core: Core, session: AsyncSession) -> int:
    """A yes to a correction would send at once: it rests as well, with what is to be looked at."""
    rows = await session.scalars(
        select(Broadcast).where(
            Broadcast.status == BroadcastStatus.IN_REVIEW, col(Broadcast.launched_at).is_not(None)
        )
    )
    count = 0
    for row in rows:
        await correct.send_back(session, row)
        row.pause_reason, row.paused_by, row.paused_as = RESTORED, None, ""
        append_audit(core, session, "adopted", broadcast_id=row.broadcast_id)
        count += 1
    return count


async def _pauses(core: Core, session: AsyncSession) -> int:
    """An author's own pause was about what they knew; what may have gone out since, an approver has
    to look at. A pause by a greater right stays theirs."""
    rows = await session.scalars(
        select(Broadcast).where(
            Broadcast.status == BroadcastStatus.PAUSED, Broadcast.paused_as == Role.AUTHOR
        )
    )
    count = 0
    for row in rows:
        row.version += 1
        row.pause_reason, row.paused_by, row.paused_as = RESTORED, None, ""
        append_audit(core, session, "adopted", broadcast_id=row.broadcast_id)
        count += 1
    return count


async def adopt(core: Core) -> int:
    """Make this database this installation's own. Returns how many broadcasts wait now."""
    await Ledger(core.store).recover()
    async with core.store.write() as session:
        rows = await session.scalars(select(Broadcast).where(col(Broadcast.status).in_(_THEN)))
        count = await _pauses(core, session)
        for row in rows:
            then = _THEN[BroadcastStatus(row.status)]
            change_status(row, then)
            row.pause_reason = RESTORED if then == BroadcastStatus.PAUSED else ""
            append_audit(core, session, "adopted", broadcast_id=row.broadcast_id)
            count += 1
        count += await _corrections(core, session)
    await lease.adopt(core.store)
    return count
