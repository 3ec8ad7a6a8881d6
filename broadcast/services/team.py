"""Who may use the consoles: the first owner's claim, invitations, roles."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.errors import Invalid, NotAllowed, NotFound
from broadcast.language import N_
from broadcast.models import Admin, AdminIdentity, Invitation, Role
from broadcast.services.record import note

CLAIM_HOURS, INVITE_HOURS = 24, 72


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


async def _issue(core: Core, role: Role, by: Admin | None, hours: int) -> str:
    code = secrets.token_urlsafe(9)
    now = core.clock()
    async with core.store.write() as session:
        session.add(
            Invitation(
                code_hash=_hash(code), role=role, created_by=by.admin_id if by else None,
                created_at=now, expires_at=now + timedelta(hours=hours),
            )
        )  # fmt: skip
        note(core, session, "invited" if by else "claim_code", by=by, detail=role)
    return code


async def claim_code(core: Core) -> str | None:
    """A one-time code for the first owner; None once there is one."""
    async with core.store.read() as session:
        owners = await session.scalar(
            select(func.count()).select_from(Admin).where(col(Admin.role) == Role.OWNER)
        )
    return None if owners else await _issue(core, Role.OWNER, None, CLAIM_HOURS)


async def invite(core: Core, by: Admin, role: Role) -> str:
    if by.role != Role.OWNER:
        raise NotAllowed(N_("Only an owner can invite people."))
    return await _issue(core, role, by, INVITE_HOURS)


async def join(
    core: Core, code: str, *, frontend: str, user_id: str, conversation: str, name: str,
    language: str,
) -> Admin:  # fmt: skip
    """Use a claim or invitation code; it works once."""
    now = core.clock()
    async with core.store.write() as session:
        found = await session.get(Invitation, _hash(code))
        if found is None or found.used_at is not None or found.expires_at < now:
            raise Invalid(N_("This link no longer works. Please ask for a new one."))
        found.used_at = now
        identity = await session.get(AdminIdentity, (frontend, user_id))
        admin = await session.get(Admin, identity.admin_id) if identity else None
        if admin is None:
            admin = Admin(
                name=name, language=language, timezone=core.policy.timezone, created_at=now
            )
            session.add(admin)
            await session.flush()
            session.add(
                AdminIdentity(
                    frontend=frontend, user_id=user_id, admin_id=admin.admin_id or 0,
                    conversation=conversation,
                )
            )  # fmt: skip
        admin.role, admin.active = found.role, True
        note(core, session, "joined", by=admin, detail=found.role)
    return admin


async def appoint(core: Core, frontend: str, user_id: str) -> None:
    """Make somebody an owner by settings (TELLAL_OWNERS)."""
    async with core.store.write() as session:
        if await session.get(AdminIdentity, (frontend, user_id)) is not None:
            return
        admin = Admin(
            name=user_id, role=Role.OWNER, language=core.policy.language,
            timezone=core.policy.timezone, created_at=core.clock(),
        )  # fmt: skip
        session.add(admin)
        await session.flush()
        session.add(
            AdminIdentity(
                frontend=frontend, user_id=user_id, admin_id=admin.admin_id or 0,
                conversation=user_id,
            )
        )  # fmt: skip
        note(core, session, "appointed", by=admin, detail="settings")


async def who(core: Core, frontend: str, user_id: str) -> tuple[Admin, AdminIdentity] | None:
    """The active admin behind a platform's user, or None."""
    async with core.store.read() as session:
        identity = await session.get(AdminIdentity, (frontend, user_id))
        admin = await session.get(Admin, identity.admin_id) if identity else None
    return (admin, identity) if admin and identity and admin.active else None


async def members(core: Core) -> list[Admin]:
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Admin).where(Admin.active).order_by(col(Admin.admin_id))
        )
        return list(rows)


async def conversations(
    core: Core, roles: set[Role] | None = None
) -> list[tuple[Admin, AdminIdentity]]:
    """Where each active admin (of these roles) can be written to."""
    query = (
        select(Admin, AdminIdentity)
        .join(AdminIdentity, col(AdminIdentity.admin_id) == Admin.admin_id)
        .where(Admin.active)
    )
    if roles:
        query = query.where(col(Admin.role).in_(roles))
    async with core.store.read() as session:
        return [(admin, identity) for admin, identity in (await session.execute(query)).all()]


async def remove(core: Core, by: Admin, admin_id: int) -> Admin:
    if by.role != Role.OWNER:
        raise NotAllowed(N_("Only an owner can remove people."))
    if by.admin_id == admin_id:
        raise NotAllowed(N_("You cannot remove yourself. Another owner can."))
    async with core.store.write() as session:
        admin = await session.get(Admin, admin_id)
        if admin is None:
            raise NotFound(N_("There is no such person in the team."))
        admin.active = False
        note(core, session, "removed", by=by, detail=admin.name)
    return admin


async def set_language(core: Core, admin_id: int, language: str) -> None:
    async with core.store.write() as session:
        if (admin := await session.get(Admin, admin_id)) is not None:
            admin.language = language


async def focus(
    core: Core, frontend: str, user_id: str, *, draft_id: int | None, asking: str = ""
) -> None:
    """Remember which draft this person works on and what we ask next; survives a restart."""
    async with core.store.write() as session:
        if (identity := await session.get(AdminIdentity, (frontend, user_id))) is not None:
            identity.draft_id, identity.asking = draft_id, asking
