"""Later news of deliveries: raises their rank, settles the uncertain, never lowers anything.

Safe to repeat and in any order: each statement names the states it may change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from broadcast.clock import steady_unix
from broadcast.context import Core, Event
from broadcast.outcome import Reason, Receipt, ReceiptKind, Refused, Scope
from broadcast.services.account_news import pause_refused
from broadcast.store import fallback, platform_cap, suppression
from broadcast.store import receipts as stored_receipts
from broadcast.store.message_parts import all_failed, arrived, remembering, told, whole
from broadcast.store.receipts import OURS

_FAIL = text(f"""UPDATE delivery SET status = 30, reason = :reason, detail = :detail,
due_at = :due_at, receipt = CASE WHEN :receipt = '' THEN NULL ELSE '!' || :receipt END
WHERE delivery_id = :delivery_id AND {OURS.format(receipt=":receipt")} AND status IN (10, 20, 40)""")
# Of one of several also when the last was delivered: that was never said of the whole.
_FAIL_PART = text("""UPDATE delivery SET status = 30, reason = :reason, detail = :detail,
due_at = :due_at WHERE delivery_id = :delivery_id AND status >= 10 AND status <> 31""")
_STANDS = text("SELECT status, receipt FROM delivery WHERE delivery_id = :delivery_id")
_NAME = text("UPDATE delivery SET receipt = :kept WHERE delivery_id = :delivery_id")
_ADDRESS = text("SELECT address_id FROM delivery WHERE delivery_id = :delivery_id")
_BY_RECEIPT = text("SELECT delivery_id FROM awaited_receipt WHERE receipt_id = :receipt_id")
_FORGET = text("DELETE FROM awaited_receipt WHERE delivery_id = :delivery_id")
_BROADCAST = text("SELECT broadcast_id FROM delivery WHERE delivery_id = :delivery_id")


async def apply_receipts(core: Core, channel: str, account: str, receipts: list[Receipt]) -> None:
    """Apply what the platform reported; news of messages that are not ours changes nothing.

    What arrived is written for all at once; failures, and news of one message of several, one by
    one. A failure that concerns the whole account pauses the broadcast. Calls at the same time share
    a transaction.
    """
    if not receipts:
        return
    alone = [one for one in receipts if one.of or one.kind == ReceiptKind.FAILED]
    together = [one for one in receipts if not one.of and one.kind != ReceiptKind.FAILED]

    def job(db: Connection) -> tuple[set[int], dict[int, Receipt], bool]:
        broadcasts = stored_receipts.apply_receipts(db, channel, account, together)
        stopped: dict[int, Receipt] = {}
        passed_on = False
        for receipt in alone:
            for delivery_id in _deliveries(db, receipt):
                if _apply(core, db, delivery_id, receipt):
                    number = db.execute(_BROADCAST, {"delivery_id": delivery_id}).scalar_one()
                    broadcasts.add(number)
                    if receipt.refused is not None and receipt.refused.scope is Scope.ACCOUNT:
                        stopped[number] = max(
                            stopped.get(number, receipt), receipt, key=lambda one: one.at
                        )
                    passed_on |= _pass_on(core, db, delivery_id, receipt)
        return broadcasts, stopped, passed_on

    broadcasts, stopped, passed_on = await core.store.work(job)
    for broadcast_id, receipt in stopped.items():
        if receipt.refused is not None:
            await pause_refused(core, broadcast_id, receipt.refused, receipt.at)
    if passed_on:
        core.wake.set()
    for broadcast_id in broadcasts:
        await core.tell(Event("progress", broadcast_id))


def _deliveries(db: Connection, receipt: Receipt) -> list[int]:
    if receipt.delivery_id:
        return [receipt.delivery_id] if stored_receipts.may_be_ours(receipt.delivery_id) else []
    found = db.execute(_BY_RECEIPT, {"receipt_id": receipt.receipt_id})
    return [int(row[0]) for row in found]


def _apply(core: Core, db: Connection, delivery_id: int, receipt: Receipt) -> bool:
    """Whether it changed anything."""
    named = {"delivery_id": delivery_id, "receipt": receipt.receipt_id}
    if receipt.of:
        return _apply_to_part(core, db, named, receipt)
    done = db.execute(_FAIL, named | _why(receipt))
    _close(core, db, delivery_id, receipt, done.rowcount)
    if done.rowcount:  # there is no more to hear
        db.execute(_FORGET, named)
    return bool(done.rowcount)


def _pass_on(core: Core, db: Connection, delivery_id: int, receipt: Receipt) -> bool:
    """A channel that turned out closed: the template, the person's next one, or waiting until they
    write. Nothing while any of several messages may have arrived."""
    if receipt.kind != ReceiptKind.FAILED or receipt.refused is None:
        return False
    stands = db.execute(_STANDS, {"delivery_id": delivery_id}).one()
    if receipt.of and not all_failed(stands.receipt):
        return False
    return fallback.try_next_late(db, delivery_id, receipt.refused.reason, core.clock())


def _why(receipt: Receipt) -> dict[str, Any]:
    refused = receipt.refused or Refused(Reason.REJECTED)
    wait = refused.wait_seconds
    due_at = steady_unix() + wait if wait else None
    return {"reason": refused.reason.value, "detail": refused.detail, "due_at": due_at}


def _close(core: Core, db: Connection, delivery_id: int, receipt: Receipt, changed: int) -> None:
    """Write no more to an address the platform will not take, or not for now."""
    if not changed or receipt.refused is None:
        return
    if (wait := receipt.refused.wait_seconds) and receipt.refused.reason is Reason.CAPPED:
        platform_cap.hold_back(db, [(delivery_id, steady_unix() + wait)])
    if receipt.refused.suppress:
        address_id = db.execute(_ADDRESS, {"delivery_id": delivery_id}).scalar_one()
        core.revoked |= suppression.close(db, [(address_id, receipt.refused.reason.value)])


def _apply_to_part(core: Core, db: Connection, named: dict[str, Any], part: Receipt) -> bool:
    """News of one of the messages a delivery is: it is sent when all are, and further on when the
    last one is; it has failed when one has."""
    found = db.execute(_STANDS, named).one_or_none()
    kept = told(found.receipt, part) if found is not None else None
    if found is None or kept is None:
        return False
    new = kept != found.receipt
    db.execute(_NAME, named | {"kept": remembering(kept, part)})
    # `OURS` holds from here on: the id is among the kept ones, or it is the one that failed.
    if part.kind == ReceiptKind.FAILED:
        why = _why(part)
        why["detail"] = f"message {part.part} of {part.of}: {why['detail']}"
        if new:
            db.execute(_FAIL_PART, named | why)
            _close(core, db, named["delivery_id"], part, 1)
        return bool(new)
    if not all(arrived(kept)):
        return False
    told_of_all = replace(part, kind=whole(found.receipt, part))
    return bool(stored_receipts.raise_statuses(db, [(named["delivery_id"], told_of_all)]))
