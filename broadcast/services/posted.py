"""Console messages we come back to: cards and progress lines, edited in place."""

from __future__ import annotations

from sqlmodel import select

from broadcast.core import Core
from broadcast.models import Posted


async def remember(
    core: Core, broadcast_id: int, kind: str, frontend: str, conversation: str, message_id: str
) -> None:
    async with core.store.write() as session:
        session.add(
            Posted(
                broadcast_id=broadcast_id, kind=kind, frontend=frontend,
                conversation=conversation, message_id=message_id,
            )
        )  # fmt: skip


async def find(core: Core, broadcast_id: int, kind: str) -> list[Posted]:
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Posted).where(Posted.broadcast_id == broadcast_id, Posted.kind == kind)
        )
        return list(rows)
