"""Later news of deliveries: raises their rank, settles the uncertain, never lowers anything.

Safe to repeat and in any order: each statement names the states it may change.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from broadcast.core import Core, Event
from broadcast.machine import DeliveryStatus
from broadcast.ports import Reason, Receipt, ReceiptKind
from broadcast.store import evidence, fallback, watermark

_RANK = {
    ReceiptKind.SENT: DeliveryStatus.SENT,
    ReceiptKind.DELIVERED: DeliveryStatus.DELIVERED,
    ReceiptKind.READ: DeliveryStatus.READ,
}
# Another house may use the same number: news under an id that is not the one we were given for
# this delivery is not of our message.
_OURS = """delivery_id = :delivery_id AND (:receipt = '' OR COALESCE(receipt, '') = ''
OR instr(',' || receipt || ',', ',' || :receipt || ',') > 0)"""
# From in flight (the news was faster than our own note of the answer), uncertain, and lower ranks.
_RAISE = text(f"""UPDATE delivery SET status = :rank, reason = NULL, detail = NULL,
sent_at = COALESCE(sent_at, :at), receipt = COALESCE(receipt, NULLIF(:receipt, ''))
WHERE {_OURS} AND (status IN (10, 20) OR status BETWEEN 40 AND :rank - 1)""")
_FAIL = text(f"""UPDATE delivery SET status = 30, reason = :reason, detail = :detail
WHERE {_OURS} AND status IN (10, 20, 40)""")
_CLOSE = text("""UPDATE address SET suppressed = :reason WHERE suppressed <> :platform_stop
AND address_id = (SELECT address_id FROM delivery WHERE delivery_id = :delivery_id)""")
_BY_RECEIPT = text("SELECT delivery_id FROM awaited_receipt WHERE receipt_id = :receipt_id")
_FORGET = text("DELETE FROM awaited_receipt WHERE delivery_id = :delivery_id")
_BROADCAST = text("SELECT broadcast_id FROM delivery WHERE delivery_id = :delivery_id")


async def settle(core: Core, channel: str, account: str, receipts: list[Receipt]) -> None:
    """Apply what the platform reported; news of messages that are not ours changes nothing.

    Calls at the same time share a transaction.
    """

    def job(db: Connection) -> tuple[set[int], bool]:
        touched: set[int] = set()
        passed_on = False
        for receipt in receipts:
            for delivery_id in _deliveries(db, channel, account, receipt):
                if _apply(db, delivery_id, receipt):
                    touched.add(delivery_id)
                    passed_on |= _pass_on(core, db, delivery_id, receipt)
        rows = [db.execute(_BROADCAST, {"delivery_id": one}).scalar() for one in touched]
        return {int(row) for row in rows if row is not None}, passed_on

    broadcasts, passed_on = await core.store.work(job)
    if passed_on:
        core.wake.set()
    for broadcast_id in broadcasts:
        await core.tell(Event("progress", broadcast_id))


def _deliveries(db: Connection, channel: str, account: str, receipt: Receipt) -> list[int]:
    if receipt.delivery_id:
        return [receipt.delivery_id]
    if receipt.receipt_id:
        found = db.execute(_BY_RECEIPT, {"receipt_id": receipt.receipt_id})
        return [int(row[0]) for row in found]
    if receipt.quoted:
        return evidence.answered(db, channel, account, receipt.address, receipt.quoted)
    read = receipt.kind == ReceiptKind.READ
    return watermark.reached(db, channel, account, receipt.address, receipt.at, read=read)


def _apply(db: Connection, delivery_id: int, receipt: Receipt) -> bool:
    """Whether it changed anything."""
    named = {"delivery_id": delivery_id, "receipt": receipt.receipt_id}
    if receipt.kind == ReceiptKind.FAILED:
        refused = receipt.refused
        reason = refused.reason if refused else Reason.REJECTED
        detail = refused.detail if refused else ""
        done = db.execute(_FAIL, named | {"reason": reason.value, "detail": detail})
        if refused is not None and refused.suppress and done.rowcount:
            stop = Reason.PLATFORM_STOP.value
            db.execute(_CLOSE, named | {"reason": reason.value, "platform_stop": stop})
    else:
        done = db.execute(_RAISE, named | {"rank": _RANK[receipt.kind].value, "at": receipt.at})
    if receipt.kind in {ReceiptKind.READ, ReceiptKind.FAILED}:
        db.execute(_FORGET, named)  # there is no more to hear
    return bool(done.rowcount)


def _pass_on(core: Core, db: Connection, delivery_id: int, receipt: Receipt) -> bool:
    """A channel that turned out closed: the person's next one, or waiting until they write."""
    if receipt.kind != ReceiptKind.FAILED or receipt.refused is None:
        return False
    return fallback.late(db, delivery_id, receipt.refused.reason, core.clock())
