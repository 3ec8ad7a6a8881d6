"""Shared by the services: load for change, compare-and-set, the audit line."""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.context import Core
from broadcast.errors import NotAllowed, NotFound, TooLate
from broadcast.language import N_
from broadcast.models import Admin, Audit, Broadcast, Notice, Role
from broadcast.states import BroadcastStatus, may_become

log = structlog.get_logger()
STATUS_WORDS = {
    BroadcastStatus.DRAFT: N_("a draft"),
    BroadcastStatus.IN_REVIEW: N_("waiting for approval"),
    BroadcastStatus.APPROVED: N_("approved"),
    BroadcastStatus.SCHEDULED: N_("scheduled"),
    BroadcastStatus.LATE: N_("late"),
    BroadcastStatus.HOLDING: N_("about to start"),
    BroadcastStatus.SENDING: N_("being sent"),
    BroadcastStatus.WATCHING: N_("watching the first ones"),
    BroadcastStatus.PAUSED: N_("paused"),
    BroadcastStatus.WAITING: N_("waiting for people to write"),
    BroadcastStatus.COMPLETED: N_("completed"),
    BroadcastStatus.CANCELLED: N_("cancelled"),
    BroadcastStatus.FAILED: N_("failed"),
}


# A question whether to cancel it stands through these
_BEFORE_OR_PAUSED = frozenset({
    BroadcastStatus.APPROVED, BroadcastStatus.SCHEDULED, BroadcastStatus.HOLDING,
    BroadcastStatus.LATE, BroadcastStatus.PAUSED,
})  # fmt: skip


async def load_broadcast(session: AsyncSession, broadcast_id: int) -> Broadcast:
    """The row, inside a write transaction: no one else can change it until the commit."""
    row = await session.get(Broadcast, broadcast_id)
    if row is None:
        raise NotFound(N_("Broadcast {id} is not here. It may have been deleted."), id=broadcast_id)
    return row


def require_author(by: Admin, row: Broadcast) -> None:
    """Raises NotAllowed for whoever neither wrote it nor is an owner."""
    if by.role != Role.OWNER and row.author_id != by.admin_id:
        raise NotAllowed(N_("Only its author can change this broadcast."))


def change_status(row: Broadcast, then: BroadcastStatus) -> None:
    """Change state if the table allows it. Raises TooLate naming where it stands."""
    now = BroadcastStatus(row.status)
    if not may_become(now, then, launched=row.launched_at is not None):
        raise TooLate(
            N_("Broadcast {id} is {status} now, so that is no longer possible."),
            id=row.broadcast_id,
            status=STATUS_WORDS[now],
        )
    row.status = then
    row.version += 1
    if then not in _BEFORE_OR_PAUSED:
        row.cancel_asked = ""


def append_audit(
    core: Core, session: AsyncSession, action: str, *, by: Admin | None = None,
    broadcast_id: int | None = None, detail: str = "", about: Admin | None = None,
) -> None:  # fmt: skip
    """Append to the audit log, in the same transaction as what it tells of; who shows it to the
    team does not forget it by dying. `about`: to whom it was done."""
    admin_id = by.admin_id if by else None
    session.add(
        Audit(
            at=core.clock(), admin_id=admin_id, broadcast_id=broadcast_id, action=action,
            detail=detail, about_id=about.admin_id if about else None,
        )
    )  # fmt: skip
    # Never the detail: it may hold words people wrote.
    log.info("audit", action=action, broadcast_id=broadcast_id, admin_id=admin_id)
    if broadcast_id is not None:
        session.add(Notice(broadcast_id=broadcast_id))


def require_role(by: Admin, *roles: Role) -> None:
    """An owner may do everything; others only what their role says."""
    if by.role != Role.OWNER and by.role not in roles:
        raise NotAllowed(N_("Your role does not allow that. An owner can change it with /team."))


async def read_actor(session: AsyncSession, by: Admin, *roles: Role) -> Admin:
    """Who acts, as they stand inside this transaction. Raises NotAllowed where they were removed
    meanwhile, or have none of `roles` any more."""
    now = await session.get(Admin, by.admin_id, populate_existing=True, with_for_update=True)
    if now is None or not now.active:
        raise NotAllowed(N_("You are no longer in this team."))
    if roles:
        require_role(now, *roles)
    return now
