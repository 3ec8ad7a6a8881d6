"""What arrived, by a platform's later news, written in sets: one statement for many reports.

Safe to repeat and in any order: it names the states it may change, and raises only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Connection, text

from broadcast.outcome import Receipt, ReceiptKind
from broadcast.states import DeliveryStatus
from broadcast.store import proof_of_arrival, watermark
from broadcast.store.message_parts import NOTHING_ARRIVED

_RANK = {
    ReceiptKind.SENT: DeliveryStatus.SENT,
    ReceiptKind.DELIVERED: DeliveryStatus.DELIVERED,
    ReceiptKind.READ: DeliveryStatus.READ,
}
_LAST = 2**63  # the first number that is no id of ours, whatever came back
# Another house may use the same number: news under an id that is not the one we were given for
# this delivery is not of our message. Nor is news of an earlier try, which failed, of this one.
_NONE = NOTHING_ARRIVED.format("receipt")
OURS = f"""({{receipt}} = '' OR instr(',' || COALESCE(receipt, '') || ',', ',' || {{receipt}} || ',') > 0
OR ({_NONE} AND instr(COALESCE(receipt, ''), '!' || {{receipt}}) = 0))"""
_TRIED = """(attempt > 0 OR EXISTS (
SELECT 1 FROM attempt t WHERE t.delivery_id = delivery.delivery_id))"""
# From in flight (the news was faster than our own note of the answer), uncertain, what is about to be
# tried again (it had arrived: once is enough), and lower ranks; and a message that was said to have
# failed, once it is said to have got there.
_RAISE = text(f"""UPDATE delivery SET status = j.value ->> 1, reason = NULL, detail = NULL,
sent_at = COALESCE(sent_at, j.value ->> 2),
receipt = CASE WHEN {_NONE} THEN NULLIF(j.value ->> 3, '') ELSE receipt END
FROM json_each(:rows) AS j
WHERE delivery_id = j.value ->> 0 AND (({OURS.format(receipt="(j.value ->> 3)")}
AND (status IN (10, 20) OR (status IN (0, 1) AND {_TRIED})
OR status BETWEEN 40 AND (j.value ->> 1) - 1))
OR (status = 30 AND j.value ->> 1 >= 50 AND receipt = '!' || (j.value ->> 3)))
RETURNING broadcast_id""")
_BY_RECEIPT = text("""SELECT j.key, w.delivery_id FROM json_each(:rows) AS j
CROSS JOIN awaited_receipt w ON w.receipt_id = j.value""")
_FORGET = text("""DELETE FROM awaited_receipt
WHERE delivery_id IN (SELECT value FROM json_each(:rows))""")


def may_be_ours(delivery_id: int) -> bool:
    """Whether the database can hold such a number at all."""
    return 0 < delivery_id < _LAST


def apply_receipts(db: Connection, channel: str, account: str, receipts: list[Receipt]) -> set[int]:
    """Apply all that is no failure; the broadcasts something changed in."""
    known = _deliveries(db, channel, account, receipts)
    touched = raise_statuses(db, known)
    # there is no more to hear of these
    if read := {one for one, receipt in known if receipt.kind == ReceiptKind.READ}:
        db.execute(_FORGET, _as_json(read))
    return touched


def raise_statuses(db: Connection, known: list[tuple[int, Receipt]]) -> set[int]:
    """Raise these deliveries; the broadcasts something changed in."""
    touched: set[int] = set()
    for rows in _rounds(known):
        touched.update(db.execute(_RAISE, _as_json(rows)).scalars())
    return touched


def _deliveries(
    db: Connection, channel: str, account: str, receipts: list[Receipt]
) -> list[tuple[int, Receipt]]:
    """Each with the delivery it is of, by whichever name the platform has for it."""
    known: list[tuple[int, Receipt]] = []
    by_id: list[Receipt] = []
    marks: list[Receipt] = []
    for receipt in receipts:
        if receipt.delivery_id:
            if may_be_ours(receipt.delivery_id):
                known.append((receipt.delivery_id, receipt))
        elif receipt.receipt_id:
            by_id.append(receipt)
        elif receipt.quoted:
            found = proof_of_arrival.answered(db, channel, account, receipt.address, receipt.quoted)
            known += [(delivery_id, receipt) for delivery_id in found]
        else:
            marks.append(receipt)
    if by_id:
        rows = db.execute(_BY_RECEIPT, _as_json(receipt.receipt_id for receipt in by_id))
        known += [(delivery_id, by_id[place]) for place, delivery_id in rows]
    if marks:
        known += watermark.deliveries_until(db, channel, account, marks)
    return known


def _rounds(known: list[tuple[int, Receipt]]) -> Iterable[Iterable[list[Any]]]:
    """[delivery, rank, at, receipt] rows, a delivery once in each: the highest of what was told.
    Of a message in several parts, each part's id gets a round of its own."""
    rounds: list[dict[int, list[Any]]] = []
    for delivery_id, receipt in known:
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


def _as_json(rows: Iterable[object]) -> dict[str, str]:
    """Handed over at once: the thread meets the interpreter lock once."""
    return {"rows": orjson.dumps(list(rows)).decode()}
