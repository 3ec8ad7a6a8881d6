"""Planning: the audience frozen into deliveries, chunk by chunk, in set-based SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from broadcast.store import tally

CHUNK = 20_000  # rows in one transaction: the write lock is held for some 40 ms

_OPEN_LANE = text("""INSERT INTO lane (broadcast_id, channel, account, planned)
VALUES (:broadcast_id, :channel, :account, 0) ON CONFLICT DO NOTHING""")
_BEFORE = text("""SELECT planned_up_to, (SELECT COALESCE(max(delivery_id), 0) FROM delivery)
FROM broadcast WHERE broadcast_id = :broadcast_id""")
_OPEN_TALLIES = text("""INSERT INTO tally (lane_id, status, deliveries)
SELECT lane_id, :status, 0 FROM lane WHERE broadcast_id = :broadcast_id AND true
ON CONFLICT DO NOTHING""")
_ADDED = text("""SELECT lane_id, count(*), max(delivery_id), max(address_id) FROM delivery
WHERE delivery_id > :before GROUP BY lane_id""")
_PROGRESS = text("""UPDATE broadcast SET planned_up_to = :reached,
planned_total = planned_total + :added,
delivery_from = CASE WHEN delivery_from = 0 THEN :first ELSE delivery_from END,
delivery_to = :last WHERE broadcast_id = :broadcast_id""")
_LANE_PROGRESS = text("UPDATE lane SET planned = planned + :added WHERE lane_id = :lane_id")
_DONE = text("UPDATE broadcast SET planning_done = true WHERE broadcast_id = :broadcast_id")


def open_lanes(db: Connection, broadcast_id: int, accounts: list[str]) -> None:
    """One lane, with its tallies, for each `channel:account` this broadcast goes out on."""
    for name in accounts:
        channel, _, account = name.partition(":")
        values = {"broadcast_id": broadcast_id, "channel": channel, "account": account}
        db.execute(_OPEN_LANE, values)
    tallies = [{"broadcast_id": broadcast_id, "status": status} for status in tally.ENDS]
    db.execute(_OPEN_TALLIES, tallies)


def plan_chunk(db: Connection, broadcast_id: int, audience: dict[str, Any]) -> tuple[int, bool]:
    """Plan the next chunk. Returns (how many, whether there may be more); else planning is done.

    The chunk and its progress marks commit together, so nobody is planned twice.
    """
    here = {"broadcast_id": broadcast_id}
    up_to, before = db.execute(_BEFORE, here).one()
    source, values = who(audience)
    db.execute(
        text(f"""INSERT INTO delivery (broadcast_id, lane_id, address_id, status, attempt)
        SELECT l.broadcast_id, l.lane_id, a.address_id, 0, 0
        {source} AND l.broadcast_id = :broadcast_id AND a.address_id > :up_to
        ORDER BY a.address_id LIMIT :size"""),
        values | here | {"up_to": up_to, "size": CHUNK},
    )
    added, last, reached = 0, before, up_to
    for lane_id, n, newest, furthest in db.execute(_ADDED, {"before": before}).all():
        db.execute(_LANE_PROGRESS, {"lane_id": lane_id, "added": n})
        added, last, reached = added + n, max(last, newest), max(reached, furthest)
    if added:
        marks = {"reached": reached, "added": added, "first": before + 1, "last": last}
        db.execute(_PROGRESS, here | marks)
    if added < CHUNK:
        db.execute(_DONE, here)
    return added, added == CHUNK


def size(db: Connection, audience: dict[str, Any], accounts: list[str]) -> int:
    """How many addresses a broadcast launched now would plan."""
    if not accounts:
        return 0
    names = {f"account_{i}": name for i, name in enumerate(accounts)}
    lanes = " UNION ALL ".join(_named(f":{key}") for key in names)
    source, values = who(audience, lanes=f"({lanes})")
    return int(db.execute(text(f"SELECT count(*) {source}"), values | names).scalar() or 0)


def who(audience: dict[str, Any], lanes: str = "lane") -> tuple[str, dict[str, Any]]:
    """FROM and WHERE of an audience, as SQL over address `a` and lane `l`, with its values."""
    source = f"FROM address a JOIN {lanes} l ON l.channel = a.channel AND l.account = a.account"
    where, values = ["a.consent = 'opted_in'", "a.suppressed = ''"], {}
    if language := str(audience.get("language") or ""):
        source += " JOIN subscriber s ON s.subscriber_id = a.subscriber_id"
        where, values = [*where, "s.language = :language"], {"language": language}
    return f"{source} WHERE {' AND '.join(where)}", values


def _named(parameter: str) -> str:
    """A lane that does not exist yet, out of `channel:account`."""
    at = f"instr({parameter}, ':')"
    return f"SELECT substr({parameter}, 1, {at} - 1) AS channel, substr({parameter}, {at} + 1) AS account"
