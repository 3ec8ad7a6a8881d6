"""One person on two consoles: a one-time code and a yes on both sides join them into one admin."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, exists, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.channel import AccountEvent
from broadcast.context import Core, Event
from broadcast.errors import Invalid, NotAllowed
from broadcast.language import N_
from broadcast.models import (
    Admin,
    AdminIdentity,
    Approval,
    Broadcast,
    Halt,
    Invitation,
    LinkRequest,
    Role,
    Shaping,
    Submission,
)
from broadcast.services import code as codes
from broadcast.services import pending_notices, review
from broadcast.services.account_news import as_pause_reason
from broadcast.services.approval_standing import (
    DECIDERS,
    is_approved,
    standing_approvals,
    void_approvals,
    why_too_few,
)
from broadcast.services.audit import append_audit, change_status, read_actor
from broadcast.services.code import LINK, Sender, WrongCodeGiven
from broadcast.states import BroadcastStatus

LINK_MINUTES = 10
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # typed by hand: nothing that looks alike
_LIFE = timedelta(minutes=LINK_MINUTES)
_BEFORE_LAUNCH = (
    BroadcastStatus.APPROVED,
    BroadcastStatus.SCHEDULED,
    BroadcastStatus.LATE,
    BroadcastStatus.HOLDING,
)
_ON_ITS_WAY = (BroadcastStatus.SENDING, BroadcastStatus.WATCHING, BroadcastStatus.WAITING)


@dataclass(frozen=True, slots=True)
class Account:
    """Where somebody asks to become an admin, and how they are called and spoken to there."""

    frontend: str
    user_id: str
    conversation: str
    name: str = ""
    language: str = ""

    @property
    def sender(self) -> Sender:
        return Sender(self.frontend, self.user_id, self.name)


@dataclass(frozen=True, slots=True)
class Offer:
    """Whose account would join whose. `guest`: who the account is here until now, if anybody."""

    keeper: Admin
    guest: Admin | None


async def code(core: Core, by: Admin) -> str:
    """A code for this person's other console; an earlier one stops working."""
    async with core.store.write() as session:
        now = await read_actor(session, by)
        await _void_codes(core, session, by.admin_id or 0)
        append_audit(core, session, "link_code", by=now)
        made = "".join(secrets.choice(_LETTERS) for _ in range(8))
        await codes.issue(core, session, made, LINK, by, _LIFE)
    return made


async def _void_codes(core: Core, session: AsyncSession, admin_id: int) -> None:
    table = Invitation
    await session.execute(
        update(table)
        .where(
            col(table.role) == LINK, col(table.created_by) == admin_id, col(table.used_at).is_(None)
        )
        .values(used_at=core.clock())
    )


async def awaited(core: Core, given: str) -> bool:
    """Whether this is a code of ours that somebody may still use."""
    async with core.store.read() as session:
        found = await session.get(Invitation, codes.code_hash(_written(given)))
    return found is not None and found.role == LINK and found.used_at is None


def _written(given: str) -> str:
    return given.strip().upper()


async def preview_link(core: Core, given: str, account: Account) -> Offer:
    """What using this code would come to; it stays unused. Raises Invalid, NotAllowed."""
    async with codes.counting_wrong_codes(core, account.sender), core.store.write() as session:
        _, offer = await _offer(core, session, given, account)
    return offer


async def _offer(
    core: Core, session: AsyncSession, given: str, account: Account
) -> tuple[Invitation, Offer]:
    try:
        found = await codes.find_usable(core, session, _written(given))
    except WrongCodeGiven:
        raise WrongCodeGiven(_NO_CODE) from None
    keeper = await session.get(Admin, found.created_by, populate_existing=True)
    if found.role != LINK or keeper is None or not keeper.active:
        raise WrongCodeGiven(_NO_CODE)
    guest = await _guest(session, account.frontend, account.user_id)
    if guest is not None and guest.admin_id == keeper.admin_id:
        raise Invalid(N_("You asked for the code here. Use it in your other app, not here."))
    await _may_merge(session, guest, keeper)
    await _not_put_out(session, account.frontend, account.user_id)
    return found, Offer(keeper, guest)


async def _not_put_out(session: AsyncSession, frontend: str, user_id: str) -> None:
    """A link is no way back for who was taken out of the team: that is an owner's to say."""
    identity = await session.get(AdminIdentity, (frontend, user_id))
    admin = await session.get(Admin, identity.admin_id) if identity else None
    if admin is not None and not admin.active and admin.removed_at is not None:
        raise NotAllowed(
            N_("This account was taken out of the team. An owner can invite it again.")
        )


async def _guest(session: AsyncSession, frontend: str, user_id: str) -> Admin | None:
    """Who acts by this account now; nobody where it was taken out of the team."""
    identity = await session.get(AdminIdentity, (frontend, user_id), populate_existing=True)
    if identity is None or not identity.active:
        return None
    admin = await session.get(Admin, identity.admin_id, populate_existing=True)
    return admin if admin is not None and admin.active else None


