"""Console messages we come back to: cards edited in place, and the messages a draft was made of."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlmodel import col, select

from broadcast.context import Core, Event
from broadcast.models import Posted
from broadcast.services import first_steps

CARD = "card:"  # and the submission it was posted for: the one card of a broadcast in its place
COPY = "was:"  # and a number: a card from before, that shall say where the card is now
SOURCE = "source"  # a message its author sent: the draft holds it; an album's part: `source:ALBUM`
EARLIER = "earlier"  # once a source; another message took its place
SEEN = "seen:"  # a preview: the message with its buttons, a colon, and what stands above it there
CHECKLIST = "checklist"  # of a new house, which is about no broadcast


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


async def place(
    core: Core, broadcast_id: int, kind: str, frontend: str, conversation: str, message_id: str
) -> bool:
    """The message is the one of its kind there from now on; another that was is a copy. Returns
    whether anything is otherwise than before."""
    async with core.store.write() as session:
        rows = list(
            await session.scalars(
                select(Posted)
                .where(
                    Posted.broadcast_id == broadcast_id,
                    Posted.frontend == frontend,
                    Posted.conversation == conversation,
                    (Posted.kind == kind) | (Posted.message_id == message_id),
                )
                .order_by(col(Posted.posted_id))
            )
        )
        mine = [one for one in rows if one.message_id == message_id and not _is_source(one)]
        others = [one for one in rows if one.message_id != message_id]
        if [one.kind for one in mine] == [kind] and not others:
            return False
        for one in others:
            one.kind = f"{COPY}{one.posted_id}"
        for one in mine:  # a number of its own: it is the latest there
            await session.delete(one)
        session.add(
            Posted(
                broadcast_id=broadcast_id, kind=kind, frontend=frontend,
                conversation=conversation, message_id=message_id,
            )
        )  # fmt: skip
        return True


def _is_source(row: Posted) -> bool:
    return row.kind == EARLIER or row.kind.startswith(SOURCE)


async def track(
    core: Core, about: tuple[str, int], frontend: str, conversation: str, message_id: str
) -> None:
    """What was answered there is the card (kind, broadcast_id) of that place now; whoever keeps cards
    true is told."""
    kind, number = about
    if kind == CHECKLIST:
        await first_steps.remember(core, frontend, conversation, message_id)
        return
    if kind == SEEN:  # true for the moment it was asked for
        return
    if await place(core, number, kind, frontend, conversation, message_id):
        await core.tell(Event("placed", number, f"{frontend} {conversation}"))


async def forget(core: Core, broadcast_id: int, kind: str, frontend: str, message_id: str) -> None:
    """It says all it ever will."""
    async with core.store.write() as session:
        await session.execute(
            delete(Posted).where(
                col(Posted.broadcast_id) == broadcast_id, col(Posted.kind) == kind,
                col(Posted.frontend) == frontend, col(Posted.message_id) == message_id,
            )
        )  # fmt: skip


async def seen_above(core: Core, frontend: str, conversation: str, message_id: str) -> list[Posted]:
    """What a preview shows above its buttons, which stand in `message_id`; in order."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Posted)
            .where(
                Posted.frontend == frontend, Posted.conversation == conversation,
                col(Posted.kind).startswith(f"{SEEN}{message_id}:"),
            )
            .order_by(col(Posted.posted_id))
        )  # fmt: skip
        return list(rows)


async def is_kept(core: Core, frontend: str, conversation: str, message_id: str) -> bool:
    """Whether somebody keeps that message true, so that no answer takes its place."""
    async with core.store.read() as session:
        found = await session.scalar(
            select(Posted.posted_id).where(
                Posted.frontend == frontend, Posted.conversation == conversation,
                Posted.message_id == message_id,
            )
        )  # fmt: skip
        return found is not None


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


async def made_of(core: Core, kind: str, frontend: str, conversation: str) -> int | None:
    """The latest broadcast whose content came from there under this kind; None: there is none."""
    async with core.store.read() as session:
        found: int | None = await session.scalar(
            select(Posted.broadcast_id)
            .where(
                Posted.kind == kind, Posted.frontend == frontend,
                Posted.conversation == conversation,
            )
            .order_by(col(Posted.posted_id).desc())
        )  # fmt: skip
        return found


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
