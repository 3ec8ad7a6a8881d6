"""A person whose channel is closed to them: their next one, or waiting until they write."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, text

from broadcast.models import Audit
from broadcast.outcome import Reason
from broadcast.states import BroadcastStatus
from broadcast.store.channel_order import rank
from broadcast.store.message_parts import NOTHING_ARRIVED
from broadcast.store.retry import reopen_one

# Closed on this channel, which says nothing of the person's other ones.
ELSEWHERE = frozenset({
    Reason.BLOCKED, Reason.DEACTIVATED, Reason.UNREACHABLE, Reason.NOT_PERMITTED,
    Reason.OUTSIDE_WINDOW, Reason.CAPPED, Reason.OVER_BUDGET, Reason.PLATFORM_STOP,
})  # fmt: skip
WAIT = "wait"  # an author's choice for people outside a window
_S = BroadcastStatus
# One that has deliveries and is in review is being corrected.
_GOING_ON = frozenset({_S.SENDING, _S.WATCHING, _S.PAUSED, _S.IN_REVIEW})

# Only addresses that come later in the person's order: those before were tried already. Who became
# one person after the launch may have been planned as two: there it is looked up whether the other
# address has its own (no index knows that, so only there), other than one set aside for this. Nobody who has a part of it already is
# handed on. `:other`: not on this channel again, whatever the account.
_NEXT = text(f"""INSERT INTO delivery (broadcast_id, lane_id, address_id, status, attempt)
SELECT d.broadcast_id, m.lane_id, b.address_id, 0, 0
FROM delivery d
JOIN lane l ON l.lane_id = d.lane_id
JOIN address a ON a.address_id = d.address_id
JOIN subscriber s ON s.subscriber_id = a.subscriber_id
JOIN address b ON b.subscriber_id = a.subscriber_id AND b.address_id <> a.address_id
AND b.consent = 'opted_in' AND b.suppressed = '' AND b.asked_at IS NULL
JOIN lane m ON m.broadcast_id = d.broadcast_id AND m.channel = b.channel AND m.account = b.account
JOIN broadcast t ON t.broadcast_id = d.broadcast_id
WHERE d.delivery_id = :delivery_id
AND CASE WHEN EXISTS (SELECT 1 FROM address x JOIN consent_event c ON c.address_id = x.address_id
WHERE x.subscriber_id = s.subscriber_id AND c.kind IN ('linked', 'moved')
AND c.consent_event_id > t.consent_mark)
THEN NOT EXISTS (SELECT 1 FROM delivery e
WHERE e.delivery_id BETWEEN t.delivery_from AND t.delivery_to
AND e.broadcast_id = d.broadcast_id AND e.address_id = b.address_id
AND COALESCE(e.reason, '') <> '{Reason.REACHED_ELSEWHERE.value}')
ELSE ({rank("b", "m")}) > ({rank("a", "l")}) END
AND {NOTHING_ARRIVED.format("d.receipt")} AND (NOT :other OR b.channel <> a.channel)
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
# As a claim tells it, in JSON, a moment is a few of its last digits short.
SAME_SECONDS = 0.001
_WROTE_SINCE = text(f"""SELECT a.wrote_at > :wrote_at + {SAME_SECONDS} FROM delivery d
JOIN address a ON a.address_id = d.address_id WHERE d.delivery_id = :delivery_id""")
_OPEN_AGAIN = text("""UPDATE delivery SET status = 0, reason = NULL, detail = NULL
WHERE delivery_id = :delivery_id""")
_OF = text("""SELECT b.broadcast_id, b.status, b.audience ->> 'outside',
EXISTS (SELECT 1 FROM json_each(b.content, '$.templates') AS t, lane l
    WHERE l.lane_id = d.lane_id AND t.value ->> 'channel' = l.channel),
EXISTS (SELECT 1 FROM address a WHERE a.address_id = d.address_id
    AND a.wrote_at > COALESCE(d.sent_at, :at)) FROM broadcast b
JOIN delivery d ON d.broadcast_id = b.broadcast_id WHERE d.delivery_id = :delivery_id""")
# What we had taken for an open window is closed, unless they wrote since it was sent.
_SHUT = text("""UPDATE address SET wrote_at = NULL FROM delivery d
WHERE d.delivery_id = :delivery_id AND address.address_id = d.address_id
AND address.wrote_at <= COALESCE(d.sent_at, :at)""")
_GO_ON = text("""UPDATE broadcast SET status = :sending, version = version + 1, completed_at = NULL
WHERE broadcast_id = :broadcast_id""")
_WAIT = text("""INSERT INTO waiting_delivery (delivery_id, broadcast_id, address_id)
SELECT delivery_id, broadcast_id, address_id FROM delivery WHERE delivery_id = :delivery_id
ON CONFLICT DO NOTHING""")


def try_next(db: Connection, delivery_id: int, reason: str | None = None) -> bool:
    """Plan a delivery to the person's next open channel; False when there is none.

    A platform that lets them have no more for now does so under every account.
    """
    here = {"delivery_id": delivery_id}
    if not db.execute(_NEXT, here | {"other": reason == Reason.CAPPED}).rowcount:
        return False
    db.execute(_COUNT, here)
    db.execute(_COUNT_LANE)
    db.execute(_PASSED_ON, here)
    return True


def wait(db: Connection, delivery_id: int, wrote_at: float | None = None) -> None:
    """Until they write; not any longer when they did since `wrote_at`, while it was being tried."""
    here = {"delivery_id": delivery_id}
    if db.execute(_WROTE_SINCE, here | {"wrote_at": wrote_at or 0.0}).scalar():
        db.execute(_OPEN_AGAIN, here)
        return
    db.execute(_WAIT, here)
    db.execute(_WAITING, here)


def try_next_late(db: Connection, delivery_id: int, reason: Reason, at: datetime) -> bool:
    """The platform said afterwards that this channel is closed to the person. True when somebody
    else's turn has come by it: the broadcast goes on, even if it was completed."""
    if reason not in ELSEWHERE:
        return False
    now = at.timestamp()
    here = {"delivery_id": delivery_id, "at": now}
    broadcast_id, status, outside, templated, wrote = db.execute(_OF, here).one()
    if status not in _GOING_ON | {_S.WAITING, _S.COMPLETED}:
        return False
    closed = reason is Reason.OUTSIDE_WINDOW
    if closed and (wrote or (db.execute(_SHUT, here).rowcount and templated)):
        reopen_one(db, delivery_id, now)  # freely, or by the template as those who were outside
    elif not try_next(db, delivery_id, reason):
        if not closed or outside != WAIT:
            return False
        wait(db, delivery_id, now)
    if status not in _GOING_ON:
        db.execute(_GO_ON, {"broadcast_id": broadcast_id, "sending": _S.SENDING.value})
        note = {"at": at, "broadcast_id": broadcast_id, "action": "goes_on", "detail": reason.value}
        db.execute(insert(Audit).values(**note))
    return True
