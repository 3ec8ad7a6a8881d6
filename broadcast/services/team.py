"""Who may use the consoles: who joins, with which role, who leaves and comes back."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast import timezone as zones
from broadcast.context import Core, Event
from broadcast.errors import Invalid, NotAllowed, NotFound
from broadcast.language import N_, choose
from broadcast.models import Admin, AdminIdentity, Invitation, Role
from broadcast.services import (
    approval_standing,
    code,
    house_rules,
    pending_notices,
    report,
    self_approval,
)
from broadcast.services.audit import append_audit, read_actor


class RightsChanged(Exception):
    """While a turn waited to write, its person was removed, or has another role now."""


async def join(
    core: Core, given: str, *, frontend: str, user_id: str, conversation: str, name: str,
    language: str, timezone: str = "",
) -> Admin:  # fmt: skip
    """Use a claim or invitation code; it works once. Who left may come back with one made since.

    Whoever is in the team keeps their role, and the code is not used up. Raises Invalid.
    """
    sender = code.Sender(frontend, user_id, name)
    async with code.counting_wrong_codes(core, sender), core.store.write() as session:
        found = await code.find_usable(core, session, given)
        identity = await session.get(AdminIdentity, (frontend, user_id), populate_existing=True)
        admin = await session.get(Admin, identity.admin_id) if identity else None
        await _may_join(session, found, admin, identity)
        found.used_at = core.clock()
        if admin is None or identity is None:
            admin, identity = await _add(core, session, frontend, user_id, conversation)
            admin.name, admin.language = name, language
            admin.timezone = zones.named(timezone) or core.policy.timezone
        admin.role, admin.active, identity.active = found.role, True, True
        await _joined(core, session, admin, frontend, found)
    await house_rules.changed(core)
    if admin.role in approval_standing.DECIDERS:
        await _cards_change(core)  # what waits, waits for them too
    else:
        await core.tell(Event("account"))
    return admin


async def _may_join(
    session: AsyncSession, found: Invitation, admin: Admin | None, identity: AdminIdentity | None
) -> None:
    """Raises Invalid, by itself for codes that work no more."""
    if found.role not in set(Role):
        raise code.WrongCodeGiven(code.NO_LONGER)
    if found.created_by is None:
        if await code.owners(session):
            raise code.WrongCodeGiven(code.NO_LONGER)
        return
    maker = await session.get(Admin, found.created_by)
    if maker is None or not maker.active or maker.role != Role.OWNER:
        raise code.WrongCodeGiven(code.NO_LONGER)
    if admin is None or identity is None:
        return
    if admin.active and (identity.active or admin.role != found.role):
        raise Invalid(
            N_(
                "You are in this team already, and a code changes nobody's role. An owner can "
                "do that with /team; another app is added with /link."
            )
        )
    if admin.removed_at is not None and found.serial <= admin.barred_up_to:
        raise code.WrongCodeGiven(
            N_("This invitation is from before you left the team. Please ask for a new one.")
        )


async def _joined(
    core: Core, session: AsyncSession, admin: Admin, frontend: str, found: Invitation
) -> None:
    """Whose invitation it was is told, as what they came, and from where."""
    maker = await session.get(Admin, found.created_by) if found.created_by else None
    append_audit(
        core, session, "joined" if maker else "claimed", by=admin, about=maker, detail=found.role
    )
    values = {"name": admin.name, "role": found.role, "where": frontend.title()}
    if maker is None:
        sentence = N_("{name} claimed this Tellal with the code from the terminal ({where}).")
    else:
        values["by"] = maker.name
        sentence = N_("{name} joined the team as {role} ({where}), invited by {by}.")
    pending_notices.team_news(session, sentence, values, admin, words=("role",))
    await self_approval.ends(core, session, admin)
    if admin.role == Role.OWNER:
        await code.void_claims(core, session)


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


async def appoint(core: Core, frontend: str, user_id: str, *, news: bool = True) -> None:
    """Make somebody an owner by settings (TELLAL_OWNERS); who left or was removed is let in again,
    because the settings have the last word. `news`: there are owners who have to hear of it."""
    async with core.store.write() as session:
        identity = await session.get(AdminIdentity, (frontend, user_id))
        admin = await session.get(Admin, identity.admin_id) if identity else None
        if admin is None or identity is None:
            admin, identity = await _add(core, session, frontend, user_id, user_id)
        elif admin.active and identity.active:
            return
        admin.role, admin.active, identity.active = Role.OWNER, True, True
        append_audit(core, session, "appointed", by=admin, detail="settings")
        if news:
            values = {"name": admin.name, "where": frontend.title()}
            sentence = N_("{name} ({where}) is owner by the settings.")
            pending_notices.team_news(session, sentence, values, admin)
        await self_approval.ends(core, session, admin)
        await code.void_claims(core, session)
    await house_rules.changed(core)


async def leave(core: Core, frontend: str, user_id: str) -> bool:
    """The platform says they are gone from there: that identity stops working, and what they gave
    out. False: it was not one of ours. Their drafts stay, and so do their other consoles."""
    async with core.store.write() as session:
        identity = await session.get(AdminIdentity, (frontend, user_id))
        if identity is None or not identity.active:
            return False
        identity.active = False
        admin = await session.get(Admin, identity.admin_id)
        if admin is None:
            return False
        await code.void_of(core, session, admin)
        values = {"name": admin.name, "where": frontend.title()}
        sentence = N_("{name} has no account in {where} any more. Their other app still works.")
        if not await _seats(session, admin):
            await _put_out(core, session, admin)
            sentence = N_("{name} has no account in {where} any more, so they left the team.")
        append_audit(core, session, "left", by=admin, detail=frontend)
        pending_notices.team_news(session, sentence, values, admin)
    await _cards_change(core)
    return True


async def _seats(session: AsyncSession, admin: Admin) -> list[AdminIdentity]:
    """Their consoles that work."""
    rows = await session.scalars(
        select(AdminIdentity).where(
            AdminIdentity.admin_id == admin.admin_id, AdminIdentity.active
        )
    )  # fmt: skip
    return list(rows)


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


async def _person(session: AsyncSession, admin_id: int) -> Admin:
    admin = await session.get(Admin, admin_id, populate_existing=True, with_for_update=True)
    if admin is None or not admin.active:
        raise NotFound(N_("There is no such person in the team."))
    return admin


async def former(core: Core) -> dict[tuple[str, str], str]:
    """(console, conversation) of accounts that work no more, with their language."""
    query = (
        select(AdminIdentity.frontend, AdminIdentity.conversation, Admin.language)
        .join(Admin, col(Admin.admin_id) == AdminIdentity.admin_id)
        .where(~col(Admin.active) | ~col(AdminIdentity.active))
    )
    async with core.store.read() as session:
        return {(one, where): said for one, where, said in (await session.execute(query)).all()}


async def remove(core: Core, by: Admin, admin_id: int) -> Admin:
    """Take somebody out of the team, with all they gave out; the one who does it stays, and is an
    owner while it happens. Raises NotAllowed, NotFound."""
    async with core.store.write() as session:
        await read_actor(session, by, Role.OWNER)
        if by.admin_id == admin_id:
            raise NotAllowed(N_("You cannot remove yourself. Another owner can."))
        admin = await _person(session, admin_id)
        await _one_owner_stays(session, admin)
        for seat in await _seats(session, admin):
            pending_notices.farewell(session, seat, admin, _REMOVED, {"by": by.name})
            seat.active = False
        await code.void_of(core, session, admin)
        await _put_out(core, session, admin)
        append_audit(core, session, "removed", by=by, about=admin, detail=admin.role)
        values = {"by": by.name, "name": admin.name, "role": admin.role}
        sentence = N_("{by} took {name} ({role}) out of the team.")
        pending_notices.team_news(session, sentence, values, by, words=("role",))
    await _cards_change(core)
    return admin


async def set_role(core: Core, by: Admin, admin_id: int, role: Role) -> Admin:
    """Give somebody another role; an owner may step down while another one stays.

    What they gave out and what stood open for them ends with the old role. Raises NotAllowed,
    NotFound, Invalid.
    """
    async with core.store.write() as session:
        await read_actor(session, by, Role.OWNER)
        admin = await _person(session, admin_id)
        before = admin.role
        if before == role:
            raise Invalid(N_("That is their role already."))
        await _one_owner_stays(session, admin)
        await code.void_of(core, session, admin)
        if before in approval_standing.DECIDERS and role not in approval_standing.DECIDERS:
            await approval_standing.void_approvals(session, admin)
        admin.role = role
        append_audit(core, session, "role", by=by, about=admin, detail=f"{before} {role.value}")
        values = {"by": by.name, "name": admin.name, "before": before, "role": role.value}
        words = ("before", "role")
        sentence = N_("{by} changed the role of {name}: {before} until now, {role} from now on.")
        pending_notices.team_news(session, sentence, values, by, admin, words=words)
        if admin.admin_id != by.admin_id:
            pending_notices.personal(session, admin, _OTHER_ROLE, values, words)
        await self_approval.ends(core, session, admin)
        if role == Role.OWNER:
            await code.void_claims(core, session)
    await house_rules.changed(core)
    await _cards_change(core)
    return admin


async def _put_out(core: Core, session: AsyncSession, admin: Admin) -> None:
    """What brings them back is an invitation from now on, whoever still holds an older one."""
    admin.active, admin.removed_at = False, core.clock()
    await approval_standing.void_approvals(session, admin)
    admin.barred_up_to = await code.last_serial(session)


async def _one_owner_stays(session: AsyncSession, leaving: Admin) -> None:
    """Read where it is decided: two who end each other's right at once leave one."""
    if leaving.role == Role.OWNER and not await code.owners(session, without=leaving.admin_id):
        raise NotAllowed(
            N_("That would leave no owner. Make somebody else an owner first, with /team.")
        )


