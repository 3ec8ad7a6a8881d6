"""One person on two consoles: a one-time code joins them into one admin."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, exists, func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.core import Core, Event
from broadcast.errors import Invalid, NotAllowed
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.models import (
    Admin,
    AdminIdentity,
    Approval,
    Broadcast,
    Invitation,
    Role,
    Shaping,
)
from broadcast.services import standing
from broadcast.services.record import move, note
from broadcast.services.team import code_hash, issue, use

LINK = "link"  # the role of such a code: it makes nobody an admin who is not one
LINK_MINUTES = 10
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # typed by hand: nothing that looks alike
_BEFORE_LAUNCH = (
    BroadcastStatus.APPROVED,
    BroadcastStatus.SCHEDULED,
    BroadcastStatus.LATE,
    BroadcastStatus.HOLDING,
)


async def code(core: Core, by: Admin) -> str:
    """A code for this person's other console; an earlier one stops working."""
    async with core.store.write() as session:
        await session.execute(
            update(Invitation)
            .where(
                col(Invitation.role) == LINK,
                col(Invitation.created_by) == by.admin_id,
                col(Invitation.used_at).is_(None),
            )
            .values(used_at=core.clock())
        )
        note(core, session, "link_code", by=by)
        made = "".join(secrets.choice(_LETTERS) for _ in range(8))
        await issue(core, session, made, LINK, by, timedelta(minutes=LINK_MINUTES))
    return made


async def awaited(core: Core, given: str) -> bool:
    """Whether this is a code of ours that somebody may still use."""
    async with core.store.read() as session:
        found = await session.get(Invitation, code_hash(given.strip().upper()))
    return found is not None and found.role == LINK and found.used_at is None


async def redeem(
    core: Core, given: str, *, frontend: str, user_id: str, conversation: str
) -> Admin:
    """Whoever typed the code is from now on the admin who asked for it, with that role.

    What they wrote and decided here goes along. Approvals that thereby turn out to be one's own, or
    one person's twice, no longer count. Raises Invalid, NotAllowed.
    """
    async with core.store.write() as session:
        found = await use(core, session, given.strip().upper())
        keeper = await session.get(Admin, found.created_by) if found else None
        if found is None or found.role != LINK or keeper is None or not keeper.active:
            raise Invalid(
                N_("This code does not work. Get a new one with `link` in your other console.")
            )
        identity = await session.get(AdminIdentity, (frontend, user_id))
        voided: list[int] = []
        if identity is None:
            session.add(
                AdminIdentity(
                    frontend=frontend, user_id=user_id, admin_id=keeper.admin_id or 0,
                    conversation=conversation,
                )
            )  # fmt: skip
        else:
            gone = await session.get(Admin, identity.admin_id)
            if gone is not None and gone.admin_id != keeper.admin_id:
                await _merge(core, session, gone, keeper)
                voided = await _void_approvals(core, session, keeper)
            identity.active = True
        note(core, session, "linked", by=keeper, detail=frontend)
    for broadcast_id in voided:
        await core.tell(Event("changed", broadcast_id))
    return keeper


async def _merge(core: Core, session: AsyncSession, gone: Admin, keeper: Admin) -> None:
    owners = await session.scalar(
        select(func.count()).select_from(Admin).where(Admin.active, Admin.role == Role.OWNER)
    )
    if gone.active and gone.role == Role.OWNER and keeper.role != Role.OWNER and owners == 1:
        raise NotAllowed(
            N_("You are the only owner here. Write /link here and type the code there instead.")
        )
    theirs = select(Shaping.broadcast_id).where(Shaping.admin_id == keeper.admin_id)
    await session.execute(
        delete(Shaping).where(
            col(Shaping.admin_id) == gone.admin_id, col(Shaping.broadcast_id).in_(theirs)
        )
    )
    for table, column in (
        (AdminIdentity, AdminIdentity.admin_id),
        (Broadcast, Broadcast.author_id),
        (Approval, Approval.admin_id),
        (Shaping, Shaping.admin_id),
    ):
        moved = update(table).where(col(column) == gone.admin_id)
        await session.execute(moved.values({col(column): keeper.admin_id}))
    gone.active = False


async def _void_approvals(core: Core, session: AsyncSession, keeper: Admin) -> list[int]:
    """Two names were one person: what then lacks somebody else's yes is a draft again."""
    said_yes = exists().where(
        col(Approval.broadcast_id) == col(Broadcast.broadcast_id),
        col(Approval.admin_id) == keeper.admin_id,
        col(Approval.approved),
        col(Approval.digest) == col(Broadcast.approved_digest),
    )
    waiting = col(Broadcast.status).in_(_BEFORE_LAUNCH)
    rows = list(await session.scalars(select(Broadcast).where(waiting, said_yes)))
    voided = []
    for row in rows:
        if await standing.is_approved(core, session, row):
            continue
        move(row, BroadcastStatus.DRAFT)
        row.submission, row.approved_digest, row.hold_until = "", "", None
        note(core, session, "approval_voided", by=keeper, broadcast_id=row.broadcast_id)
        voided.append(row.broadcast_id or 0)
    return voided
