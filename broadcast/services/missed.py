"""Who missed a broadcast, as a whole list: it holds names and addresses, so not everybody gets it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from broadcast.context import Core
from broadcast.errors import NotAllowed
from broadcast.language import N_
from broadcast.models import Admin, Broadcast, Role
from broadcast.services import report
from broadcast.services.approval_standing import DECIDERS
from broadcast.services.audit import append_audit, load_broadcast, read_actor
from broadcast.services.report import Missed

TAKEN = "missed_file"  # as the history calls it
NOT_YOURS = N_(
    "The file holds whole names and addresses, so only the author of #{id}, an approver or an owner "
    "gets it."
)


def may_take(by: Admin, row: Broadcast) -> bool:
    """Whether this person gets the list of this broadcast."""
    return by.role in DECIDERS or (by.role == Role.AUTHOR and row.author_id == by.admin_id)


def check(by: Admin, row: Broadcast) -> None:
    """Raises NotAllowed for whoever may not have the list."""
    if not may_take(by, row):
        raise NotAllowed(NOT_YOURS, id=row.broadcast_id)


async def rows(
    core: Core, broadcast_id: int, reason: str | None = None
) -> AsyncIterator[list[Missed]]:
    """The list as of one moment, a few hundred people at a time. `reason`: these only."""
    async with core.store.read() as session:
        async for some in report.everybody(session, broadcast_id, reason):
            yield some


async def taken(core: Core, by: Admin, broadcast_id: int, people: int) -> None:
    """Note that the list of so many people goes to this admin, before it does. Raises NotAllowed for
    whoever may not have it (any more)."""
    async with core.store.write() as session:
        row = await load_broadcast(session, broadcast_id)
        check(await read_actor(session, by), row)
        append_audit(core, session, TAKEN, by=by, broadcast_id=broadcast_id, detail=str(people))
