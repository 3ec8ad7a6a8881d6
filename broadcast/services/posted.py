"""Console messages we come back to: cards edited in place, and the messages a draft was made of."""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.models import Posted
from broadcast.services import first_steps

SOURCE = "source"  # a message its author sent: the draft holds it; an album's part: `source:ALBUM`
EARLIER = "earlier"  # once a source; another message took its place

CHECKLIST = "checklist"


async def remember(
    core: Core, broadcast_id: int, kind: str, frontend: str, conversation: str, message_id: str
) -> None:
    if kind == CHECKLIST:  # it is about no broadcast
        await first_steps.remember(core, frontend, conversation, message_id)
        return
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


async def sources(core: Core, broadcast_id: int) -> list[Posted]:
    """What the draft's present content was made of, in order: an album's parts are several."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Posted)
            .where(Posted.broadcast_id == broadcast_id, col(Posted.kind).startswith(SOURCE))
            .order_by(col(Posted.posted_id))
        )
        return list(rows)


async def source(core: Core, frontend: str, conversation: str, message_id: str) -> Posted | None:
    """What an author's message is, or was, the source of; the latest draft made of it."""
    async with core.store.read() as session:
        found: Posted | None = await session.scalar(
            select(Posted)
            .where(
                Posted.frontend == frontend,
                Posted.conversation == conversation,
                Posted.message_id == message_id,
                col(Posted.kind).startswith(SOURCE) | (col(Posted.kind) == EARLIER),
            )
            .order_by(col(Posted.posted_id).desc())
        )
        return found


async def retire_sources(core: Core, broadcast_id: int) -> None:
    """Another message takes the place of what the draft was made of."""
    async with core.store.write() as session:
        await session.execute(
            update(Posted)
            .where(col(Posted.broadcast_id) == broadcast_id, col(Posted.kind).startswith(SOURCE))
            .values(kind=EARLIER)
        )
