"""Later news of deliveries: raises their rank, settles the uncertain, never lowers anything."""

from __future__ import annotations

from sqlalchemy import Connection

from broadcast.core import Core, Event
from broadcast.ports import Receipt
from broadcast.store import news


async def settle(core: Core, channel: str, account: str, receipts: list[Receipt]) -> None:
    """Apply what the platform reported. Calls at the same time share a transaction."""
    if not receipts:
        return

    def job(db: Connection) -> news.Settled:
        return news.settle(db, channel, account, receipts, core.clock())

    broadcasts, passed_on = await core.store.work(job)
    if passed_on:
        core.wake.set()
    for broadcast_id in broadcasts:
        await core.tell(Event("progress", broadcast_id))
