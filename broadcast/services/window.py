"""The time after a person wrote in which a platform takes free text, and who waits for it to open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.context import Core
from broadcast.inbound import WRITTEN, Inbound
from broadcast.models import Address
from broadcast.outcome import Reason
from broadcast.services.audit import append_audit, change_status, load_broadcast
from broadcast.services.reach import WAIT
from broadcast.states import BroadcastStatus, DeliveryStatus

_RELEASED = text("""UPDATE delivery SET status = :planned, reason = NULL, detail = NULL
WHERE status = :waiting
AND delivery_id IN (SELECT delivery_id FROM waiting_delivery WHERE address_id = :address_id)""")
_THEIRS = text("SELECT DISTINCT broadcast_id FROM waiting_delivery WHERE address_id = :address_id")
_FORGET = text("DELETE FROM waiting_delivery WHERE address_id = :address_id")
_EXPIRED = text("""UPDATE delivery SET status = :skipped, reason = :reason
WHERE status = :waiting
AND delivery_id IN (SELECT delivery_id FROM waiting_delivery WHERE broadcast_id = :broadcast_id)""")
_MOVE = text("""UPDATE delivery AS d SET address_id = :new WHERE status = 5 AND delivery_id IN
(SELECT delivery_id FROM waiting_delivery WHERE address_id = :old)
AND NOT EXISTS (SELECT 1 FROM broadcast b JOIN delivery o
    ON o.delivery_id BETWEEN b.delivery_from AND b.delivery_to AND o.broadcast_id = b.broadcast_id
    WHERE b.broadcast_id = d.broadcast_id AND o.address_id = :new)""")
_MOVE_WAITING = text("""UPDATE waiting_delivery SET address_id = :new WHERE address_id = :old
AND delivery_id IN (SELECT delivery_id FROM delivery WHERE address_id = :new AND status = 5)""")
_FORGET_ALL = text("DELETE FROM waiting_delivery WHERE broadcast_id = :broadcast_id")


WAIT_HOURS = 72.0  # unless the author says otherwise


def expiry(audience: Mapping[str, object], now: datetime) -> datetime | None:
    """Until when people are waited for; None where nobody is."""
    if audience.get("outside") != WAIT:
        return None
    return now + timedelta(hours=float(str(audience.get("hours") or WAIT_HOURS)))


async def open_window(
    core: Core, session: AsyncSession, inbound: Inbound, address: Address
) -> None:
    """They wrote: their window is open, and what waited for that is planned again.

    The claim reads consent and suppression once more, so a STOP that opens a window sends nothing.
    """
    if inbound.kind not in WRITTEN:
        return
    now = core.clock()
    at = min(inbound.at or now, now)  # a window that opens tomorrow would never close
    address.wrote_at = max(address.wrote_at or 0.0, at.timestamp())
    theirs = {"address_id": address.address_id}
    broadcasts = list((await session.execute(_THEIRS, theirs)).scalars())
    if not broadcasts:
        return
    states = {"planned": DeliveryStatus.PLANNED.value, "waiting": DeliveryStatus.WAITING.value}
    await session.execute(_RELEASED, theirs | states)
    await session.execute(_FORGET, theirs)
    for broadcast_id in broadcasts:
        row = await load_broadcast(session, broadcast_id)
        if row.status == BroadcastStatus.WAITING:
            change_status(row, BroadcastStatus.SENDING)
    core.wake.set()


async def move_waiting(session: AsyncSession, old: Address, new: Address) -> None:
    """The person is somewhere else now: what waits for them waits there. Nothing comes along that
    the new address has of its own."""
    both = {"old": old.address_id, "new": new.address_id}
    await session.execute(_MOVE, both)
    await session.execute(_MOVE_WAITING, both)


async def expire(core: Core, broadcast_id: int, version: int) -> None:
    """The broadcast's time ran out: whoever still waits is skipped, and it can be completed.

    Only if it is still as it was in that `version`.
    """
    async with core.store.write() as session:
        fresh = await load_broadcast(session, broadcast_id)
        if fresh.version != version:
            return
        states = {"skipped": DeliveryStatus.SKIPPED.value, "waiting": DeliveryStatus.WAITING.value}
        named = {"broadcast_id": broadcast_id}
        reason = {"reason": Reason.EXPIRED.value}
        await session.execute(_EXPIRED, named | states | reason)
        await session.execute(_FORGET_ALL, named)
        change_status(fresh, BroadcastStatus.SENDING)
        append_audit(core, session, "expired", broadcast_id=broadcast_id)
    core.wake.set()
