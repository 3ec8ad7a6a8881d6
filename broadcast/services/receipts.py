"""Later news of deliveries: raises their rank, settles the uncertain, never lowers anything.

Safe to repeat and in any order: each statement names the states it may change.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from broadcast.core import Core, Event
from broadcast.ports import Reason, Receipt, ReceiptKind
from broadcast.store import fallback, news
from broadcast.store.news import OURS

_FAIL = text(f"""UPDATE delivery SET status = 30, reason = :reason, detail = :detail
WHERE {OURS.format(receipt=":receipt")} AND delivery_id = :delivery_id AND status IN (10, 20, 40)""")
_CLOSE = text("""UPDATE address SET suppressed = :reason WHERE suppressed <> :platform_stop
AND address_id = (SELECT address_id FROM delivery WHERE delivery_id = :delivery_id)""")
_BY_RECEIPT = text("SELECT delivery_id FROM awaited_receipt WHERE receipt_id = :receipt_id")
_FORGET = text("DELETE FROM awaited_receipt WHERE delivery_id = :delivery_id")
_BROADCAST = text("SELECT broadcast_id FROM delivery WHERE delivery_id = :delivery_id")


async def settle(core: Core, channel: str, account: str, receipts: list[Receipt]) -> None:
    """Apply what the platform reported; news of messages that are not ours changes nothing.

    What arrived is written for all at once, failures one by one. Calls at the same time share a
    transaction.
    """
    if not receipts:
        return
    arrived = [one for one in receipts if one.kind != ReceiptKind.FAILED]
    failed = [one for one in receipts if one.kind == ReceiptKind.FAILED]

    def job(db: Connection) -> tuple[set[int], bool]:
        broadcasts = news.settle(db, channel, account, arrived)
        touched: set[int] = set()
        passed_on = False
        for receipt in failed:
            for delivery_id in _deliveries(db, receipt):
                if _fail(db, delivery_id, receipt):
                    touched.add(delivery_id)
                    passed_on |= _pass_on(core, db, delivery_id, receipt)
        rows = [db.execute(_BROADCAST, {"delivery_id": one}).scalar() for one in touched]
        return broadcasts | {int(row) for row in rows if row is not None}, passed_on

    broadcasts, passed_on = await core.store.work(job)
    if passed_on:
        core.wake.set()
    for broadcast_id in broadcasts:
        await core.tell(Event("progress", broadcast_id))


def _deliveries(db: Connection, receipt: Receipt) -> list[int]:
    if receipt.delivery_id:
        return [receipt.delivery_id] if news.may_be_ours(receipt.delivery_id) else []
    found = db.execute(_BY_RECEIPT, {"receipt_id": receipt.receipt_id})
    return [int(row[0]) for row in found]


def _fail(db: Connection, delivery_id: int, receipt: Receipt) -> bool:
    """Whether it changed anything."""
    named = {"delivery_id": delivery_id, "receipt": receipt.receipt_id}
    refused = receipt.refused
    reason = refused.reason if refused else Reason.REJECTED
    detail = refused.detail if refused else ""
    done = db.execute(_FAIL, named | {"reason": reason.value, "detail": detail})
    if refused is not None and refused.suppress and done.rowcount:
        stop = Reason.PLATFORM_STOP.value
        db.execute(_CLOSE, named | {"reason": reason.value, "platform_stop": stop})
    db.execute(_FORGET, named)  # there is no more to hear
    return bool(done.rowcount)


def _pass_on(core: Core, db: Connection, delivery_id: int, receipt: Receipt) -> bool:
    """A channel that turned out closed: the person's next one, or waiting until they write."""
    if receipt.refused is None:
        return False
    return fallback.late(db, delivery_id, receipt.refused.reason, core.clock())
