"""What a broadcast's message was before each change, to be put back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.errors import TooLate
from broadcast.language import N_
from broadcast.message import Message
from broadcast.models import Admin, Broadcast, DraftVersion

KEPT = 50  # of one broadcast; older ones go


async def keep(
    core: Core, session: AsyncSession, row: Broadcast, content: dict[str, Any], by: Admin
) -> None:
    """Keep what somebody has just changed; nothing where there was nothing to lose."""
    message = Message.model_validate(content)
    if message.is_empty and not message.buttons:
        return
    mine = col(DraftVersion.broadcast_id) == row.broadcast_id
    last = await session.scalar(select(func.max(DraftVersion.number)).where(mine)) or 0
    session.add(
        DraftVersion(
            broadcast_id=row.broadcast_id or 0, number=last + 1, content=content,
            admin_id=by.admin_id, at=core.clock(),
        )
    )  # fmt: skip
    old = col(DraftVersion.number) <= last + 1 - KEPT
    await session.execute(delete(DraftVersion).where(mine, old))


async def kept(core: Core, broadcast_id: int) -> list[DraftVersion]:
    """The latest first."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(DraftVersion)
            .where(DraftVersion.broadcast_id == broadcast_id)
            .order_by(col(DraftVersion.number).desc())
        )
        return list(rows)


async def latest(core: Core, broadcast_id: int) -> int:
    """The number of what was there before the last change; 0: there was nothing."""
    rows = await kept(core, broadcast_id)
    return rows[0].number if rows else 0


async def find(core: Core, broadcast_id: int, number: int) -> Message:
    """Raises TooLate for one that is not kept any more."""
    async with core.store.read() as session:
        version = await session.get(DraftVersion, (broadcast_id, number))
    if version is None:
        raise TooLate(N_("That version is no longer saved. /versions shows those that are."))
    return message_of(version)


def message_of(version: DraftVersion) -> Message:
    return Message.model_validate(version.content)
