"""Two people: one submits, another approves exactly what they saw, or says why not."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core, Event
from broadcast.errors import Invalid, NotAllowed, TooLate
from broadcast.language import N_
from broadcast.message import Message
from broadcast.models import Admin, Approval, Broadcast, Role, Submission
from broadcast.services import (
    approval_standing,
    compose,
    correct,
    edition,
    reach,
    report,
    voided_approval,
)
from broadcast.services.approval_standing import Why
from broadcast.services.audit import (
    STATUS_WORDS,
    append_audit,
    change_status,
    load_broadcast,
    read_actor,
    require_role,
)
from broadcast.states import BroadcastStatus

ID_BYTES = 12  # of a submission: nobody guesses or makes up another one's
CHANGED = N_("It was changed after you saw it. Please look again.")
NOBODY = N_("Nobody would receive it: no one in this audience has opted in yet.")
NOTHING_IN_IT = N_("There is nothing in it yet. Send me the message first.")
REASON_CHARACTERS = 500  # it is quoted on cards and in the history


async def submit(core: Core, by: Admin, broadcast_id: int) -> compose.Look:
    """Ask for approval; asking twice is asking. Raises Invalid when it could not be sent as it is."""
    seen = await compose.look_at(core, broadcast_id)
    _may_submit(by, seen.broadcast)
    if seen.broadcast.status == BroadcastStatus.IN_REVIEW:
        return seen
    if seen.message.is_empty:
        raise Invalid(NOTHING_IN_IT)
    if seen.problems:
        raise Invalid(seen.problems[0].template, **seen.problems[0].values)
    if seen.broadcast.launched_at is not None:
        _check_corrected(seen.broadcast)
    elif not seen.audience_size:
        raise Invalid(NOBODY)
    people = await people_now(core, seen.broadcast)
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        _may_submit(by, row)
        if row.version != seen.broadcast.version:
            raise TooLate(N_("It was changed meanwhile. Please look again, then submit it."))
        await _ask(core, session, row, people)
        append_audit(core, session, "submitted", by=by, broadcast_id=broadcast_id)
    await core.tell(Event("changed", broadcast_id))
    return await compose.look_at(core, broadcast_id)


def _check_corrected(row: Broadcast) -> None:
    """Raises TooLate for a launched one in which nothing waits to be approved."""
    if not row.correcting:
        raise TooLate(
            N_("Broadcast {id} is {status} now, so that is no longer possible."),
            id=row.broadcast_id,
            status=STATUS_WORDS[BroadcastStatus(row.status)],
        )


def _may_submit(by: Admin, row: Broadcast) -> None:
    if by.role != Role.OWNER and row.author_id != by.admin_id:
        raise NotAllowed(N_("Only its author can submit this broadcast."))


async def _ask(
    core: Core, session: AsyncSession, row: Broadcast, people: int, why: Why | None = None
) -> None:
    """Begin a round: earlier cards and decisions are worth nothing for it."""
    if row.status != BroadcastStatus.IN_REVIEW:
        change_status(row, BroadcastStatus.IN_REVIEW)
    else:
        row.version += 1
    document = await edition.document(core, session, row)
    number = await voided_approval.count_rounds(session, row.broadcast_id or 0) + 1
    row.submission, row.approved_digest, row.hold_until = token_hex(ID_BYTES), "", None
    session.add(
        Submission(
            number=number,
            submission_id=row.submission, broadcast_id=row.broadcast_id or 0,
            digest=edition.digest(document), document=document, people=people,
            why=why.sentence if why else "", details=why.values if why else {}, at=core.clock(),
        )
    )  # fmt: skip
    await session.flush()


async def ask_again(
    core: Core, session: AsyncSession, row: Broadcast, people: int, why: Why
) -> None:
    """What was approved, or waited for it, is asked anew: the reason stands on the card."""
    await _ask(core, session, row, people, why)
    append_audit(core, session, "asked_again", broadcast_id=row.broadcast_id)


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


def of_round(made: list[Decision], submission: str, *, void: bool = False) -> list[Decision]:
    """What was said about one submission, once by each; `void`: also what does not count any more,
    because whoever said it lost the right to."""
    said = [one for one in made if submission and one[0].submission == submission]
    return list({who.admin_id: (one, who) for one, who in said if void or not one.void}.values())


async def may_reject(core: Core, by: Admin, row: Broadcast) -> None:
    """Raises NotAllowed or TooLate when this admin cannot send this broadcast back (any more)."""
    require_role(by, Role.APPROVER)
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


async def approve(core: Core, by: Admin, broadcast_id: int, seen: str) -> Broadcast:
    """Say yes to the submission `seen` on its card. With the last yes needed, the undo hold begins.

    Raises TooLate when what would be sent is not what the card showed: then it is asked again.
    """
    people = await people_now(core, await compose.get(core, broadcast_id))
    async with core.store.write() as session:
        by = await read_actor(session, by)
        require_role(by, Role.APPROVER)
        row = await load_broadcast(session, broadcast_id)
        await _check_open(core, by, row)
        if by.admin_id in await approval_standing.barred_from_approving(core, session, row):
            raise NotAllowed(approval_standing.OWN)
        asked = await session.get(Submission, row.submission)
        if asked is None or seen != asked.submission_id:
            raise TooLate(CHANGED)
        edition.check_known(core, Message.model_validate(row.content))
        why = await _differs(core, session, row, asked, people)
        if why is None:
            await _say_yes(core, session, row, by, asked, people)
        else:
            await ask_again(core, session, row, people, why)
    core.wake.set()
    await core.tell(Event("changed", broadcast_id))
    if why is not None:
        raise TooLate(CHANGED)
    return row


async def people_now(core: Core, row: Broadcast) -> int:
    """Whom it would reach now; once they are planned, those who have not got it."""
    if row.planning_done:
        return (await report.sums(core, row.broadcast_id or 0)).open
    return await reach.people(core, row.audience)


async def _differs(
    core: Core, session: AsyncSession, row: Broadcast, asked: Submission, people: int
) -> Why | None:
    """What has changed since the card was made without anybody editing it."""
    now = await edition.document(core, session, row)
    if edition.digest(now) != asked.digest:
        return approval_standing.changed(asked.document, now)
    return approval_standing.why_grown(core.policy, asked.people, people)


async def _say_yes(
    core: Core, session: AsyncSession, row: Broadcast, by: Admin, asked: Submission, people: int
) -> None:
    said = await approval_standing.standing_approvals(core, session, row, asked.digest)
    if by.admin_id not in {one.admin_id for one in said}:  # else they press once more
        session.add(
            Approval(
                broadcast_id=row.broadcast_id or 0, admin_id=by.admin_id or 0,
                submission=asked.submission_id, digest=asked.digest, people=people, approved=True,
                at=core.clock(),
            )
        )  # fmt: skip
        append_audit(
            core, session, "approved", by=by, broadcast_id=row.broadcast_id, detail=asked.digest
        )
        await session.flush()
        said = await approval_standing.standing_approvals(core, session, row, asked.digest)
    if len(said) < core.policy.approvals_required:
        return
    row.approved_digest = asked.digest
    if row.launched_at is not None:
        await correct.go_on(core, session, row, asked, by)
        return
    change_status(row, BroadcastStatus.APPROVED)
    now = core.clock()
    late = timedelta(seconds=core.policy.late_after_seconds)
    if row.scheduled_at and row.scheduled_at > now:
        change_status(row, BroadcastStatus.SCHEDULED)
    elif row.scheduled_at and row.scheduled_at < now - late:  # not at another hour, unasked
        change_status(row, BroadcastStatus.SCHEDULED)
        change_status(row, BroadcastStatus.LATE)
        append_audit(core, session, "late", broadcast_id=row.broadcast_id)
    else:
        change_status(row, BroadcastStatus.HOLDING)
        row.hold_until = now + timedelta(seconds=core.policy.undo_hold_seconds)


async def ask_to_go_on(core: Core, session: AsyncSession, row: Broadcast, people: int) -> None:
    """A launched one rests and its approvals do not count any more: what it says is shown again, and
    it goes on once enough people have said yes to that."""
    await correct.running_version(session, row)  # what it comes back to when somebody says no
    counted = len(
        await approval_standing.standing_approvals(core, session, row, row.approved_digest)
    )
    why = await approval_standing.why_too_few(core, session, row, counted)
    if row.status != BroadcastStatus.PAUSED:
        change_status(row, BroadcastStatus.PAUSED)
    await ask_again(core, session, row, people, why)


async def reject(core: Core, by: Admin, broadcast_id: int, why: str, seen: str = "") -> Broadcast:
    """Send it back to its author, with the reason; only the submission `seen`, where one was.
    Raises what `reason` and `may_reject` raise."""
    why = reason(why)
    async with core.store.write() as session:
        by = await read_actor(session, by)
        require_role(by, Role.APPROVER)
        row = await load_broadcast(session, broadcast_id)
        await _check_open(core, by, row)
        if seen not in {"", row.submission}:
            raise TooLate(CHANGED)
        document = await edition.document(core, session, row)
        session.add(
            Approval(
                broadcast_id=broadcast_id, admin_id=by.admin_id or 0, submission=row.submission,
                digest=edition.digest(document), approved=False, reason=why, at=core.clock(),
            )
        )  # fmt: skip
        if row.launched_at is not None:
            await correct.send_back(session, row)
        else:
            change_status(row, BroadcastStatus.DRAFT)
            row.submission = ""
        append_audit(core, session, "rejected", by=by, broadcast_id=broadcast_id, detail=why)
    await core.tell(Event("changed", broadcast_id))
    return row


_BEFORE_LAUNCH = (
    BroadcastStatus.IN_REVIEW,
    BroadcastStatus.APPROVED,
    BroadcastStatus.SCHEDULED,
    BroadcastStatus.LATE,
    BroadcastStatus.HOLDING,
)


async def ask_of_earlier_versions(core: Core) -> list[int]:
    """Ask again for what a version without submissions left waiting or approved. Returns which."""
    unasked = select(Broadcast).where(
        col(Broadcast.status).in_(_BEFORE_LAUNCH), Broadcast.submission == ""
    )
    async with core.store.read() as session:
        found = [(row.broadcast_id or 0, row.audience) for row in await session.scalars(unasked)]
    for broadcast_id, audience in found:
        people = await reach.people(core, audience)
        async with core.store.write() as session:
            row = await load_broadcast(session, broadcast_id)
            if row.status in _BEFORE_LAUNCH and not row.submission:
                await ask_again(core, session, row, people, approval_standing.UPDATED)
        await core.tell(Event("changed", broadcast_id))
    return [broadcast_id for broadcast_id, _ in found]