async def _may_merge(session: AsyncSession, guest: Admin | None, keeper: Admin) -> None:
    if guest is None or guest.role != Role.OWNER or keeper.role == Role.OWNER:
        return
    if not await codes.owners(session, without=guest.admin_id):
        raise NotAllowed(
            N_("You are the only owner here. Write /link here and type the code there instead.")
        )


async def ask(core: Core, given: str, account: Account) -> Offer:
    """The account's own yes: the code is used up, and its owner is asked for theirs."""
    async with codes.counting_wrong_codes(core, account.sender), core.store.write() as session:
        found, offer = await _offer(core, session, given, account)
        found.used_at = core.clock()
        request = LinkRequest(
            request_id=secrets.token_hex(8), admin_id=offer.keeper.admin_id or 0,
            frontend=account.frontend, user_id=account.user_id, conversation=account.conversation,
            name=account.name[:80], language=account.language, was=standing_of(offer.guest),
            expires_at=core.clock() + _LIFE,
        )  # fmt: skip
        session.add(request)
        append_audit(core, session, "link_asked", by=offer.guest, about=offer.keeper,
             detail=f"{account.frontend} {account.name[:60]}")  # fmt: skip
        _ask_keeper(session, offer, request)
    await core.tell(Event("account"))
    return offer


def standing_of(guest: Admin | None) -> str:
    """Who somebody is: whatever changes about it voids what they agreed to before."""
    return f"{guest.admin_id} {guest.role}" if guest is not None else ""


def _ask_keeper(session: AsyncSession, offer: Offer, request: LinkRequest) -> None:
    values = {
        "name": request.name or request.user_id, "where": request.frontend.title(),
        "user": request.user_id, "role": offer.keeper.role, "n": LINK_MINUTES,
    }  # fmt: skip
    sentence = _KEEPER_ASKED
    words: tuple[str, ...] = ("role",)
    if offer.guest is not None:
        values["before"] = offer.guest.role
        sentence, words = _KEEPER_ASKED_MEMBER, ("role", "before")
    buttons = (
        (N_("Yes, that is me"), f"link yes {request.request_id}"),
        (N_("No"), f"link no {request.request_id}"),
    )
    pending_notices.personal(session, offer.keeper, sentence, values, words, buttons)


async def _open_request(
    core: Core, session: AsyncSession, by: Admin, request_id: str
) -> LinkRequest:
    """Closed by this answer, whichever it is. Raises Invalid where nothing waits any more."""
    row = await session.get(
        LinkRequest, request_id, populate_existing=True, with_for_update=True
    )  # fmt: skip
    mine = row is not None and row.admin_id == by.admin_id
    if row is None or not mine or row.answered_at is not None or row.expires_at < core.clock():
        raise Invalid(N_("This question is no longer open. Get a new code with /link."))
    row.answered_at = core.clock()
    return row


async def decline(core: Core, by: Admin, request_id: str) -> LinkRequest:
    """Nothing is joined, and who asked is told."""
    async with core.store.write() as session:
        await read_actor(session, by)
        row = await _open_request(core, session, by, request_id)
        append_audit(core, session, "link_refused", by=by, detail=f"{row.frontend} {row.name}")
        place = (row.frontend, row.conversation, row.language)
        told = N_("{name} said no: this account was not linked. Nothing has changed here.")
        pending_notices.add(
            session, pending_notices.Told(told, {"name": by.name}, place=place, calm=True)
        )
    await core.tell(Event("account"))
    return row


async def accept(core: Core, by: Admin, request_id: str) -> LinkRequest:
    """The other yes: the account is from now on this admin, with this admin's role.

    What it wrote and decided before goes along. Approvals that thereby turn out to be one's own,
    or one person's twice, no longer count. Raises Invalid, NotAllowed.
    """
    voided: list[int] = []
    stopped: list[int] = []
    async with core.store.write() as session:
        keeper = await read_actor(session, by)
        row = await _open_request(core, session, by, request_id)
        guest = await _guest(session, row.frontend, row.user_id)
        if standing_of(guest) != row.was:
            raise Invalid(
                N_("That account is not what it was when it asked. Get a new code with /link.")
            )
        await _may_merge(session, guest, keeper)
        await _not_put_out(session, row.frontend, row.user_id)
        before = guest.role if guest else ""
        if guest is not None and guest.admin_id != keeper.admin_id:
            await _merge(core, session, guest, keeper)
            voided = await _void_approvals(core, session, keeper)
            stopped = await _stop_running(core, session, keeper)
        await _seat(session, row, keeper)
        append_audit(
            core, session, "linked", by=keeper, about=guest, detail=f"{row.frontend} {row.name}"
        )
        _tell(session, row, keeper, before)
    for broadcast_id in stopped:
        core.halt(broadcast_id)
        await core.tell(Event("trouble", broadcast_id))
    await core.tell(Event("account"))
    for broadcast_id in voided:
        await core.tell(Event("changed", broadcast_id))
    return row


