"""Two people: one submits, another approves exactly what they saw, or says why not."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.core import Core, Event
from broadcast.errors import Invalid, NotAllowed, TooLate
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.models import Admin, Approval, Broadcast, Role
from broadcast.services import compose
from broadcast.services.record import STATUS_WORDS, load, move, need, note

REASON_CHARACTERS = 500  # it is quoted on cards and in the history


async def submit(core: Core, by: Admin, broadcast_id: int) -> compose.Look:
    """Ask for approval; asking twice is asking. Raises Invalid when it could not be sent as it is."""
    seen = await compose.look(core, broadcast_id)
    if by.role != Role.OWNER and seen.broadcast.author_id != by.admin_id:
        raise NotAllowed(N_("Only its author can submit this broadcast."))
    if seen.broadcast.status == BroadcastStatus.IN_REVIEW:
        return seen
    if seen.message.is_empty:
        raise Invalid(N_("There is nothing in it yet. Send me the message first."))
    if seen.problems:
        raise Invalid(seen.problems[0].template, **seen.problems[0].values)
    if not seen.audience_size:
        raise Invalid(N_("Nobody would receive it: no one in this audience has opted in yet."))
    async with core.store.write() as session:
        row = await load(session, broadcast_id)
        move(row, BroadcastStatus.IN_REVIEW)
        note(core, session, "submitted", by=by, broadcast_id=broadcast_id)
    await core.tell(Event("changed", broadcast_id))
    return await compose.look(core, broadcast_id)


Decision = tuple[Approval, Admin]


async def decisions(core: Core, broadcast_id: int) -> list[Decision]:
    async with core.store.read() as session:
        rows = await session.execute(
            select(Approval, Admin)
            .join(Admin, col(Admin.admin_id) == Approval.admin_id)
            .where(Approval.broadcast_id == broadcast_id)
            .order_by(col(Approval.approval_id))
        )
        return [(approval, admin) for approval, admin in rows.all()]


def of_round(made: list[Decision], digest: str, refused: int | None = None) -> list[Decision]:
    """What was said about one submission: `digest` (or how it begins) was shown, and `refused`
    rejections came before it (None: all there were, so the present round)."""
    if refused is None:
        refused = sum(1 for approval, _ in made if not approval.approved)
    found, before = [], 0
    for approval, who in made:
        if before == refused and approval.digest.startswith(digest):
            found.append((approval, who))
        before += not approval.approved
    return found


async def may_reject(core: Core, by: Admin, row: Broadcast) -> None:
    """Raises NotAllowed or TooLate when this admin cannot send this broadcast back (any more)."""
    need(by, Role.APPROVER)
    await _check_open(core, by, row)


def reason(text: str) -> str:
    """As it is kept. Raises Invalid for none, and for one no card can hold."""
    text = text.strip()
    if not text:
        raise Invalid(N_("Please write the reason as text."))
    if len(text) > REASON_CHARACTERS:
        raise Invalid(
            N_("A reason may have {limit} characters; yours has {length}. Please shorten it."),
            limit=REASON_CHARACTERS, length=len(text),
        )  # fmt: skip
    return text


async def _check_open(core: Core, by: Admin, row: Broadcast) -> None:
    if row.status == BroadcastStatus.IN_REVIEW:
        return
    made = await decisions(core, row.broadcast_id or 0)
    if made and row.status != BroadcastStatus.DRAFT:
        if made[-1][1].admin_id == by.admin_id:
            raise TooLate(N_("You have decided this one already."))
        raise TooLate(N_("{name} was faster and has already decided."), name=made[-1][1].name)
    raise TooLate(
        N_("Broadcast {id} is {status} now, so that is no longer possible."),
        id=row.broadcast_id,
        status=STATUS_WORDS[BroadcastStatus(row.status)],
    )


async def approvers(core: Core, session: AsyncSession, row: Broadcast) -> set[int]:
    """Whose yes counts for what it is now: each person's once, and none after a rejection."""
    mine = Approval.broadcast_id == row.broadcast_id
    last_no = await session.scalar(
        select(func.max(col(Approval.approval_id))).where(mine, col(Approval.approved).is_(False))
    )
    found = await session.scalars(
        select(Approval.admin_id).where(
            mine, Approval.digest == compose.fingerprint(row), Approval.approved,
            col(Approval.approval_id) > (last_no or 0),
        )
    )  # fmt: skip
    yes = set(found)
    if not core.policy.allow_self_approval:
        yes.discard(row.author_id)  # the author may have become one with an earlier approver
    return yes


async def approve(core: Core, by: Admin, broadcast_id: int, seen_fingerprint: str) -> Broadcast:
    """Say yes to one fingerprint. With the last yes needed, the undo hold begins."""
    need(by, Role.APPROVER)
    now = core.clock()
    async with core.store.write() as session:
        row = await load(session, broadcast_id)
        await _check_open(core, by, row)
        if row.author_id == by.admin_id and not core.policy.allow_self_approval:
            raise NotAllowed(N_("You wrote this one, so somebody else has to approve it."))
        digest = compose.fingerprint(row)
        if len(seen_fingerprint) < 4 or not digest.startswith(seen_fingerprint):
            raise TooLate(N_("It was changed after you saw it. Please look again."))
        if by.admin_id not in await approvers(core, session, row):  # else they press once more
            session.add(
                Approval(
                    broadcast_id=broadcast_id, admin_id=by.admin_id or 0, digest=digest,
                    approved=True, at=now,
                )
            )  # fmt: skip
            note(core, session, "approved", by=by, broadcast_id=broadcast_id, detail=digest[:8])
            await session.flush()
        if len(await approvers(core, session, row)) >= core.policy.approvals_required:
            move(row, BroadcastStatus.APPROVED)
            row.approved_digest = digest
            if row.scheduled_at and row.scheduled_at > now:
                move(row, BroadcastStatus.SCHEDULED)
            else:
                move(row, BroadcastStatus.HOLDING)
                row.hold_until = now + timedelta(seconds=core.policy.undo_hold_seconds)
    core.wake.set()
    await core.tell(Event("changed", broadcast_id))
    return row


async def reject(core: Core, by: Admin, broadcast_id: int, why: str) -> Broadcast:
    """Send it back to its author, with the reason. Raises what `reason` and `may_reject` raise."""
    need(by, Role.APPROVER)
    why = reason(why)
    async with core.store.write() as session:
        row = await load(session, broadcast_id)
        await _check_open(core, by, row)
        session.add(
            Approval(
                broadcast_id=broadcast_id, admin_id=by.admin_id or 0,
                digest=compose.fingerprint(row), approved=False, reason=why, at=core.clock(),
            )
        )  # fmt: skip
        move(row, BroadcastStatus.DRAFT)
        note(core, session, "rejected", by=by, broadcast_id=broadcast_id, detail=why)
    await core.tell(Event("changed", broadcast_id))
    return row
