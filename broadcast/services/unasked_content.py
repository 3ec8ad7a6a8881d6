"""What an author wrote unasked: kept until they say whether it replaces, adds, or was nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, update
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.errors import TooLate
from broadcast.language import N_
from broadcast.message import Message
from broadcast.models import Admin, Written

_KEPT = timedelta(days=30)
_MOST = 500  # of one person; they stand in the chat as well
_LOOKED_AT = 200  # of a conversation's latest: an edit is of a recent message


class Became(StrEnum):
    """What an author said it was. GONE: added once, and what it was added to is replaced."""

    ASKED = ""
    NOTHING = "nothing"
    REPLACED = "replaced"
    ADDED = "added"
    MADE = "made"
    GONE = "gone"


PLACED = frozenset({Became.REPLACED, Became.ADDED, Became.MADE, Became.GONE})
NOT_HERE = N_("I do not have that message any more. Please send it again.")


async def keep(
    core: Core, by: Admin, frontend: str, conversation: str, message: Message, *,
    message_id: str = "", album: str = "", broadcast_id: int | None = None,
) -> Written:  # fmt: skip
    """A message beside the draft `broadcast_id`, or beside none. Old ones of theirs go."""
    row = Written(
        admin_id=by.admin_id or 0, frontend=frontend, conversation=conversation, album=album,
        messages=[message_id] if message_id else [], content=message.model_dump(mode="json"),
        broadcast_id=broadcast_id, at=core.clock(),
    )  # fmt: skip
    async with core.store.write() as session:
        mine = col(Written.admin_id) == by.admin_id
        await session.execute(delete(Written).where(mine, col(Written.at) < core.clock() - _KEPT))
        session.add(row)
        await session.flush()
        newest = select(Written.written_id).where(mine).order_by(col(Written.written_id).desc())
        await session.execute(
            delete(Written).where(
                mine, col(Written.written_id) < newest.offset(_MOST).limit(1).scalar_subquery()
            )
        )
    return row


async def get(core: Core, by: Admin, written_id: int) -> Written:
    """One of their own. Raises TooLate."""
    async with core.store.read() as session:
        row = await session.get(Written, written_id)
    if row is None or row.admin_id != by.admin_id:
        raise TooLate(NOT_HERE)
    return row


async def decide(
    core: Core, by: Admin, written_id: int, became: Became, broadcast_id: int | None,
    base: Message | None = None,
) -> Written:  # fmt: skip
    """Say what it is; only what was called nothing can be called something else. Raises TooLate."""
    async with core.store.write() as session:
        row = await session.get(Written, written_id, populate_existing=True)
        if row is None or row.admin_id != by.admin_id:
            raise TooLate(NOT_HERE)
        if row.became in PLACED:
            raise TooLate(N_("That is done already."))
        row.became, row.broadcast_id = became, broadcast_id
        row.base = base.model_dump(mode="json") if base is not None else {}
    return row


async def rewrite(core: Core, row: Written, message: Message, base: Message | None = None) -> None:
    """Its author edited it, or another part of its album came."""
    async with core.store.write() as session:
        found = await session.get(Written, row.written_id)
        if found is not None:
            found.content = message.model_dump(mode="json")
            found.messages = list(row.messages)
            if base is not None:
                found.base = base.model_dump(mode="json")


async def of_message(
    core: Core, frontend: str, conversation: str, message_id: str
) -> Written | None:
    """The kept message that came under this id, or one of whose parts did."""
    rows = await _of(core, frontend, conversation)
    return next((row for row in rows if message_id and message_id in row.messages), None)


async def of_album(core: Core, frontend: str, conversation: str, album: str) -> Written | None:
    rows = await _of(core, frontend, conversation)
    return next((row for row in rows if album and row.album == album), None)


async def _of(core: Core, frontend: str, conversation: str) -> Sequence[Written]:
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Written)
            .where(Written.frontend == frontend, Written.conversation == conversation)
            .order_by(col(Written.written_id).desc())
            .limit(_LOOKED_AT)
        )
        return list(rows)


async def additions(core: Core, broadcast_id: int) -> list[Written]:
    """What was added to a draft's message and is in it still, in the order it came."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Written)
            .where(Written.broadcast_id == broadcast_id, Written.became == Became.ADDED)
            .order_by(col(Written.written_id))
        )
        return list(rows)


async def forget_additions(core: Core, broadcast_id: int) -> None:
    """What they were added to was replaced as a whole."""
    async with core.store.write() as session:
        await session.execute(
            update(Written)
            .where(col(Written.broadcast_id) == broadcast_id, col(Written.became) == Became.ADDED)
            .values(became=Became.GONE)
        )


def content_of(row: Written) -> Message:
    return Message.model_validate(row.content)


def base_of(row: Written) -> Message:
    return Message.model_validate(row.base)
