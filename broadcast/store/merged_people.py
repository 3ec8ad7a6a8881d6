"""Two who turn out to be one person: a broadcast planned for both reaches them once.

Looked up when they are joined, in that transaction, so that a claim need not ask.
"""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, text

from broadcast.outcome import Reason
from broadcast.store.channel_order import rank
from broadcast.store.message_parts import NOTHING_ARRIVED

ASIDE = Reason.REACHED_ELSEWHERE.value
# In flight, uncertain, sent, or a part of it arrived: they have it, or may have.
_BEGUN = f"""(d.status IN (10, 20) OR d.status >= 40
OR NOT {NOTHING_ARRIVED.format("d.receipt")})"""
# Broadcasts that may hold two for them: no index knows whose a delivery is, so this saves a scan.
_MAY_HOLD = text("""SELECT b.broadcast_id FROM broadcast b
WHERE b.status IN ('sending', 'watching', 'paused', 'waiting', 'in_review') AND 1 < (SELECT count(*)
FROM address a WHERE a.subscriber_id = :subscriber_id AND (a.address_id <= b.planned_up_to
OR EXISTS (SELECT 1 FROM consent_event c WHERE c.address_id = a.address_id AND c.kind = 'moved')))
ORDER BY b.broadcast_id""")
_THEIRS = text(f"""SELECT d.delivery_id, d.status, {_BEGUN} AS begun
FROM broadcast t CROSS JOIN delivery d CROSS JOIN address a CROSS JOIN subscriber s
CROSS JOIN lane l
WHERE t.broadcast_id = :broadcast_id AND d.delivery_id BETWEEN t.delivery_from AND t.delivery_to
AND d.broadcast_id = t.broadcast_id
AND d.address_id IN (SELECT address_id FROM address WHERE subscriber_id = :subscriber_id)
AND a.address_id = d.address_id AND s.subscriber_id = a.subscriber_id AND l.lane_id = d.lane_id
ORDER BY a.consent = 'opted_in' AND a.suppressed = '' DESC, {rank("a", "l")}""")
_SET_ASIDE = text("""UPDATE delivery SET status = 31, reason = :reason, detail = NULL, due_at = NULL
WHERE delivery_id = :delivery_id AND status IN (0, 1, 5)""")
_WAITS_NO_MORE = text("DELETE FROM waiting_delivery WHERE delivery_id = :delivery_id")
# As when another channel took over: trying again must not reach them twice.
_PASSED_ON = text("""UPDATE delivery SET status = 31, detail = 'elsewhere'
WHERE delivery_id = :delivery_id AND status = 30""")
_JOINED_SINCE = text("""SELECT DISTINCT a.subscriber_id FROM broadcast b
JOIN consent_event c ON c.consent_event_id > b.consent_mark
JOIN address x ON x.address_id = c.address_id
JOIN address a ON a.subscriber_id = x.subscriber_id
WHERE b.broadcast_id = :broadcast_id AND c.kind IN ('linked', 'moved')
AND a.address_id > :after AND a.address_id <= :up_to""")
_WITH_OPEN = text("""SELECT DISTINCT a.subscriber_id FROM delivery d CROSS JOIN address a
WHERE d.broadcast_id = :broadcast_id AND d.status < 20 AND a.address_id = d.address_id
AND a.subscriber_id IN (SELECT value FROM json_each(:joined))""")
_LAST = 2**62  # beyond every address_id


def keep_one_delivery(db: Connection, subscriber_id: int) -> list[int]:
    """In each broadcast under way leave this person one delivery: what went, or may have; else the
    one to where they like it best. Returns the broadcasts something changed in."""
    found = db.execute(_MAY_HOLD, {"subscriber_id": subscriber_id}).scalars().all()
    return [one for one in found if _settle_in(db, one, subscriber_id)]


def keep_one_planned(db: Connection, broadcast_id: int, after: int, up_to: int) -> None:
    """The same for those joined while it was being planned, of whom one address was planned already
    and another is among those just planned: the ids after `after`, up to `up_to`."""
    since = {"broadcast_id": broadcast_id, "after": after, "up_to": up_to}
    for subscriber_id in db.execute(_JOINED_SINCE, since).scalars().all():
        _settle_in(db, broadcast_id, subscriber_id)


def keep_one_reopened(db: Connection, broadcast_id: int) -> None:
    """The same when deliveries were opened again: people may have been joined after it had ended."""
    since = {"broadcast_id": broadcast_id, "after": 0, "up_to": _LAST}
    joined = list(db.execute(_JOINED_SINCE, since).scalars())
    if not joined:
        return
    named = {"broadcast_id": broadcast_id, "joined": orjson.dumps(joined).decode()}
    for subscriber_id in db.execute(_WITH_OPEN, named).scalars().all():
        _settle_in(db, broadcast_id, subscriber_id)


def _settle_in(db: Connection, broadcast_id: int, subscriber_id: int) -> bool:
    named = {"broadcast_id": broadcast_id, "subscriber_id": subscriber_id}
    rows = db.execute(_THEIRS, named).all()
    gone = [row for row in rows if row.begun]
    still = [row for row in rows if row.status < 20 and not row.begun]
    aside = _named(still if gone else still[1:])
    failed = _named(row for row in rows if row.status == 30 and not row.begun)
    if not (gone or still) or not (aside or failed):
        return False
    if aside:
        db.execute(_SET_ASIDE, [one | {"reason": ASIDE} for one in aside])
        db.execute(_WAITS_NO_MORE, aside)
    if failed:
        db.execute(_PASSED_ON, failed)
    return True


def _named(rows: Any) -> list[dict[str, int]]:
    return [{"delivery_id": row.delivery_id} for row in rows]
