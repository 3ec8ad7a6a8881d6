"""Who may use the consoles: the first owner's claim, invitations, roles, who left."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast import timezone as zones
from broadcast.core import Core
from broadcast.errors import Invalid, NotAllowed, NotFound
from broadcast.language import N_, choose
from broadcast.models import Admin, AdminIdentity, Invitation, Role
from broadcast.services.record import note

CLAIM_HOURS, INVITE_HOURS = 24, 72


def code_hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


async def issue(
    core: Core, session: AsyncSession, code: str, role: str, by: Admin | None, life: timedelta
) -> None:
    """Let a code work once; only its hash is kept."""
    now = core.clock()
    session.add(
        Invitation(
            code_hash=code_hash(code), role=role, created_by=by.admin_id if by else None,
            created_at=now, expires_at=now + life,
        )
    )  # fmt: skip


async def use(core: Core, session: AsyncSession, code: str) -> Invitation | None:
    """The code's row, used up now; None when it never was, has been used or is too old."""
    found = await session.get(Invitation, code_hash(code))
    if found is None or found.used_at is not None or found.expires_at < core.clock():
        return None
    found.used_at = core.clock()
    return found


async def claim_code(core: Core) -> str | None:
    """A one-time code for the first owner; None once there is one."""
    async with core.store.read() as session:
        owners = await session.scalar(
            select(func.count()).select_from(Admin).where(col(Admin.role) == Role.OWNER)
        )
    if owners:
        return None
    code = secrets.token_urlsafe(9)
    async with core.store.write() as session:
        await issue(core, session, code, Role.OWNER, None, timedelta(hours=CLAIM_HOURS))
        note(core, session, "claim_code", detail=Role.OWNER)
    return code


async def invite(core: Core, by: Admin, role: Role) -> str:
    if by.role != Role.OWNER:
        raise NotAllowed(N_("Only an owner can invite people."))
    code = secrets.token_urlsafe(9)
    async with core.store.write() as session:
        await issue(core, session, code, role, by, timedelta(hours=INVITE_HOURS))
        note(core, session, "invited", by=by, detail=role)
    return code


async def join(
    core: Core, code: str, *, frontend: str, user_id: str, conversation: str, name: str,
    language: str, timezone: str = "",
) -> Admin:  # fmt: skip
    """Use a claim or invitation code; it works once. Who left may come back with one."""
    async with core.store.write() as session:
        found = await use(core, session, code)
        if found is None or found.role not in set(Role):
            raise Invalid(N_("This link no longer works. Please ask for a new one."))
        identity = await session.get(AdminIdentity, (frontend, user_id))
        admin = await session.get(Admin, identity.admin_id) if identity else None
        if admin is None or identity is None:
            admin, identity = await _add(core, session, frontend, user_id, conversation)
            admin.name, admin.language = name, language
            admin.timezone = zones.named(timezone) or core.policy.timezone
        if not (admin.active and admin.role == Role.OWNER):  # a code never takes a role away
            admin.role = found.role
        admin.active, identity.active = True, True
        note(core, session, "joined", by=admin, detail=found.role)
    return admin


async def _add(
    core: Core, session: AsyncSession, frontend: str, user_id: str, conversation: str
) -> tuple[Admin, AdminIdentity]:
    admin = Admin(
        name=user_id, language=core.policy.language, timezone=core.policy.timezone,
        created_at=core.clock(),
    )  # fmt: skip
    session.add(admin)
    await session.flush()
    identity = AdminIdentity(
        frontend=frontend, user_id=user_id, admin_id=admin.admin_id or 0, conversation=conversation
    )
    session.add(identity)
    return admin, identity


async def appoint(core: Core, frontend: str, user_id: str) -> None:
    """Make somebody an owner by settings (TELLAL_OWNERS); who left or was removed is let in again,
    because the settings have the last word."""
    async with core.store.write() as session:
        identity = await session.get(AdminIdentity, (frontend, user_id))
        admin = await session.get(Admin, identity.admin_id) if identity else None
        if admin is None or identity is None:
            admin, identity = await _add(core, session, frontend, user_id, user_id)
        elif admin.active and identity.active:
            return
        admin.role, admin.active, identity.active = Role.OWNER, True, True
        note(core, session, "appointed", by=admin, detail="settings")


async def leave(core: Core, frontend: str, user_id: str) -> bool:
    """The platform says they are gone from there: that identity stops working. False: it was not
    one of ours. Their drafts stay, and so do their other consoles."""
    async with core.store.write() as session:
        identity = await session.get(AdminIdentity, (frontend, user_id))
        if identity is None or not identity.active:
            return False
        identity.active = False
        admin = await session.get(Admin, identity.admin_id)
        note(core, session, "left", by=admin, detail=frontend)
    return True


async def profile(
    core: Core, frontend: str, user_id: str, *, language: str, timezone: str, name: str = ""
) -> None:
    """What the platform says about them. Taken over when it changed there; what they chose here
    meanwhile stays. A number that was a name until now becomes the name."""
    async with core.store.write() as session:
        identity = await session.get(AdminIdentity, (frontend, user_id))
        admin = await session.get(Admin, identity.admin_id) if identity else None
        if identity is None or admin is None:
            return
        if name and admin.name == user_id:
            admin.name = name
        if language and language != identity.platform_language:
            identity.platform_language = language
            admin.language = choose(language, admin.language)
        if timezone and timezone != identity.platform_timezone:
            identity.platform_timezone = timezone
            if zone := zones.named(timezone):
                admin.timezone = zone


async def who(core: Core, frontend: str, user_id: str) -> tuple[Admin, AdminIdentity] | None:
    """The active admin behind a platform's user, or None."""
    query = (
        select(Admin, AdminIdentity)
        .join(AdminIdentity, col(AdminIdentity.admin_id) == Admin.admin_id)
        .where(
            AdminIdentity.frontend == frontend, AdminIdentity.user_id == user_id,
            Admin.active, AdminIdentity.active,
        )
    )  # fmt: skip
    async with core.store.read() as session:
        found = (await session.execute(query)).first()
    return (found[0], found[1]) if found is not None else None


async def members(core: Core) -> list[Admin]:
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Admin).where(Admin.active).order_by(col(Admin.admin_id))
        )
        return list(rows)


async def conversations(
    core: Core, roles: set[Role] | None = None, also: int | None = None
) -> list[tuple[Admin, AdminIdentity]]:
    """Where each active admin (of these roles, and the one with the id `also`) can be written to."""
    query = (
        select(Admin, AdminIdentity)
        .join(AdminIdentity, col(AdminIdentity.admin_id) == Admin.admin_id)
        .where(Admin.active, AdminIdentity.active)
    )
    if roles:
        query = query.where(col(Admin.role).in_(roles) | (col(Admin.admin_id) == also))
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


async def set_timezone(core: Core, admin_id: int, timezone: str) -> None:
    """Raises Invalid for a zone nobody knows."""
    if not zones.known(timezone):
        raise Invalid(N_("I do not know the time zone {zone}."), zone=timezone)
    async with core.store.write() as session:
        if (admin := await session.get(Admin, admin_id)) is not None:
            admin.timezone = timezone


async def focus(
    core: Core, frontend: str, user_id: str, *, draft_id: int | None, asking: str = ""
) -> None:
    """Remember which draft this person works on and what we ask next; survives a restart."""
    async with core.store.write() as session:
        if (identity := await session.get(AdminIdentity, (frontend, user_id))) is not None:
            identity.draft_id, identity.asking = draft_id, asking
