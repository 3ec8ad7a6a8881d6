"""While it runs: pause, resume, cancel, start a late one, settle what is uncertain."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.clock import steady_unix
from broadcast.context import Core, Event
from broadcast.errors import NotAllowed, TooLate
from broadcast.language import N_
from broadcast.models import Admin, Broadcast, Notice, Role, UncertainPolicy
from broadcast.outcome import Reason
from broadcast.pause import SetBy, is_stronger, may_go_on, set_by
from broadcast.safety import Alarm
from broadcast.services import approval_standing, brake, compose, edition, reach, review
from broadcast.services.audit import (
    STATUS_WORDS,
    append_audit,
    change_status,
    load_broadcast,
    read_actor,
    require_role,
)
from broadcast.states import BroadcastStatus, may_become
from broadcast.store import retry

_RESTING = frozenset({BroadcastStatus.PAUSED, BroadcastStatus.WATCHING})
_SENDS = frozenset({BroadcastStatus.SENDING, BroadcastStatus.WATCHING, BroadcastStatus.WAITING})
_SETTLED_LATER = frozenset(
    {BroadcastStatus.SENDING, BroadcastStatus.WATCHING, BroadcastStatus.PAUSED}
)


async def _may_go_on(session: AsyncSession, by: Admin, row: Broadcast) -> None:
    """Raises NotAllowed, naming who set it and who can undo it."""
    if not may_go_on(row, by):
        raise await _held(session, row)


async def _held(session: AsyncSession, row: Broadcast) -> NotAllowed:
    held = set_by(row)
    if held in {SetBy.ITSELF, SetBy.CANARY}:
        return NotAllowed(_ITSELF if held == SetBy.ITSELF else _CANARY)
    setter = await session.get(Admin, row.paused_by)
    return NotAllowed(_NOT_YOURS[held], name=setter.name if setter else "?")


async def held_by(core: Core, row: Broadcast) -> NotAllowed:
    """Who paused it, and who can let it go on, as a refusal says it."""
    async with core.store.read() as session:
        return await _held(session, row)


def _hold(row: Broadcast, by: Admin | None, why: str) -> None:
    """Who paused it. On top of an alarm its reason stays: whoever goes on decides about both."""
    if by is None:
        row.paused_by, row.paused_as, row.pause_reason = None, "", why
    else:
        row.paused_by, row.paused_as = by.admin_id, by.role


def _check_resting(row: Broadcast) -> None:
    """Going on is no way to begin: an approval's time and its undo hold are not to be passed by."""
    if row.status not in _RESTING:
        raise TooLate(
            N_("Broadcast {id} is {status} now, so that is no longer possible."),
            id=row.broadcast_id,
            status=STATUS_WORDS[BroadcastStatus(row.status)],
        )


def _go_on_in_spite(row: Broadcast) -> None:
    """Who resumes after an alarm, or during the look at the first few, has decided about it."""
    alarm = Alarm.read(row.pause_reason)
    if alarm is not None:
        row.waived = f"{row.waived} {alarm.danger.value}".strip()
    if row.status == BroadcastStatus.WATCHING or (alarm is not None and alarm.canary):
        row.canary_passed, row.watch_until = True, None


async def _told(core: Core, row: Broadcast, detail: str = "") -> None:
    core.wake.set()
    await core.tell(Event("changed", row.broadcast_id or 0, detail))


async def pause(core: Core, by: Admin | None, broadcast_id: int, why: str = "") -> Broadcast:
    """Nothing new leaves from now on; what is in flight finishes. `by` None: the engine itself.

    Everybody of the team may. Somebody with a greater right makes a pause that stands their own.
    """
    async with core.store.write() as session:
        by = await read_actor(session, by) if by is not None else None
        row = await load_broadcast(session, broadcast_id)
        paused = row.status == BroadcastStatus.PAUSED
        if paused and by is not None and is_stronger(set_by(row), Role(by.role)):
            row.version += 1
        else:
            change_status(row, BroadcastStatus.PAUSED)
            row.pause_reason = ""
        _hold(row, by, why)
        append_audit(core, session, "paused", by=by, broadcast_id=broadcast_id, detail=why)
    core.halt(broadcast_id)
    await _told(core, row, why)
    return row


