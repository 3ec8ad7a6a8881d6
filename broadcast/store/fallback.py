"""A person whose channel is closed to them: their next one, or waiting until they write."""

from __future__ import annotations

from sqlalchemy import Connection, text

from broadcast.store.planning import rank

# Only addresses that come later in the person's order: those before were tried already.
_NEXT = text(f"""INSERT INTO delivery (broadcast_id, lane_id, address_id, status, attempt)
SELECT d.broadcast_id, m.lane_id, b.address_id, 0, 0
FROM delivery d
JOIN lane l ON l.lane_id = d.lane_id
JOIN address a ON a.address_id = d.address_id
JOIN subscriber s ON s.subscriber_id = a.subscriber_id
JOIN address b ON b.subscriber_id = a.subscriber_id AND b.address_id <> a.address_id
AND b.consent = 'opted_in' AND b.suppressed = ''
JOIN lane m ON m.broadcast_id = d.broadcast_id AND m.channel = b.channel AND m.account = b.account
WHERE d.delivery_id = :delivery_id AND ({rank("b", "m")}) > ({rank("a", "l")})
ORDER BY {rank("b", "m")} LIMIT 1""")
_COUNT = text("""UPDATE broadcast SET planned_total = planned_total + 1,
delivery_to = (SELECT max(delivery_id) FROM delivery)
WHERE broadcast_id = (SELECT broadcast_id FROM delivery WHERE delivery_id = :delivery_id)""")
_COUNT_LANE = text("""UPDATE lane SET planned = planned + 1 WHERE lane_id =
(SELECT lane_id FROM delivery ORDER BY delivery_id DESC LIMIT 1)""")
# Not failed any more: their own next channel has it, and a retry must not reach them twice.
_PASSED_ON = text("""UPDATE delivery SET status = 31, detail = 'elsewhere'
WHERE delivery_id = :delivery_id""")
_WAITING = text("UPDATE delivery SET status = 5 WHERE delivery_id = :delivery_id")
_WAIT = text("""INSERT INTO waiting_delivery (delivery_id, broadcast_id, address_id)
SELECT delivery_id, broadcast_id, address_id FROM delivery WHERE delivery_id = :delivery_id
ON CONFLICT DO NOTHING""")


def try_next(db: Connection, delivery_id: int) -> bool:
    """Plan a delivery to the person's next open channel; False when there is none."""
    here = {"delivery_id": delivery_id}
    if not db.execute(_NEXT, here).rowcount:
        return False
    db.execute(_COUNT, here)
    db.execute(_COUNT_LANE)
    db.execute(_PASSED_ON, here)
    return True


def wait(db: Connection, delivery_id: int) -> None:
    here = {"delivery_id": delivery_id}
    db.execute(_WAIT, here)
    db.execute(_WAITING, here)
