"""Take over a restored or copied database: what it would have sent by itself waits for a word."""

from __future__ import annotations

from sqlmodel import col, select

from broadcast.core import Core
from broadcast.machine import BroadcastStatus
from broadcast.models import Broadcast
from broadcast.services.record import move, note
from broadcast.store import lease
from broadcast.store.ledger import Ledger

RESTORED = "restored"  # the pause reason
_THEN = {
    BroadcastStatus.SENDING: BroadcastStatus.PAUSED,
    BroadcastStatus.WATCHING: BroadcastStatus.PAUSED,
    BroadcastStatus.WAITING: BroadcastStatus.PAUSED,
    BroadcastStatus.HOLDING: BroadcastStatus.LATE,
    BroadcastStatus.SCHEDULED: BroadcastStatus.LATE,
}


async def adopt(core: Core) -> int:
    """Make this database this installation's own. Returns how many broadcasts wait now."""
    await Ledger(core.store).recover()
    async with core.store.write() as session:
        rows = await session.scalars(select(Broadcast).where(col(Broadcast.status).in_(_THEN)))
        count = 0
        for row in rows:
            then = _THEN[BroadcastStatus(row.status)]
            move(row, then)
            row.pause_reason = RESTORED if then == BroadcastStatus.PAUSED else ""
            note(core, session, "adopted", broadcast_id=row.broadcast_id)
            count += 1
    await lease.adopt(core.store)
    return count