async def resume(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """Go on; after an alarm of the safety ramp this also waives that alarm. Where its approvals do
    not count any more it is asked about again: a yes is given where the content is shown, never
    here. Raises NotAllowed where it needs a greater right; TooLate."""
    async with core.store.read() as session:
        row = await load_broadcast(session, broadcast_id)
        if row.status == BroadcastStatus.SENDING:
            raise TooLate(N_("It is already being sent."))
        _check_resting(row)
        await _may_go_on(session, by, row)
    people = await review.people_now(core, row)
    if row.pause_reason.startswith(Reason.AUTHORIZATION):
        await core.refresh()  # whoever resumes has put in a new token
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        _check_resting(row)
        await _may_go_on(session, by, row)
        if row.correcting:
            raise TooLate(
                N_(
                    "A correction of #{id} is being written. Submit it, and it goes on once it is "
                    "approved; or take it back, then resume."
                ),
                id=broadcast_id,
            )
        await approval_standing.check_unchanged(core, session, row)
        goes = await approval_standing.still_approved(core, session, row)
        _go_on_in_spite(row)
        row.pause_reason, row.paused_by, row.paused_as = "", None, ""
        if goes:
            change_status(row, BroadcastStatus.SENDING)
            append_audit(core, session, "resumed", by=by, broadcast_id=broadcast_id)
        else:
            append_audit(core, session, "resume_asked", by=by, broadcast_id=broadcast_id)
            await review.ask_to_go_on(core, session, row, people)
    await _told(core, row)
    return row


async def ask_to_cancel(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """Before somebody is asked whether they are sure: what runs is paused, what would begin waits,
    until they answer. Harmless to repeat. Raises NotAllowed, TooLate."""
    paused = False
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        _check_may_cancel(by, row)
        if not row.cancel_asked:
            was = row.status
            if paused := was in _SENDS:
                change_status(row, BroadcastStatus.PAUSED)
                row.pause_reason = ""
                _hold(row, by, "")
                append_audit(core, session, "paused", by=by, broadcast_id=broadcast_id)
            else:
                row.version += 1
                session.add(Notice(broadcast_id=broadcast_id))
            row.cancel_asked = was
    if paused:
        core.halt(broadcast_id)
    await _told(core, row)
    return row


async def keep(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """It is not cancelled after all: what ran goes on, what would begin begins. Nothing happens
    where nobody is asked any more."""
    async with core.store.read() as session:
        row = await load_broadcast(session, broadcast_id)
    asked = row.cancel_asked
    if asked in _SENDS and row.status == BroadcastStatus.PAUSED:
        return await resume(core, by, broadcast_id)
    if not asked:
        return row
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        _check_may_cancel(by, row)
        row.cancel_asked = ""
        row.version += 1
        if row.status == BroadcastStatus.HOLDING:  # it is counted down anew
            row.hold_until = core.clock() + timedelta(seconds=core.policy.undo_hold_seconds)
        session.add(Notice(broadcast_id=broadcast_id))
    await _told(core, row)
    return row


def _check_may_cancel(by: Admin, row: Broadcast) -> None:
    if row.author_id != by.admin_id:
        require_role(by, Role.APPROVER)
    now = BroadcastStatus(row.status)
    if not may_become(now, BroadcastStatus.CANCELLED, launched=row.launched_at is not None):
        raise TooLate(
            N_("Broadcast {id} is {status} now, so that is no longer possible."),
            id=row.broadcast_id, status=STATUS_WORDS[now],
        )  # fmt: skip


async def cancel(core: Core, by: Admin, broadcast_id: int) -> tuple[Broadcast, int]:
    """Final. Returns how many were on their way: after this returns nobody else is sent to."""
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        if row.author_id != by.admin_id:
            require_role(by, Role.APPROVER)
        change_status(row, BroadcastStatus.CANCELLED)
        row.pause_reason, row.completed_at = "", core.clock()
        append_audit(core, session, "cancelled", by=by, broadcast_id=broadcast_id)
    in_flight = core.halt(broadcast_id)
    await _told(core, row)
    return row, in_flight


async def send_now(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """A late broadcast starts after all, through its undo hold; or is asked again, when its
    approvals do not hold any more."""
    people = await reach.people(core, (await compose.get(core, broadcast_id)).audience)
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        require_role(by, Role.APPROVER)
        if by.admin_id in await approval_standing.barred_from_approving(core, session, row):
            raise NotAllowed(approval_standing.OWN)
        edition.check_known(core, compose.message_of(row))
        change_status(row, BroadcastStatus.HOLDING)
        if (why := await approval_standing.objection(core, session, row, people)) is not None:
            await review.ask_again(core, session, row, people, why)
        else:
            row.hold_until = core.clock() + timedelta(seconds=core.policy.undo_hold_seconds)
            append_audit(core, session, "late_start", by=by, broadcast_id=broadcast_id)
    await _told(core, row)
    return row


async def decide_uncertain(
    core: Core, by: Admin, broadcast_id: int, policy: UncertainPolicy
) -> int:
    """Decide about the uncertain: send to them once more, or leave them.

    Returns how many are resent now. While it still runs the decision is kept for its end, and 0.
    """
    async with core.store.write() as session:
        by = await read_actor(session, by, Role.APPROVER)
        row = await load_broadcast(session, broadcast_id)
        if row.status not in _SETTLED_LATER | {BroadcastStatus.COMPLETED}:
            raise TooLate(N_("Nobody is uncertain here, so there is nothing to decide."))
        append_audit(core, session, "uncertain", by=by, broadcast_id=broadcast_id, detail=policy)
        if row.status in _SETTLED_LATER or policy != UncertainPolicy.RESEND:
            row.uncertain_policy, count = policy, 0
        else:
            count = await _resend(core, session, row, by)
    await _told(core, row)
    return count


async def _resend(core: Core, session: AsyncSession, row: Broadcast, by: Admin) -> int:
    # Who does not answer this time either is asked about again, never sent to in a circle.
    await brake.check_off(core, session)
    row.uncertain_policy = UncertainPolicy.ASK
    count = await retry.resend_uncertain(session, row.broadcast_id or 0, steady_unix())
    if not count:
        raise TooLate(N_("Nobody is uncertain here, so there is nothing to decide."))
    change_status(row, BroadcastStatus.SENDING)
    row.completed_at = None
    append_audit(core, session, "resend_uncertain", by=by, broadcast_id=row.broadcast_id)
    return count


_ITSELF = N_("It stopped by itself, so an approver or an owner has to look before it goes on.")
_CANARY = N_("It waits to see how the first ones take it. An approver or an owner can go on now.")
_NOT_YOURS = {
    SetBy.AUTHOR: N_("{name} paused it. They, its author or an approver can let it go on."),
    SetBy.APPROVER: N_(
        "{name} paused it as an approver. They, an approver or an owner can let it go on."
    ),
    SetBy.OWNER: N_("{name} paused it as an owner. Only an owner can let it go on."),
}
