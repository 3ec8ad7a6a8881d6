"""Receipts that name a moment instead of messages: all that was sent to a person until then."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

# We note a message when its answer has come, which is later than the platform's own moment, and
# by another clock.
APART_SECONDS = 1.0
_WHOSE = "channel = :channel AND account = :account AND value = :address"
_UP_TO = text(f"""SELECT w.delivery_id FROM awaited_receipt w
JOIN address a ON a.address_id = w.address_id
WHERE {_WHOSE} AND w.sent_at <= :at + {APART_SECONDS}""")
_REMEMBER = {
    read: text(f"""UPDATE address SET {name} = :at
    WHERE {_WHOSE} AND COALESCE({name}, 0) < :at""")
    for read, name in ((False, "delivered_up_to"), (True, "read_up_to"))
}
_CATCH_UP = text(f"""UPDATE delivery SET status =
CASE WHEN COALESCE(a.read_up_to, 0) >= delivery.sent_at - {APART_SECONDS} THEN 60 ELSE 50 END
FROM json_each(:rows) AS j, address AS a
WHERE delivery.delivery_id = j.value ->> 0 AND a.address_id = delivery.address_id
AND delivery.status = 40
AND max(COALESCE(a.read_up_to, 0), COALESCE(a.delivered_up_to, 0))
    >= delivery.sent_at - {APART_SECONDS}""")


def reached(
    db: Connection, channel: str, account: str, address: str, at: float, *, read: bool
) -> list[int]:
    """Deliveries that got there up to `at` (Unix seconds); the moment itself is kept for those
    whose answer we have not noted yet."""
    here = {"channel": channel, "account": account, "address": address, "at": at}
    db.execute(_REMEMBER[read], here)
    return [int(row[0]) for row in db.execute(_UP_TO, here)]


def catch_up(db: Connection, taken: dict[str, Any]) -> None:
    """News that was faster than our note of the answer. `taken`: the rows just noted, as JSON."""
    db.execute(_CATCH_UP, taken)
