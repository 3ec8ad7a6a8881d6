"""The house at a glance: what waits for one person, what runs, what is planned, what the last one
brought, and how many subscribers there are. Read once for everybody who looks; nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core, Halted
from broadcast.models import Admin, Approval, Broadcast, Role, Submission, UncertainPolicy
from broadcast.services import approval_standing, brake, compose, report
from broadcast.services.report import NOTHING, Sums
from broadcast.states import BroadcastStatus
from broadcast.store import subscribers as store

LATEST = 5  # of those that ended, in which somebody may have to decide about the uncertain
SUMMED = 10  # of those that run: the latest
WEEK = timedelta(days=7)
_B = BroadcastStatus
_WRITES = frozenset({Role.AUTHOR, Role.OWNER})
_NEVER = datetime.max.replace(tzinfo=UTC)


class Why(StrEnum):
    """Why something waits for somebody."""

    APPROVE = "approve"
    LATE = "late"  # its time has passed
    DOUBT = "doubt"  # some may have missed it
    SENT_BACK = "sent_back"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Run:
    """A broadcast that was or is sent, and how far."""

    broadcast: Broadcast
    sums: Sums


@dataclass(frozen=True, slots=True)
class People:
    """Subscribers `now`, and how many joined and left in the last seven days."""

    now: int
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class House:
    """What is the same for everybody. `current`: all that is asked about, planned or running, the
    latest first; `doubtful`: ended, and nobody has said what becomes of those in doubt."""

    current: Sequence[Broadcast]
    running: Sequence[Run]
    doubtful: Sequence[Run]
    last: Run | None
    people: People
    halted: Halted | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The five facts as one person may see them. `planned`: the next first; what has no time yet,
    as it waits for others, before it. `drafts`: how many they have in all."""

    house: House
    waits: Sequence[tuple[Broadcast, Why]]
    planned: Sequence[Broadcast]
    drafts: int


async def house(core: Core) -> House:
    """As it stands now; what had to be counted of many rows, as it stood lately."""
    halted = await brake.refresh(core)
    current = await report.current(core)
    runs = [row for row in current if row.status in brake.RUNS]
    running = [
        Run(row, await _sums(core, row) if place < SUMMED else NOTHING)
        for place, row in enumerate(runs)
    ]
    ended = [Run(row, await _sums(core, row)) for row in await _ended(core)]
    doubtful = [
        run
        for run in ended
        if run.sums.uncertain
        and run.broadcast.status == _B.COMPLETED
        and run.broadcast.uncertain_policy == UncertainPolicy.ASK
    ]
    people = await core.counted.get("dashboard", lambda: _people(core))
    return House(current, running, doubtful, ended[0] if ended else None, people, halted)


async def of(core: Core, admin: Admin, seen: House) -> Dashboard:
    """What of it waits for this person, and what else is on its way."""
    drafts = await compose.drafts(core, admin) if admin.role in _WRITES else []
    written = [row for row in drafts if not compose.message_of(row).is_empty]
    late = [row for row in seen.current if row.status == _B.LATE]
    mine = await approval_standing.waiting_for(core, admin, list(seen.current))
    async with core.store.read() as session:
        said = await _already_said(session, admin, mine)
        back = await _sent_back(session, written)
        if admin.role in approval_standing.DECIDERS:
            shut = await approval_standing.shut_to(core, session, admin, late)
            late = [row for row in late if row.broadcast_id not in shut]
        else:
            late = []
    waits = [(row, Why.APPROVE) for row in mine if row.submission not in said]
    waits += [(row, Why.LATE) for row in late]
    if admin.role in approval_standing.DECIDERS:
        waits += [(run.broadcast, Why.DOUBT) for run in seen.doubtful]
    waits += [(row, Why.SENT_BACK) for row in written if row.broadcast_id in back]
    waits += [(row, Why.DRAFT) for row in written if row.broadcast_id not in back]
    taken = {row.broadcast_id for row, _ in waits}
    planned = [
        row
        for row in seen.current
        if row.status not in brake.RUNS and row.broadcast_id not in taken
    ]
    return Dashboard(seen, waits, sorted(planned, key=_next_first), len(drafts))


def _next_first(row: Broadcast) -> tuple[bool, datetime, int]:
    return row.status != _B.IN_REVIEW, row.scheduled_at or _NEVER, row.broadcast_id or 0


async def _sums(core: Core, row: Broadcast) -> Sums:
    return await report.sums(core, row.broadcast_id or 0) if row.launched_at else NOTHING


async def _ended(core: Core) -> list[Broadcast]:
    """Those that were sent, the last first."""
    query = (
        select(Broadcast)
        .where(
            col(Broadcast.status).in_((_B.COMPLETED, _B.CANCELLED, _B.FAILED)),
            col(Broadcast.launched_at).is_not(None),
        )
        .order_by(col(Broadcast.completed_at).desc(), col(Broadcast.broadcast_id).desc())
        .limit(LATEST)
    )
    async with core.store.read() as session:
        return list(await session.scalars(query))


async def _people(core: Core) -> People:
    async with core.store.read() as session:
        now = sum(count for count, _, _ in (await store.by_language(session)).values())
        since = core.clock() - WEEK
        moves = await store.moves(session, since, int(WEEK.total_seconds()))
    own = [some for step, some in moves if step.person]
    return People(now, sum(one.joined for one in own), sum(one.left for one in own))


async def _already_said(session: AsyncSession, admin: Admin, rows: Sequence[Broadcast]) -> set[str]:
    """Submissions that this person has approved and somebody else has still to."""
    found = await session.scalars(
        select(Approval.submission).where(
            Approval.admin_id == admin.admin_id, Approval.approved, ~col(Approval.void),
            col(Approval.submission).in_([row.submission for row in rows]),
        )
    )  # fmt: skip
    return set(found)


async def _sent_back(session: AsyncSession, drafts: Sequence[Broadcast]) -> set[int]:
    """Those that were rejected, and nobody was asked about again since."""
    numbers = [row.broadcast_id for row in drafts]
    asked_since = select(Submission.submission_id).where(
        Submission.broadcast_id == Approval.broadcast_id, col(Submission.at) > Approval.at
    )
    found = await session.scalars(
        select(Approval.broadcast_id).where(
            col(Approval.broadcast_id).in_(numbers), ~col(Approval.approved), ~asked_since.exists()
        )
    )
    return set(found)