async def _seat(session: AsyncSession, row: LinkRequest, keeper: Admin) -> None:
    identity = await session.get(
        AdminIdentity, (row.frontend, row.user_id), populate_existing=True
    )  # fmt: skip
    if identity is None:
        identity = AdminIdentity(
            frontend=row.frontend, user_id=row.user_id, admin_id=keeper.admin_id or 0,
            conversation=row.conversation,
        )  # fmt: skip
        session.add(identity)
    identity.admin_id, identity.active = keeper.admin_id or 0, True
    identity.conversation, identity.asking, identity.draft_id = row.conversation, "", None


def _tell(session: AsyncSession, row: LinkRequest, keeper: Admin, before: str) -> None:
    place = (row.frontend, row.conversation, row.language)
    values = {"name": keeper.name, "role": keeper.role}
    told = N_("Done: you are *{name}*, {role}, here too.")
    menu = ((N_("Menu"), "menu"),)
    pending_notices.add(
        session,
        pending_notices.Told(told, values, place=place, words=("role",), buttons=menu, calm=True),
    )
    news = {
        "name": keeper.name, "role": keeper.role, "guest": row.name or row.user_id,
        "where": row.frontend.title(), "before": before,
    }  # fmt: skip
    sentence = N_("Linked: {guest} ({where}) now counts as {name} ({role}).")
    words: tuple[str, ...] = ("role",)
    if before:
        sentence = N_(
            "Linked: {guest} ({where}, {before} until now) and {name} are now one person, {role}."
        )
        words = ("role", "before")
    pending_notices.team_news(session, sentence, news, keeper, words=words)


async def _merge(core: Core, session: AsyncSession, gone: Admin, keeper: Admin) -> None:
    await codes.void_of(core, session, gone)
    if keeper.role not in DECIDERS:  # who they are one with may not have said it
        await void_approvals(session, gone)
    theirs = select(Shaping.broadcast_id).where(Shaping.admin_id == keeper.admin_id)
    await session.execute(
        delete(Shaping).where(
            col(Shaping.admin_id) == gone.admin_id, col(Shaping.broadcast_id).in_(theirs)
        )
    )
    for table, column in (
        (AdminIdentity, AdminIdentity.admin_id),
        (Broadcast, Broadcast.author_id),
        (Broadcast, Broadcast.paused_by),
        (Approval, Approval.admin_id),
        (Shaping, Shaping.admin_id),
        (Halt, Halt.admin_id),
    ):
        moved = update(table).where(col(column) == gone.admin_id)
        await session.execute(moved.values({col(column): keeper.admin_id}))
    gone.active = False


async def _void_approvals(core: Core, session: AsyncSession, keeper: Admin) -> list[int]:
    """Two names were one person: what then lacks somebody else's yes is asked again, and its author
    and whoever decides hear why, before its time comes."""
    voided = []
    for row in await _approved_by(session, keeper, _BEFORE_LAUNCH):
        counted = await standing_approvals(core, session, row, row.approved_digest)
        if len(counted) >= core.policy.approvals_required:
            continue
        asked = await session.get(Submission, row.submission)
        why = await why_too_few(core, session, row, len(counted))
        await review.ask_again(core, session, row, asked.people if asked else 0, why)
        voided.append(row.broadcast_id or 0)
    return voided


async def _stop_running(core: Core, session: AsyncSession, keeper: Admin) -> list[int]:
    """What is on its way never had the yes of as many people as it needs: it rests, and resuming
    shows it again to whoever can give the missing one."""
    stopped = []
    for row in await _approved_by(session, keeper, _ON_ITS_WAY):
        if await is_approved(core, session, row):
            continue
        count = len(await standing_approvals(core, session, row, row.approved_digest))
        why = await why_too_few(core, session, row, count)
        change_status(row, BroadcastStatus.PAUSED)
        row.pause_reason = as_pause_reason(AccountEvent(why.sentence, why.values))
        row.paused_by, row.paused_as = None, ""
        append_audit(
            core, session, "paused", broadcast_id=row.broadcast_id, detail=row.pause_reason
        )
        stopped.append(row.broadcast_id or 0)
    return stopped


async def _approved_by(
    session: AsyncSession, keeper: Admin, statuses: Collection[BroadcastStatus]
) -> list[Broadcast]:
    said_yes = exists().where(
        col(Approval.broadcast_id) == col(Broadcast.broadcast_id),
        col(Approval.admin_id) == keeper.admin_id,
        col(Approval.approved),
        col(Approval.digest) == col(Broadcast.approved_digest),
    )
    found = select(Broadcast).where(col(Broadcast.status).in_(statuses), said_yes)
    return list(await session.scalars(found))


_NO_CODE = N_("This code does not work. Get a new one with `link` in your other app.")
_KEEPER_ASKED = N_(
    "{name} ({where}, {user}) used your link code. If you say yes, whatever is written from "
    "that account counts as yours, as *{role}*. Is that you? If not, press No: somebody else "
    "has your code. The question is open for {n} minutes."
)
_KEEPER_ASKED_MEMBER = N_(
    "{name} ({where}, {user}), in this team as {before}, used your link code. If you say yes, "
    "you two become one person with your role, *{role}*, and what they wrote and decided "
    "becomes yours. Is that you? If not, press No: somebody else has your code. The question "
    "is open for {n} minutes."
)
