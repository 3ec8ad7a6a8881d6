"""News of a sending account: what has to stop, and who is told."""

from __future__ import annotations

from sqlmodel import col, select

from broadcast.core import Core, Event
from broadcast.machine import BroadcastStatus
from broadcast.models import Broadcast
from broadcast.ports import AccountEvent
from broadcast.services import control, notice


async def tell_owners(core: Core, sentence: str, values: dict[str, object]) -> None:
    """A catalog sentence for every owner, also when we die before it is said."""
    await notice.keep(core, sentence, values)
    await core.tell(Event("account"))


async def heed(core: Core, event: AccountEvent) -> None:
    """Tell the owners; where the platform wants bulk sending to stop, pause what is running."""
    await tell_owners(core, event.template, event.values)
    if not event.pause:
        return
    async with core.store.read() as session:
        running = list(
            await session.scalars(
                select(Broadcast.broadcast_id).where(
                    col(Broadcast.status) == BroadcastStatus.SENDING
                )
            )
        )
    for broadcast_id in running:
        await control.pause(core, None, broadcast_id or 0, event.template)
