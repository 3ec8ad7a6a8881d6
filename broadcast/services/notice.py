"""What the team has still to be told: kept in the transaction it tells of, gone once it was shown.

A process that is killed in between tells it after its next start; at worst twice, never not at all.
"""

from __future__ import annotations

from sqlalchemy import delete, func
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.models import Notice

OF_THE_HOUSE = 0  # in place of a broadcast: news of an account
_ALSO = "also_for"  # among its details: an admin_id


async def keep(
    core: Core, sentence: str, values: dict[str, object], also: int | None = None
) -> None:
    """News of no broadcast: a catalog sentence and its values; for the owners, and for the admin
    `also`."""
    details = dict(values) if also is None else {**values, _ALSO: also}
    async with core.store.write() as session:
        session.add(Notice(broadcast_id=OF_THE_HOUSE, sentence=sentence, details=details))


def also_for(row: Notice) -> int | None:
    """Whom it concerns besides the owners."""
    found = row.details.get(_ALSO)
    return int(found) if found is not None else None


async def latest(core: Core, broadcast_id: int) -> int:
    """The last notice_id about it; 0 when nothing is owed."""
    async with core.store.read() as session:
        found = await session.scalar(
            select(func.max(Notice.notice_id)).where(Notice.broadcast_id == broadcast_id)
        )
        return int(found or 0)


async def owed(core: Core) -> list[int]:
    """The broadcasts somebody has still to be told about."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Notice.broadcast_id)
            .where(Notice.broadcast_id != OF_THE_HOUSE)
            .distinct()
            .order_by(col(Notice.broadcast_id))
        )
        return list(rows)


async def of_the_house(core: Core) -> list[Notice]:
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Notice)
            .where(Notice.broadcast_id == OF_THE_HOUSE)
            .order_by(col(Notice.notice_id))
        )
        return list(rows)


async def shown(core: Core, broadcast_id: int, up_to: int) -> None:
    """Everybody concerned has seen it as it was at this notice_id."""
    async with core.store.write() as session:
        await session.execute(
            delete(Notice).where(
                col(Notice.broadcast_id) == broadcast_id, col(Notice.notice_id) <= up_to
            )
        )
