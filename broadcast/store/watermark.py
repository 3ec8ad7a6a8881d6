"""Receipts that name a moment instead of messages: all that was sent to a person until then."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, text

from broadcast.outcome import Receipt, ReceiptKind

# We note a message when its answer has come, which is later than the platform's own moment, and
# by another clock.
APART_SECONDS = 1.0
# CROSS JOIN keeps the order: from the few who are named to their rows, never through all rows.
_WHO = text("""SELECT j.key, a.address_id FROM json_each(:rows) AS j CROSS JOIN address a
ON a.channel = :channel AND a.account = :account AND a.value = j.value""")
_UP_TO = text(f"""SELECT j.value ->> 2, w.delivery_id FROM json_each(:rows) AS j
CROSS JOIN awaited_receipt w ON w.address_id = j.value ->> 0
WHERE w.sent_at <= (j.value ->> 1) + {APART_SECONDS}""")
_REMEMBER = {
    kind: text(f"""UPDATE address SET {name} = j.value ->> 1 FROM json_each(:rows) AS j
    WHERE address_id = j.value ->> 0 AND COALESCE({name}, 0) < j.value ->> 1""")
    for kind, name in (
        (ReceiptKind.DELIVERED, "delivered_up_to"), (ReceiptKind.READ, "read_up_to"),
    )
}  # fmt: skip
_CATCH_UP = text(f"""UPDATE delivery SET status =
CASE WHEN COALESCE(a.read_up_to, 0) >= delivery.sent_at - {APART_SECONDS} THEN 60 ELSE 50 END
FROM json_each(:rows) AS j, address AS a
WHERE delivery.delivery_id = j.value ->> 0 AND a.address_id = delivery.address_id
AND delivery.status = 40
AND max(COALESCE(a.read_up_to, 0), COALESCE(a.delivered_up_to, 0))
    >= delivery.sent_at - {APART_SECONDS}""")


def deliveries_until(
    db: Connection, channel: str, account: str, marks: list[Receipt]
) -> list[tuple[int, Receipt]]:
    """Deliveries that got there up to each mark's moment; the moment itself is kept for those
    whose answer we have not noted yet."""
    found: list[tuple[int, Receipt]] = []
    for kind, remember in _REMEMBER.items():
        latest: dict[str, Receipt] = {}
        for mark in marks:
            if mark.kind == kind and (
                mark.address not in latest or mark.at > latest[mark.address].at
            ):
                latest[mark.address] = mark
        if not latest:
            continue
        order = list(latest.values())
        names = [mark.address for mark in order]
        here = {"channel": channel, "account": account, "rows": orjson.dumps(names).decode()}
        known = [(one, order[place].at, place) for place, one in db.execute(_WHO, here)]
        rows = {"rows": orjson.dumps(known).decode()}
        db.execute(remember, rows)
        found += [(int(one), order[place]) for place, one in db.execute(_UP_TO, rows)]
    return found


def catch_up(db: Connection, taken: dict[str, Any]) -> None:
    """News that was faster than our note of the answer. `taken`: the rows just noted, as JSON."""
    db.execute(_CATCH_UP, taken)
