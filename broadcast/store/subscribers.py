"""How many people there are, who joined and who left: counted in the database, numbers only.

Somebody is in while they have agreed and have not told their platform to stop. A line of the ledger
counts where it changes that: a second YES is no second person. A person on several channels joins
with their first and leaves with their last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

_IN = "a.consent = 'opted_in' AND a.suppressed <> 'platform_stop'"
_KINDS = "('opt_in', 'opt_out', 'platform_stop', 'platform_resume')"

_NOW_BY_CHANNEL = text(f"""SELECT a.channel, count(*), sum(a.suppressed <> '') FROM address a
WHERE {_IN} GROUP BY +a.channel ORDER BY count(*) DESC, a.channel""")

_NOW_BY_LANGUAGE = text(f"""SELECT s.language, count(*), sum(p.reachable = 0), sum(p.places > 1)
FROM (SELECT a.subscriber_id, count(*) AS places, max(a.suppressed = '') AS reachable
    FROM address a WHERE {_IN} GROUP BY a.subscriber_id) p
JOIN subscriber s ON s.subscriber_id = p.subscriber_id
GROUP BY s.language ORDER BY count(*) DESC, s.language""")

# Of everybody whose ledger has a line since then: each change of an address (`delta`), and what it
# meant for the person, who was where they are now less all that came later.
_CHANGES = f"""
touched AS MATERIALIZED (
    SELECT DISTINCT a.subscriber_id FROM consent_event e JOIN address a USING (address_id)
    WHERE e.at >= :since AND e.kind IN {_KINDS}),
line AS MATERIALIZED (
    SELECT e.consent_event_id AS id, e.address_id, a.subscriber_id, a.channel, e.at,
        max(CASE WHEN e.kind IN ('opt_in', 'opt_out')
            THEN e.consent_event_id * 2 + (e.kind = 'opt_in') END) OVER earlier AS agreed,
        max(CASE WHEN e.kind IN ('platform_stop', 'platform_resume')
            THEN e.consent_event_id * 2 + (e.kind = 'platform_stop') END) OVER earlier AS stopped
    FROM touched t CROSS JOIN address a ON a.subscriber_id = t.subscriber_id
    CROSS JOIN consent_event e ON e.address_id = a.address_id
    WHERE e.kind IN {_KINDS}
    WINDOW earlier AS (PARTITION BY e.address_id ORDER BY e.consent_event_id)),
state AS (
    SELECT id, address_id, subscriber_id, channel, at,
        (coalesce(agreed, 0) % 2 = 1 AND coalesce(stopped, 0) % 2 = 0) AS inside FROM line),
change AS (
    SELECT id, subscriber_id, channel, at,
        inside - coalesce(lag(inside) OVER (PARTITION BY address_id ORDER BY id), 0) AS delta
    FROM state),
present AS (
    SELECT t.subscriber_id, sum({_IN}) AS places
    FROM touched t CROSS JOIN address a ON a.subscriber_id = t.subscriber_id
    GROUP BY t.subscriber_id),
