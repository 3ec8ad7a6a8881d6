"""The figures of a list: how many there are, who joined and left, and after which broadcast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.models import Broadcast, Poster
from broadcast.services import posters
from broadcast.store import subscribers as store
from broadcast.store.subscribers import Came, Moves

WEEKS = 8  # that the picture shows
LATELY = 4  # weeks that the words tell of
WITHIN = timedelta(hours=24)  # who leaves so soon after a broadcast, leaves because of it
BROADCASTS = 5
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Group:
    """A channel's addresses, or the people of a language: `now`, and what changed in LATELY weeks."""

    now: int = 0
    moves: Moves = Moves()


@dataclass(frozen=True, slots=True)
class After:
    """How many left after one broadcast, of how many who received it."""

    broadcast: Broadcast
    received: int
    left: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`people` have agreed, each once; `unreachable` of them cannot be reached now; `several` more
    addresses than people. `weeks`: the oldest first, the last one ending `at`."""

    at: datetime
    people: int
    unreachable: int
    channels: Mapping[str, Group]
    languages: Mapping[str, Group]
    weeks: list[Moves]
    came: list[tuple[Poster, Came]]
    after: list[After] = field(default_factory=list)

    @property
    def several(self) -> int:
        return sum(one.now for one in self.channels.values()) - self.people

    @property
    def lately(self) -> Moves:
        return sum(self.weeks[-LATELY:], Moves())

    def before(self, week: int) -> int:
        """How many there were at the beginning of a week of `weeks`."""
        since = sum(self.weeks[week:], Moves())
        return self.people - since.joined + since.left


async def figures(core: Core) -> Figures:
    """Counted now, in one moment of the database. Nobody's name is read."""
    at = core.clock()
    since = at - WEEKS * _WEEK
    async with core.store.read() as session:
        channels = await store.by_channel(session)
        languages = await store.by_language(session)
        moves = await store.moves(session, since, int(_WEEK.total_seconds()))
        after = await _after(session, since)
    weeks = [Moves()] * WEEKS
    moved: dict[str, Moves] = {}
    spoken: dict[str, Moves] = {}
    for step, some in moves:
        week = min(max(step.number, 0), WEEKS - 1)
        lately = week >= WEEKS - LATELY
        if step.person:
            weeks[week] = weeks[week] + some
        if step.person and lately:
            spoken[step.language] = spoken.get(step.language, Moves()) + some
        if lately:
            moved[step.channel] = moved.get(step.channel, Moves()) + some
    return Figures(
        at,
        sum(count for count, _, _ in languages.values()),
        sum(shut for _, shut, _ in languages.values()),
        _groups({name: one[0] for name, one in channels.items()}, moved),
        _groups({name: one[0] for name, one in languages.items()}, spoken),
        weeks,
        await posters.count_joined(core),
        after,
    )


def _groups(now: Mapping[str, int], moved: Mapping[str, Moves]) -> dict[str, Group]:
    """Also those of whom nobody is left."""
    return {
        name: Group(now.get(name, 0), moved.get(name, Moves()))
        for name in dict.fromkeys([*now, *sorted(moved)])
    }


async def _after(session: AsyncSession, since: datetime) -> list[After]:
    found = await session.scalars(
        select(Broadcast)
        .where(col(Broadcast.launched_at) >= since)
        .order_by(col(Broadcast.launched_at).desc())
        .limit(BROADCASTS)
    )
    rows = list(found)
    numbers = [row.broadcast_id or 0 for row in rows]
    left = await store.left_after(session, numbers, since, WITHIN.total_seconds())
    received = await store.received(session, numbers)
    return [
        After(row, received.get(n, 0), left.get(n, 0)) for row, n in zip(rows, numbers, strict=True)
    ]
