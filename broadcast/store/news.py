"""What a platform reported of deliveries, written in sets: one statement for many reports.

Safe to repeat and in any order: each statement names the states it may change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, text

from broadcast.machine import DeliveryStatus
from broadcast.ports import Reason, Receipt, ReceiptKind
from broadcast.store import evidence, fallback, watermark

_RANK = {
    ReceiptKind.SENT: DeliveryStatus.SENT,
    ReceiptKind.DELIVERED: DeliveryStatus.DELIVERED,
    ReceiptKind.READ: DeliveryStatus.READ,
}
_LAST = 2**63  # the first number that is no id of ours, whatever came back
# Another house may use the same number: news under an id that is not the one we were given for
# this delivery is not of our message.
_OURS = """({receipt} = '' OR COALESCE(receipt, '') = ''
OR instr(',' || receipt || ',', ',' || {receipt} || ',') > 0)"""
# From in flight (the news was faster than our own note of the answer), uncertain, and lower ranks;
# from failed only what the platform had taken: it arrived, whichever was told first.
_RAISE = text(f"""UPDATE delivery SET status = j.value ->> 1, reason = NULL, detail = NULL,
sent_at = COALESCE(sent_at, j.value ->> 2), receipt = COALESCE(receipt, NULLIF(j.value ->> 3, ''))
FROM json_each(:rows) AS j
WHERE delivery_id = j.value ->> 0 AND {_OURS.format(receipt="(j.value ->> 3)")}
AND (status IN (10, 20) OR status BETWEEN 40 AND (j.value ->> 1) - 1
    OR (status = 30 AND receipt <> '' AND j.value ->> 1 >= 50))
RETURNING broadcast_id""")
_FAIL = text(f"""UPDATE delivery SET status = 30, reason = :reason, detail = :detail,
receipt = COALESCE(receipt, NULLIF(:receipt, ''))
WHERE delivery_id = :delivery_id AND {_OURS.format(receipt=":receipt")}
AND status IN (10, 20, 40) RETURNING broadcast_id""")
_CLOSE = text("""UPDATE address SET suppressed = :reason WHERE suppressed <> :platform_stop
AND address_id = (SELECT address_id FROM delivery WHERE delivery_id = :delivery_id)""")
_BY_RECEIPT = text("""SELECT j.key, w.delivery_id FROM json_each(:rows) AS j
CROSS JOIN awaited_receipt w ON w.receipt_id = j.value""")
_FORGET = text("""DELETE FROM awaited_receipt
WHERE delivery_id IN (SELECT value FROM json_each(:rows))""")


class Settled(NamedTuple):
    """The broadcasts something changed in; whether somebody else's turn has come by it."""

    broadcasts: set[int]
    passed_on: bool


def settle(
    db: Connection, channel: str, account: str, receipts: list[Receipt], at: datetime
) -> Settled:
    """Apply them all; news of messages that are not ours changes nothing."""
    known = _deliveries(db, channel, account, receipts)
    touched: set[int] = set()
    for rows in _rounds(known):
        touched.update(db.execute(_RAISE, _as_json(rows)).scalars())
    passed_on = False
    for delivery_id, receipt in known:
        if receipt.kind == ReceiptKind.FAILED and (broadcast_id := _fail(db, delivery_id, receipt)):
            touched.add(broadcast_id)
            reason = receipt.refused.reason if receipt.refused else None
            passed_on |= reason is not None and fallback.late(db, delivery_id, reason, at)
    # there is no more to hear of these
    ended = {one for one, r in known if r.kind in {ReceiptKind.READ, ReceiptKind.FAILED}}
    if ended:
        db.execute(_FORGET, _as_json(ended))
    return Settled(touched, passed_on)


def _deliveries(
    db: Connection, channel: str, account: str, receipts: list[Receipt]
) -> list[tuple[int, Receipt]]:
    """Each with the delivery it is of, by whichever name the platform has for it."""
    known: list[tuple[int, Receipt]] = []
    by_id: list[Receipt] = []
    marks: list[Receipt] = []
    for receipt in receipts:
        if receipt.delivery_id:
            if 0 < receipt.delivery_id < _LAST:
                known.append((receipt.delivery_id, receipt))
        elif receipt.receipt_id:
            by_id.append(receipt)
        elif receipt.quoted:
            found = evidence.answered(db, channel, account, receipt.address, receipt.quoted)
            known += [(delivery_id, receipt) for delivery_id in found]
        else:
            marks.append(receipt)
    if by_id:
        rows = db.execute(_BY_RECEIPT, _as_json(receipt.receipt_id for receipt in by_id))
        known += [(delivery_id, by_id[place]) for place, delivery_id in rows]
    if marks:
        known += watermark.reached(db, channel, account, marks)
    return known


def _rounds(known: list[tuple[int, Receipt]]) -> Iterable[Iterable[list[Any]]]:
    """[delivery, rank, at, receipt] rows, a delivery once in each: the highest of what was told.
    Of a message in several parts, each part's id gets a round of its own."""
    rounds: list[dict[int, list[Any]]] = []
    for delivery_id, receipt in known:
        if receipt.kind == ReceiptKind.FAILED:
            continue
        rank = _RANK[receipt.kind].value
        for one in rounds:
            row = one.get(delivery_id)
            if row is None:
                one[delivery_id] = [delivery_id, rank, receipt.at, receipt.receipt_id]
                break
            if row[3] == receipt.receipt_id:
                row[1], row[2] = max(row[1], rank), min(row[2], receipt.at)
                break
        else:
            rounds.append({delivery_id: [delivery_id, rank, receipt.at, receipt.receipt_id]})
    return [one.values() for one in rounds]


def _fail(db: Connection, delivery_id: int, receipt: Receipt) -> int:
    """The broadcast it changed, 0 for none."""
    refused = receipt.refused
    reason = (refused.reason if refused else Reason.REJECTED).value
    named = {"delivery_id": delivery_id, "reason": reason}
    said = {"receipt": receipt.receipt_id, "detail": refused.detail if refused else ""}
    broadcast_id = db.execute(_FAIL, named | said).scalar()
    if broadcast_id and refused is not None and refused.suppress:
        db.execute(_CLOSE, named | {"platform_stop": Reason.PLATFORM_STOP.value})
    return int(broadcast_id or 0)


def _as_json(rows: Iterable[object]) -> dict[str, str]:
    """Handed over at once: the thread meets the interpreter lock once."""
    return {"rows": orjson.dumps(list(rows)).decode()}
