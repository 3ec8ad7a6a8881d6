"""What becomes of a round that somebody changed the ground of: who did it, and who has to know."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.models import Admin, Broadcast, Shaping, Submission
from broadcast.states import BroadcastStatus

_ASKED = frozenset(
    {
        BroadcastStatus.IN_REVIEW,
        BroadcastStatus.APPROVED,
        BroadcastStatus.SCHEDULED,
        BroadcastStatus.LATE,
        BroadcastStatus.HOLDING,
    }
)


@dataclass(frozen=True)
class Had:
    """How a round stood: the broadcast's status, and who had a part in what it says."""

    was: str
    shapers: tuple[int, ...]


async def standing_now(session: AsyncSession, row: Broadcast) -> tuple[Submission | None, Had]:
    """The round that a change of this broadcast would make void, if there is one, as it stands."""
    asked = None
    if row.submission and row.status in _ASKED:
        asked = await session.get(Submission, row.submission)
    found = await session.scalars(
        select(Shaping.admin_id).where(Shaping.broadcast_id == row.broadcast_id)
    )
    return asked, Had(row.status, tuple(sorted({row.author_id, *found})))


def note_change(asked: Submission | None, had: Had, by: Admin, *, back: bool = False) -> None:
    """Note that `by` changed what it was about, or took it `back` as it was."""
    if asked is None:
        return
    told = [one for one in had.shapers if one != by.admin_id]
    asked.voided = {"by": by.admin_id, "name": by.name, "was": had.was, "to": told}
    if back:
        asked.voided |= {"back": True}


async def count_rounds(session: AsyncSession, broadcast_id: int) -> int:
    """How often somebody was asked about it."""
    found = await session.scalar(
        select(func.max(Submission.number)).where(Submission.broadcast_id == broadcast_id)
    )
    return int(found or 0)


async def last_round(session: AsyncSession, row: Broadcast) -> Submission | None:
    """The last round before the one it is in or went through."""
    found: Submission | None = await session.scalar(
        select(Submission)
        .where(
            Submission.broadcast_id == row.broadcast_id,
            Submission.submission_id != row.submission,
        )
        .order_by(col(Submission.number).desc(), col(Submission.at).desc())
        .limit(1)
    )
    return found