moved AS MATERIALIZED (
    SELECT c.id, c.subscriber_id, c.channel, c.at, c.delta, p.places - coalesce(sum(c.delta) OVER (
        PARTITION BY c.subscriber_id ORDER BY c.id
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0) AS places
    FROM change c JOIN present p USING (subscriber_id) WHERE c.delta <> 0)"""

_PERSON = "((m.delta = 1 AND m.places = 1) OR (m.delta = -1 AND m.places = 0))"

_MOVES = text(f"""WITH {_CHANGES}
SELECT CAST((strftime('%s', m.at) - strftime('%s', :since)) / :step AS INTEGER) AS step,
    m.channel, s.language, {_PERSON} AS person, sum(m.delta = 1), sum(m.delta = -1)
FROM moved m JOIN subscriber s USING (subscriber_id) WHERE m.at >= :since
GROUP BY 1, 2, 3, 4""")

# Each that left is put down to the last broadcast they had received. The deliveries are read in
# the order they lie in, and each is looked up among the few who left.
_CAUSED = text(f"""WITH {_CHANGES},
gone AS MATERIALIZED (
    SELECT a.address_id, m.id, CAST(strftime('%s', m.at) AS REAL) AS at
    FROM moved m CROSS JOIN address a ON a.subscriber_id = m.subscriber_id
    WHERE m.at >= :since AND m.delta = -1 AND m.places = 0),
candidate AS (
    SELECT d.broadcast_id, row_number() OVER (PARTITION BY g.id ORDER BY d.sent_at DESC) AS place
    FROM broadcast b CROSS JOIN delivery d CROSS JOIN gone g
    WHERE b.broadcast_id IN :broadcasts
      AND d.delivery_id BETWEEN b.delivery_from AND b.delivery_to
      AND d.broadcast_id = b.broadcast_id AND g.address_id = d.address_id
      AND d.sent_at <= g.at + 1 AND d.sent_at > g.at - :within)
SELECT broadcast_id, count(*) FROM candidate WHERE place = 1
GROUP BY broadcast_id""").bindparams(bindparam("broadcasts", expanding=True))

_RECEIVED = text("""SELECT l.broadcast_id, sum(t.deliveries) FROM tally t JOIN lane l USING (lane_id)
WHERE l.broadcast_id IN :broadcasts AND t.status >= 40
GROUP BY l.broadcast_id""").bindparams(bindparam("broadcasts", expanding=True))

_BY_POSTER = text("""SELECT source, count(*), sum(joined),
    sum(joined AND NOT (a.consent = 'opted_in' AND a.suppressed <> 'platform_stop'))
FROM (SELECT source, address_id, max(kind = 'opt_in') AS joined FROM consent_event
    WHERE source <> '' AND source IN :codes AND kind IN ('opened', 'opt_in')
    GROUP BY source, address_id) came
JOIN address a USING (address_id) GROUP BY source""").bindparams(bindparam("codes", expanding=True))


@dataclass(frozen=True, slots=True)
class Moves:
    """How many joined and left in some time."""

    joined: int = 0
    left: int = 0

    def __add__(self, other: Moves) -> Moves:
        return Moves(self.joined + other.joined, self.left + other.left)


@dataclass(frozen=True, slots=True)
class Step:
    """Which changes of addresses: in the `number`th stretch of time (from 0), on a channel, of
    people of a language; `person`: those by which a person came or went, not only an address."""

    number: int
    channel: str
    language: str
    person: bool


@dataclass(frozen=True, slots=True)
class Came:
    """By one poster: opened a chat, joined, and of these left again."""

    opened: int = 0
    joined: int = 0
    left: int = 0


async def by_channel(session: AsyncSession) -> dict[str, tuple[int, int]]:
    """(addresses that are in, and how many of them cannot be reached), the most first."""
    found = await session.execute(_NOW_BY_CHANNEL)
    return {channel: (count, shut or 0) for channel, count, shut in found}


async def by_language(session: AsyncSession) -> dict[str, tuple[int, int, int]]:
    """(people who are in, those who cannot be reached, those on several channels), the most first."""
    found = await session.execute(_NOW_BY_LANGUAGE)
    return {language: (count, shut or 0, more or 0) for language, count, shut, more in found}


async def moves(
    session: AsyncSession, since: datetime, step_seconds: int
) -> list[tuple[Step, Moves]]:
    """What changed since then, in parts; the parts of any one of them add up to all of it."""
    values = {"since": _stamp(since), "step": step_seconds}
    found = await session.execute(_MOVES, values)
    return [
        (Step(step, channel, language, bool(person)), Moves(joined, left))
        for step, channel, language, person, joined, left in found
    ]


async def left_after(
    session: AsyncSession, broadcasts: Sequence[int], since: datetime, within_seconds: float
) -> dict[int, int]:
    """People who left so soon after one of these broadcasts, each by the last one they received."""
    values: Mapping[str, object] = {
        "broadcasts": list(broadcasts), "since": _stamp(since), "within": within_seconds,
    }  # fmt: skip
    found = await session.execute(_CAUSED, values)
    return {int(number): int(count) for number, count in found}


async def received(session: AsyncSession, broadcasts: Sequence[int]) -> dict[int, int]:
    """Deliveries of these broadcasts that arrived at their platforms."""
    found = await session.execute(_RECEIVED, {"broadcasts": list(broadcasts)})
    return {int(number): int(count) for number, count in found}


async def by_poster(session: AsyncSession, codes: Sequence[str]) -> dict[str, Came]:
    found = await session.execute(_BY_POSTER, {"codes": list(codes)})
    return {code: Came(opened, joined, left) for code, opened, joined, left in found}


def _stamp(at: datetime) -> str:
    """As SQLite keeps a UtcTime."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