async def _cards_change(core: Core) -> None:
    """Who decides is not who it was: the cards of what is on its way are drawn anew."""
    await core.tell(Event("account"))
    for row in await report.current(core):
        await core.tell(Event("changed", row.broadcast_id or 0))


async def unchanged(session: AsyncSession, frontend: str, user_id: str, known: Admin) -> None:
    """Ask where it is decided whether this person is still who they were when their turn began.

    Raises RightsChanged.
    """
    found = await session.execute(
        select(Admin.admin_id, Admin.role)
        .join(AdminIdentity, col(AdminIdentity.admin_id) == Admin.admin_id)
        .where(
            AdminIdentity.frontend == frontend, AdminIdentity.user_id == user_id,
            Admin.active, AdminIdentity.active,
        )
        .with_for_update(read=True)
    )  # fmt: skip
    if found.first() != (known.admin_id, known.role):
        raise RightsChanged


async def was_of_the_team(core: Core, frontend: str, user_id: str) -> str:
    """The language of somebody who once belonged here and does not now; empty for anybody else."""
    async with core.store.read() as session:
        identity = await session.get(AdminIdentity, (frontend, user_id))
        admin = await session.get(Admin, identity.admin_id) if identity else None
    if admin is None or identity is None or (admin.active and identity.active):
        return ""
    return admin.language


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


async def let_go(core: Core, draft_id: int) -> None:
    """Nobody works on this draft any more, at whatever console: it was handed in, or sent back."""
    async with core.store.write() as session:
        await session.execute(
            update(AdminIdentity)
            .where(col(AdminIdentity.draft_id) == draft_id)
            .values(draft_id=None)
        )


_REMOVED = N_(
    "{by} has taken you out of this team. You can no longer write or approve broadcasts here. "
    "Thank you for what you did. If this is a mistake, please ask for a new invitation."
)
_OTHER_ROLE = N_("{by} has changed your role: you were {before}, you are now *{role}*.")
