"""The end of a broadcast: whether anything is open, and, when it is cancelled, that nothing stays so."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.account_key import AccountKey
from broadcast.outcome import Reason
from broadcast.states import BroadcastStatus
from broadcast.store.session import Store

PIECE = 20_000  # rows a commit: about 30 ms of write lock

# Planned and deferred; what is in flight ends by itself and is recorded.
_SKIP = text("""UPDATE delivery SET status = 31, reason = :why, due_at = NULL
WHERE delivery_id IN (SELECT delivery_id FROM delivery
WHERE broadcast_id = :b AND status < 20 AND status <> 10 LIMIT :piece)""")
_NOBODY_WAITS = text("DELETE FROM waiting_delivery WHERE broadcast_id = :b")
_LEFT_OPEN = text("""SELECT b.broadcast_id FROM broadcast b WHERE b.status = :cancelled
AND EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast_id = b.broadcast_id AND d.status < 20)""")

# The first condition is the index's; whoever waits for the person to write does not hold it up.
_OPEN = text("""SELECT EXISTS (SELECT 1 FROM delivery
WHERE broadcast_id = :b AND status < 20 AND status IN (0, 1, 10))""")

_PLANNED = text("SELECT planning_done FROM broadcast WHERE broadcast_id = :b")
_LANES = text("""SELECT l.channel, l.account FROM lane l WHERE l.broadcast_id = :b
AND EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast_id = :b AND d.lane_id = l.lane_id
AND d.status < 20 AND d.status IN (0, 1, 10))""")


async def any_open(session: AsyncSession, broadcast_id: int) -> bool:
    """Whether a delivery has still to end; in a write transaction none can be opened meanwhile."""
    return bool(await session.scalar(_OPEN, {"b": broadcast_id}))


async def only_left(
    session: AsyncSession, broadcast_id: int, accounts: Iterable[AccountKey]
) -> AccountKey | None:
    """One of these accounts, where all is planned and nothing is open on any other; else None."""
    wanted = set(accounts)
    if not wanted or not await session.scalar(_PLANNED, {"b": broadcast_id}):
        return None
    left = {
        (channel, account)
        for channel, account in await session.execute(_LANES, {"b": broadcast_id})
    }
    return min(wanted & left or wanted) if left <= wanted else None


async def left_open(store: Store) -> set[int]:
    """Cancelled broadcasts that were not swept to the end, as after a kill."""
    async with store.read() as session:
        rows = await session.scalars(_LEFT_OPEN, {"cancelled": BroadcastStatus.CANCELLED})
        return set(rows)


async def skip_open(store: Store, broadcast_id: int) -> None:
    """Skip every delivery of a cancelled broadcast that has not gone out."""
    values = {"b": broadcast_id, "why": Reason.CANCELLED.value, "piece": PIECE}
    while True:
        async with store.bulk() as db:
            done = await db.execute(_SKIP, values)
            await db.execute(_NOBODY_WAITS, {"b": broadcast_id})
        if done.rowcount < PIECE:
            return
