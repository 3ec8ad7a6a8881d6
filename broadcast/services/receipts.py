"""Later news of deliveries: raises their rank, settles the uncertain, never lowers anything.

Safe to repeat and in any order: each statement names the states it may change.
"""

from __future__ import annotations

from dataclasses import replace

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from broadcast.core import Core, Event
from broadcast.machine import DeliveryStatus
from broadcast.ports import Reason, Receipt, ReceiptKind

log = structlog.get_logger()
_RANK = {
    ReceiptKind.SENT: DeliveryStatus.SENT,
    ReceiptKind.DELIVERED: DeliveryStatus.DELIVERED,
    ReceiptKind.READ: DeliveryStatus.READ,
}
# From in flight (the news was faster than our own note of the answer), uncertain, and lower ranks.
_RAISE = text("""UPDATE delivery SET status = :rank, reason = NULL, detail = NULL,
sent_at = COALESCE(sent_at, :at), receipt = COALESCE(receipt, :receipt)
WHERE delivery_id = :delivery_id AND (status IN (10, 20) OR status BETWEEN 40 AND :rank - 1)""")
_FAIL = text("""UPDATE delivery SET status = 30, reason = :reason, detail = :detail
WHERE delivery_id = :delivery_id AND status IN (10, 20, 40)""")
_CLOSE = text("""UPDATE address SET suppressed = :reason WHERE suppressed <> :platform_stop
AND address_id = (SELECT address_id FROM delivery WHERE delivery_id = :delivery_id)""")
_BY_RECEIPT = text("SELECT delivery_id FROM awaited_receipt WHERE receipt_id = :receipt_id")
_UP_TO = text("""SELECT w.delivery_id FROM awaited_receipt w
JOIN address a ON a.address_id = w.address_id
WHERE a.channel = :channel AND a.account = :account AND a.value = :address AND w.sent_at <= :at""")
_FORGET = text("DELETE FROM awaited_receipt WHERE delivery_id = :delivery_id")


async def settle(core: Core, channel: str, account: str, receipts: list[Receipt]) -> None:
    """Apply what the platform reported; news of messages that are not ours changes nothing."""
    touched: set[int] = set()
    async with core.store.bulk() as db:
        for receipt in receipts:
            for delivery_id in await _deliveries(db, channel, account, receipt):
                if await _apply(db, replace(receipt, delivery_id=delivery_id)):
                    touched.add(delivery_id)
        broadcasts = await _broadcasts(db, touched)
    for broadcast_id in broadcasts:
        await core.tell(Event("progress", broadcast_id))


async def _deliveries(
    db: AsyncConnection, channel: str, account: str, receipt: Receipt
) -> list[int]:
    if receipt.delivery_id:
        return [receipt.delivery_id]
    if receipt.receipt_id:
        found = await db.execute(_BY_RECEIPT, {"receipt_id": receipt.receipt_id})
    else:
        place = {"channel": channel, "account": account, "address": receipt.address}
        found = await db.execute(_UP_TO, place | {"at": receipt.at})
    return [int(row[0]) for row in found]


async def _apply(db: AsyncConnection, receipt: Receipt) -> bool:
    """Whether it changed anything."""
    named = {"delivery_id": receipt.delivery_id}
    if receipt.kind == ReceiptKind.FAILED:
        refused = receipt.refused
        reason = refused.reason if refused else Reason.REJECTED
        detail = refused.detail if refused else ""
        done = await db.execute(_FAIL, named | {"reason": reason.value, "detail": detail})
        if refused is not None and refused.suppress:
            stop = Reason.PLATFORM_STOP.value
            await db.execute(_CLOSE, named | {"reason": reason.value, "platform_stop": stop})
    else:
        rank = _RANK[receipt.kind].value
        news = {"rank": rank, "at": receipt.at, "receipt": receipt.receipt_id or None}
        done = await db.execute(_RAISE, named | news)
    if receipt.kind in {ReceiptKind.READ, ReceiptKind.FAILED}:
        await db.execute(_FORGET, named)  # there is no more to hear
    return bool(done.rowcount)


async def _broadcasts(db: AsyncConnection, deliveries: set[int]) -> set[int]:
    query = text("SELECT broadcast_id FROM delivery WHERE delivery_id = :delivery_id")
    rows = [(await db.execute(query, {"delivery_id": number})).scalar() for number in deliveries]
    return {int(row) for row in rows if row is not None}
