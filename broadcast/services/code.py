"""One-time codes: claims, invitations and links; how they end, and who tries wrong ones.

Only the SHA-256 of a code is kept, and its code is shown to nobody a second time.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import and_, delete, exists, func, or_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core, Event
from broadcast.errors import CannotDo, Invalid, TooLate
from broadcast.language import N_
from broadcast.models import (
    Admin,
    AdminIdentity,
    Audit,
    Invitation,
    LinkRequest,
    Role,
    WrongCode,
)
from broadcast.services import pending_notices
from broadcast.services.audit import append_audit, read_actor

LINK = "link"  # the role of a code that makes nobody an admin who is not one
CLAIM_HOURS, INVITE_HOURS = 1, 72
_LETTERS, _LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 15  # 74 bits
NAMED = 12  # characters of a hash that name a code without giving it away
FREE_TRIES, TOLD_AFTER, TOLD_EVERY = 5, 3, 10  # of one sender; of one sender; of all together
NOTICES_AN_HOUR = 6
_WAIT, _ROW = timedelta(minutes=15), timedelta(hours=1)
_ANYBODY = ("", "")
NO_LONGER = N_("This link no longer works. Please ask for a new one.")
TRIED = "wrong_codes"  # in the audit log


class WrongCodeGiven(Invalid):
    """A code that is none, was used, is too old, or is void."""


class Unanswered(CannotDo):
    """Not even worth an answer: they were told to wait, twice."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who brings a code, of the team or not."""

    frontend: str
    user_id: str
    name: str = ""


def _made_up() -> str:
    """It may have to be typed from a terminal into a telephone: nothing that looks alike, and large
    or small is the same."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def code_hash(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()


async def last_serial(session: AsyncSession) -> int:
    """Of the newest code: whatever is issued later has a greater one."""
    return int(await session.scalar(select(func.max(Invitation.serial))) or 0)


async def issue(
    core: Core, session: AsyncSession, made: str, role: str, by: Admin | None, life: timedelta
) -> None:
    """Let a code work once."""
    now = core.clock()
    session.add(
        Invitation(
            code_hash=code_hash(made), role=role, created_by=by.admin_id if by else None,
            created_at=now, expires_at=now + life, serial=await last_serial(session) + 1,
        )
    )  # fmt: skip


async def find_usable(core: Core, session: AsyncSession, given: str) -> Invitation:
    """The code's row while it may be used. Raises WrongCodeGiven."""
    found: Invitation | None = None
    for spelled in dict.fromkeys((given, given.lower())):
        found = found or await session.get(
            Invitation, code_hash(spelled), populate_existing=True, with_for_update=True
        )
    if found is None or found.used_at is not None or found.expires_at < core.clock():
        raise WrongCodeGiven(NO_LONGER)
    return found


async def owners(session: AsyncSession, without: int | None = None) -> int:
    """How many owners can still act here: in the team, and reachable on a console."""
    seated = exists().where(
        col(AdminIdentity.admin_id) == col(Admin.admin_id), col(AdminIdentity.active)
    )
    rows = await session.scalars(
        select(Admin.admin_id)
        .where(Admin.active, Admin.role == Role.OWNER, seated)
        .order_by(col(Admin.admin_id))
        .with_for_update()
    )
    return sum(1 for admin_id in rows if admin_id != without)


async def has_owner(core: Core) -> bool:
    async with core.store.read() as session:
        return bool(await owners(session))


async def claim(core: Core) -> str | None:
    """A code for the first owner, in place of any earlier one; None once somebody owns this."""
    made = _made_up()
    async with core.store.write() as session:
        if await owners(session):
            return None
        await void_claims(core, session)
        await issue(core, session, made, Role.OWNER, None, timedelta(hours=CLAIM_HOURS))
        append_audit(core, session, "claim_code", detail=Role.OWNER)
    return made


async def void_claims(core: Core, session: AsyncSession) -> None:
    """There is an owner now, or a newer code: no earlier one works, whatever log still holds it."""
    await session.execute(
        update(Invitation)
        .where(col(Invitation.created_by).is_(None), col(Invitation.used_at).is_(None))
        .values(used_at=core.clock())
    )


async def void_of(core: Core, session: AsyncSession, admin: Admin) -> None:
    """What this person gave out works no more: invitations, link codes, links that wait for a yes;
    nor do links their accounts asked for, nor questions that stood open."""
    now = core.clock()
    await session.execute(
        update(Invitation)
        .where(
            col(Invitation.created_by) == admin.admin_id, col(Invitation.used_at).is_(None)
        )
        .values(used_at=now)
    )  # fmt: skip
    theirs = exists().where(
        col(AdminIdentity.admin_id) == admin.admin_id,
        col(AdminIdentity.frontend) == col(LinkRequest.frontend),
        col(AdminIdentity.user_id) == col(LinkRequest.user_id),
    )
    await session.execute(
        update(LinkRequest)
        .where(
            col(LinkRequest.answered_at).is_(None),
            or_(col(LinkRequest.admin_id) == admin.admin_id, theirs),
        )
        .values(answered_at=now)
    )
    await session.execute(
        update(AdminIdentity)
        .where(col(AdminIdentity.admin_id) == admin.admin_id)
        .values(asking="", draft_id=None)
    )


async def invite(core: Core, by: Admin, role: Role) -> str:
    """A code that makes whoever uses it an admin with this role, once, for three days."""
    made = _made_up()
    async with core.store.write() as session:
        await read_actor(session, by, Role.OWNER)
        await issue(core, session, made, role, by, timedelta(hours=INVITE_HOURS))
        append_audit(core, session, "invited", by=by, detail=role)
    return made


