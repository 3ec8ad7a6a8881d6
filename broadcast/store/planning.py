"""Planning: the audience frozen into deliveries, chunk by chunk, in set-based SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from broadcast.account_key import AccountKey
from broadcast.store import counters, merged_people
from broadcast.store.channel_order import rank

CHUNK = 20_000  # rows in one transaction: the write lock is held for some 40 ms

_OPEN_LANE = text("""INSERT INTO lane (broadcast_id, channel, account, planned)
VALUES (:broadcast_id, :channel, :account, 0) ON CONFLICT DO NOTHING""")
_BEFORE = text("""SELECT planned_up_to, (SELECT COALESCE(max(delivery_id), 0) FROM delivery),
consent_mark, consent_mark > 0 AND EXISTS (SELECT 1 FROM consent_event
WHERE consent_event_id > consent_mark AND kind = 'opt_in') FROM broadcast WHERE broadcast_id = :broadcast_id""")
_LANES = text("SELECT count(*) FROM lane WHERE broadcast_id = :broadcast_id")
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
# Who had agreed when it was launched, and was counted then: an agreement that is only repeated, as
# by an import of the same list, changes nothing.
_JOINED_BEFORE = """NOT EXISTS (SELECT 1 FROM consent_event c WHERE c.address_id = {0}.address_id
AND c.consent_event_id > :mark AND c.kind = 'opt_in' AND COALESCE((SELECT e.kind
FROM consent_event e WHERE e.address_id = c.address_id AND e.consent_event_id <= :mark
AND e.kind IN ('opt_in', 'opt_out', 'declined', 'platform_stop')
ORDER BY e.consent_event_id DESC LIMIT 1), '') <> 'opt_in')"""


def open_lanes(db: Connection, broadcast_id: int, accounts: list[str]) -> None:
    """One lane, with its tallies, for each `channel:account` this broadcast goes out on."""
    for name in accounts:
        channel, account = AccountKey.read(name)
        values = {"broadcast_id": broadcast_id, "channel": channel, "account": account}
        db.execute(_OPEN_LANE, values)
    tallies = [{"broadcast_id": broadcast_id, "status": status} for status in counters.ENDS]
    db.execute(_OPEN_TALLIES, tallies)


def plan_chunk(db: Connection, broadcast_id: int, audience: dict[str, Any]) -> tuple[int, bool]:
    """Plan the next chunk. Returns (how many, whether there may be more); else planning is done.

    The chunk and its progress marks commit together, so nobody is planned twice.
    """
    here = {"broadcast_id": broadcast_id}
    up_to, before, mark, joined_since = db.execute(_BEFORE, here).one()
    several = (db.execute(_LANES, here).scalar() or 0) > 1
    source, values = who(audience, several=several, mark=mark if joined_since else None)
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
        merged_people.keep_one_planned(db, broadcast_id, up_to, reached)
    if added < CHUNK:
        db.execute(_DONE, here)
    return added, added == CHUNK


def reach(
    db: Connection, audience: dict[str, Any], accounts: list[str], wrote_since: dict[str, float]
) -> list[tuple[str, int, int]]:
    """(`channel:account`, people, how many of them wrote since that account's moment) of a
    broadcast launched now. `wrote_since` in Unix seconds; an account without one has no window."""
    if not accounts:
        return []
    source, values = who(audience, lanes=f"({imagined(accounts)})", several=len(accounts) > 1)
    for index, name in enumerate(accounts):
        values |= {f"account_{index}": name, f"since_{index}": wrote_since.get(name, -1.0)}
    since = " ".join(f"WHEN {i} THEN :since_{i}" for i in range(len(accounts)))
    wrote = f"COALESCE(a.wrote_at, 0) > CASE l.lane_id {since} END" if wrote_since else "true"
    rows = db.execute(
        text(f"""SELECT l.channel || ':' || l.account, count(*), sum({wrote})
        {source} GROUP BY l.lane_id"""),
        values,
    )
    return [(str(name), int(people), int(inside)) for name, people, inside in rows]


def nameless(
    db: Connection, audience: dict[str, Any], accounts: list[str], channels: list[str]
) -> tuple[int, list[str]]:
    """(how many of an audience on these channels have no name, the first addresses of them)."""
    several = len(accounts) > 1
    source, values = who(audience, lanes=f"({imagined(accounts)})", several=several)
    values |= {f"account_{i}": name for i, name in enumerate(accounts)}
    values |= {f"channel_{i}": name for i, name in enumerate(channels)}
    here = ", ".join(f":channel_{i}" for i in range(len(channels)))
    source += f""" AND a.channel IN ({here}) AND EXISTS (SELECT 1 FROM subscriber n
    WHERE n.subscriber_id = a.subscriber_id AND n.name = '')"""
    count = db.execute(text(f"SELECT count(*) {source}"), values).scalar() or 0
    first = db.execute(text(f"SELECT a.value {source} ORDER BY a.address_id LIMIT 5"), values)
    return int(count), [str(row[0]) for row in first]


def who(
    audience: dict[str, Any], lanes: str = "lane", *, several: bool = False,
    mark: int | None = None,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """FROM and WHERE of an audience, as SQL over address `a` and lane `l`, with its values.

    `several` lanes: somebody on more than one channel is taken once, on the one they like best.
    `mark`: without whoever joined after this consent_event_id.
    """
    # CROSS JOIN: addresses in the order of their ids, page by page, whatever the planner guesses.
    source = f"FROM address a CROSS JOIN {lanes} l"
    where = ["l.channel = a.channel", "l.account = a.account"]
    where += ["a.consent = 'opted_in'", "a.suppressed = ''"]
    values: dict[str, Any] = {}
    language = str(audience.get("language") or "")
    if language or several:
        source += " JOIN subscriber s ON s.subscriber_id = a.subscriber_id"
    if language:
        where, values = [*where, "s.language = :language"], {"language": language}
    if mark is not None:
        where, values = [*where, _JOINED_BEFORE.format("a")], values | {"mark": mark}
    if several:
        known = f" AND {_JOINED_BEFORE.format('b')}" if mark is not None else ""
        same = "m.broadcast_id = l.broadcast_id AND " if lanes == "lane" else ""
        # CROSS JOIN: SQLite begins with the person's few addresses, never with all of a channel
        where.append(f"""NOT EXISTS (SELECT 1 FROM address b CROSS JOIN {lanes} m
        WHERE {same}m.channel = b.channel AND m.account = b.account
        AND b.subscriber_id = a.subscriber_id AND b.consent = 'opted_in' AND b.suppressed = ''{known}
        AND ({rank("b", "m")}) < ({rank("a", "l")}))""")
    return f"{source} WHERE {' AND '.join(where)}", values


def imagined(accounts: list[str]) -> str:
    """Lanes that do not exist yet, out of `channel:account`s given as :account_0, :account_1 …"""
    return " UNION ALL ".join(_named(i) for i in range(len(accounts)))


def _named(index: int) -> str:
    name = f":account_{index}"
    at = f"instr({name}, ':')"
    return (
        f"SELECT {index} AS lane_id, substr({name}, 1, {at} - 1) AS channel, "
        f"substr({name}, {at} + 1) AS account"
    )
