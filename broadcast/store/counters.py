"""What the tallies and the rows say of a broadcast. The rows are the proof, the tallies are quick.

The database itself keeps the tallies, by triggers (`models.TALLIES`): no statement can forget them.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Connection, text

from broadcast.states import OPEN_DELIVERIES, DeliveryStatus

log = structlog.get_logger()
Counts = dict[DeliveryStatus, int]
ENDS = [status.value for status in DeliveryStatus if status not in OPEN_DELIVERIES]

_TALLIES = text("""SELECT t.status, sum(t.deliveries) FROM tally t
JOIN lane l ON l.lane_id = t.lane_id WHERE l.broadcast_id = :broadcast_id GROUP BY t.status""")
_BY_LANE = text("""SELECT l.lane_id, l.planned,
COALESCE((SELECT sum(t.deliveries) FROM tally t WHERE t.lane_id = l.lane_id), 0)
FROM lane l WHERE l.broadcast_id = :broadcast_id""")
_PLANNED = text("SELECT planned_total FROM broadcast WHERE broadcast_id = :broadcast_id")
_ROWS = text("""SELECT d.status, count(*) FROM delivery d
JOIN broadcast b ON b.broadcast_id = :broadcast_id
WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to AND d.broadcast_id = :broadcast_id
GROUP BY d.status""")
_CORRECT = text("""UPDATE tally SET deliveries = (SELECT count(*) FROM delivery d
JOIN broadcast b ON b.broadcast_id = :broadcast_id
WHERE d.delivery_id BETWEEN b.delivery_from AND b.delivery_to
AND d.lane_id = tally.lane_id AND d.status = tally.status)
WHERE lane_id IN (SELECT lane_id FROM lane WHERE broadcast_id = :broadcast_id)""")


def read_tallies(db: Connection, broadcast_id: int) -> Counts:
    """By the tallies: the ends apart, all that is open together as PLANNED."""
    here = {"broadcast_id": broadcast_id}
    counts = {DeliveryStatus(status): int(n) for status, n in db.execute(_TALLIES, here) if n}
    still_open = (db.execute(_PLANNED, here).scalar() or 0) - sum(counts.values())
    return counts | {DeliveryStatus.PLANNED: still_open} if still_open else counts


def by_lane(db: Connection, broadcast_id: int) -> dict[int, tuple[int, int]]:
    """(planned, ended) of each account it goes out on."""
    rows = db.execute(_BY_LANE, {"broadcast_id": broadcast_id})
    return {lane_id: (int(planned), int(ended)) for lane_id, planned, ended in rows}


def count_rows(db: Connection, broadcast_id: int) -> Counts:
    """By the rows: reads the broadcast's whole id range."""
    rows = db.execute(_ROWS, {"broadcast_id": broadcast_id})
    return {DeliveryStatus(status): n for status, n in rows}


def compare_counts(db: Connection, broadcast_id: int) -> tuple[Counts, bool]:
    """(what the rows say, whether the tallies say the same), as of one moment."""
    counts, said = count_rows(db, broadcast_id), read_tallies(db, broadcast_id)
    ended = {status: n for status, n in counts.items() if status not in OPEN_DELIVERIES}
    said.pop(DeliveryStatus.PLANNED, None)
    if said != ended:
        log.error("tally_wrong", broadcast_id=broadcast_id, rows=ended, tallies=said)
    return counts, said == ended


def correct(db: Connection, broadcast_id: int) -> None:
    """Make the tallies what the rows say."""
    db.execute(_CORRECT, {"broadcast_id": broadcast_id})