async def open_invitations(core: Core) -> list[tuple[Invitation, str]]:
    """Those that still work, and who made them, the oldest first."""
    async with core.store.read() as session:
        rows = await session.execute(
            select(Invitation, Admin.name)
            .join(Admin, col(Admin.admin_id) == Invitation.created_by)
            .where(_open(core))
            .order_by(col(Invitation.created_at))
        )
        return [(row, name) for row, name in rows.all()]


def _open(core: Core) -> sa.ColumnElement[bool]:
    return and_(
        col(Invitation.used_at).is_(None),
        col(Invitation.role) != LINK,
        col(Invitation.expires_at) > core.clock(),
    )


async def revoke(core: Core, by: Admin, named: str) -> Invitation:
    """Take an open invitation back; `named` are the first characters of its hash."""
    async with core.store.write() as session:
        await read_actor(session, by, Role.OWNER)
        rows = await session.scalars(
            select(Invitation).where(
                _open(core), col(Invitation.created_by).is_not(None),
                col(Invitation.code_hash).startswith(named, autoescape=True),
            )
        )  # fmt: skip
        found = list(rows)
        if len(named) < NAMED or len(found) != 1:
            raise TooLate(N_("That invitation is no longer open."))
        found[0].used_at = core.clock()
        maker = await session.get(Admin, found[0].created_by)
        append_audit(core, session, "invitation_revoked", by=by, about=maker, detail=found[0].role)
        pending_notices.team_news(
            session, N_("{by} took back an open invitation ({role})."),
            {"by": by.name, "role": found[0].role}, by, words=("role",),
        )  # fmt: skip
    await core.tell(Event("account"))
    return found[0]


@asynccontextmanager
async def counting_wrong_codes(core: Core, sender: Sender) -> AsyncIterator[None]:
    """Around the use of a code: a wrong one is counted, too many in a row have to wait.

    Raises Invalid, or Unanswered for who goes on all the same.
    """
    await _may_try(core, sender)
    try:
        yield
    except WrongCodeGiven as wrong:
        tries = await _count(core, sender)
        if tries >= FREE_TRIES:
            raise Invalid(_TOO_MANY, n=_minutes(_WAIT)) from None
        raise wrong
    async with core.store.write() as session:
        await session.execute(_of(sender.frontend, sender.user_id))


async def _may_try(core: Core, sender: Sender) -> None:
    async with core.store.read() as session:
        known = await session.get(WrongCode, (sender.frontend, sender.user_id))
    if known is None or known.tries < FREE_TRIES:
        return
    left = known.last_at + _WAIT - core.clock()
    if left <= timedelta():
        return
    if known.tries > FREE_TRIES:
        raise Unanswered(_TOO_MANY)
    async with core.store.write() as session:
        row = await session.get(WrongCode, (sender.frontend, sender.user_id))
        if row is not None:
            row.tries += 1
    raise Invalid(_TOO_MANY, n=_minutes(left))


async def _count(core: Core, sender: Sender) -> int:
    """How many of them in a row came from this sender now."""
    now = core.clock()
    async with core.store.write() as session:
        await session.execute(delete(WrongCode).where(col(WrongCode.last_at) < now - _ROW))
        theirs = await _another(session, core, sender.frontend, sender.user_id)
        anybody = await _another(session, core, *_ANYBODY)
        if theirs.tries > FREE_TRIES:  # their wait is over
            theirs.tries = 1
        if theirs.tries == TOLD_AFTER:
            await _tell(core, session, sender, theirs.tries)
        elif anybody.tries % TOLD_EVERY == 0:
            await _tell(core, session, None, anybody.tries)
        tries = theirs.tries
    await core.tell(Event("account"))
    return tries


async def _another(session: AsyncSession, core: Core, frontend: str, user_id: str) -> WrongCode:
    row = await session.get(WrongCode, (frontend, user_id))
    if row is None:
        row = WrongCode(frontend=frontend, user_id=user_id, tries=0, last_at=core.clock())
        session.add(row)
    row.tries += 1
    row.last_at = core.clock()
    return row


async def _tell(core: Core, session: AsyncSession, sender: Sender | None, tries: int) -> None:
    """Every owner, as long as it does not fill their chats; the history has each."""
    lately = await session.scalar(
        select(func.count()).where(Audit.action == TRIED, Audit.at > core.clock() - _ROW)
    )
    who = f"{sender.frontend} {sender.user_id} {sender.name[:60]}" if sender else ""
    append_audit(core, session, TRIED, detail=f"{tries} {who}".rstrip())
    if (lately or 0) >= NOTICES_AN_HOUR:
        return
    if sender is None:
        pending_notices.team_news(session, _BY_MANY, {"n": tries}, calm=False)
        return
    values = {"n": tries, "name": sender.name[:60] or "?", "where": sender.frontend.title(),
              "user": sender.user_id}  # fmt: skip
    pending_notices.team_news(session, _BY_ONE, values, calm=False)


def _of(frontend: str, user_id: str) -> sa.Delete:
    return delete(WrongCode).where(
        col(WrongCode.frontend) == frontend, col(WrongCode.user_id) == user_id
    )


def _minutes(left: timedelta) -> int:
    return max(1, -(-int(left.total_seconds()) // 60))


_TOO_MANY = N_("Too many codes that do not work. Please wait {n} minutes before you try another.")
_BY_ONE = N_(
    "{n} wrong codes in a row came from {name} ({where}, {user}). Nobody got in. Open invitations "
    "can be taken back with /invitations."
)
_BY_MANY = N_("{n} wrong codes came in the last hour, from several people. Nobody got in.")
