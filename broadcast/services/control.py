"""While it runs: pause, resume, cancel, start a late one, settle what is uncertain."""

from __future__ import annotations

from datetime import timedelta

from broadcast.clock import steady_unix
from broadcast.core import Core, Event
from broadcast.errors import NotAllowed, TooLate
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.models import Admin, Broadcast, Role, UncertainPolicy
from broadcast.outcome import Reason
from broadcast.safety import Alarm
from broadcast.services import compose, reach, review, standing
from broadcast.services.record import STATUS_WORDS, load, move, need, note
from broadcast.store import attempt

_RESTING = frozenset({BroadcastStatus.PAUSED, BroadcastStatus.WATCHING})
_SETTLED_LATER = frozenset(
    {BroadcastStatus.SENDING, BroadcastStatus.WATCHING, BroadcastStatus.PAUSED}
)


async def _change(
    core: Core, by: Admin | None, broadcast_id: int, then: BroadcastStatus, action: str,
    detail: str = "",
) -> Broadcast:  # fmt: skip
    async with core.store.write() as session:
        row = await load(session, broadcast_id)
        if by is not None and row.author_id != by.admin_id:
            need(by, Role.APPROVER)
        move(row, then)
        row.pause_reason = detail if then == BroadcastStatus.PAUSED else ""
        if then == BroadcastStatus.CANCELLED:
            row.completed_at = core.clock()
        note(core, session, action, by=by, broadcast_id=broadcast_id, detail=detail)
    return row


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
    """Nothing new leaves from now on; what is in flight finishes. `by` None: the engine itself."""
    row = await _change(core, by, broadcast_id, BroadcastStatus.PAUSED, "paused", why)
    core.halt(broadcast_id)
    await _told(core, row, why)
    return row


async def resume(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """Go on; after an alarm of the safety ramp this also waives that alarm. Where its approvals do
    not count any more, whoever resumes says yes anew; raises NotAllowed until enough have."""
    async with core.store.read() as session:
        row = await load(session, broadcast_id)
    if row.status == BroadcastStatus.SENDING:
        raise TooLate(N_("It is already being sent."))
    if row.pause_reason.startswith(Reason.AUTHORIZATION):
        await core.refresh()  # whoever resumes has put in a new token
    async with core.store.write() as session:
        by = await standing.present(session, by)
        row = await load(session, broadcast_id)
        if row.author_id != by.admin_id:
            need(by, Role.APPROVER)
        _check_resting(row)
        if row.correcting:
            raise TooLate(
                N_(
                    "A correction of #{id} is being written. Submit it, and it goes on once it is "
                    "approved; or take it back, then resume."
                ),
                id=broadcast_id,
            )
        await standing.check_unchanged(core, session, row)
        count = await review.approve_anew(core, session, row, by)
        if goes := count is None:
            _go_on_in_spite(row)
            move(row, BroadcastStatus.SENDING)
            row.pause_reason = ""
            note(core, session, "resumed", by=by, broadcast_id=broadcast_id)
    if not goes:
        raise NotAllowed(
            N_(
                "{count} of the {wanted} approvals it needs count now. Somebody who may approve it "
                "and had no part in writing it has to resume it."
            ),
            count=count, wanted=core.policy.approvals_required,
        )  # fmt: skip
    await _told(core, row)
    return row


async def cancel(core: Core, by: Admin, broadcast_id: int) -> tuple[Broadcast, int]:
    """Final. Returns how many were on their way: after this returns nobody else is sent to."""
    row = await _change(core, by, broadcast_id, BroadcastStatus.CANCELLED, "cancelled")
    in_flight = core.halt(broadcast_id)
    await _told(core, row)
    return row, in_flight


async def send_now(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """A late broadcast starts after all, through its undo hold; or is asked again, when its
    approvals do not hold any more."""
    people = await reach.people(core, (await compose.get(core, broadcast_id)).audience)
    async with core.store.write() as session:
        by = await standing.present(session, by)
        row = await load(session, broadcast_id)
        need(by, Role.APPROVER)
        if by.admin_id in await standing.barred(core, session, row):
            raise NotAllowed(standing.OWN)
        move(row, BroadcastStatus.HOLDING)
        if (why := await standing.objection(core, session, row, people)) is not None:
            await review.ask_again(core, session, row, people, why)
        else:
            row.hold_until = core.clock() + timedelta(seconds=core.policy.undo_hold_seconds)
            note(core, session, "late_start", by=by, broadcast_id=broadcast_id)
    await _told(core, row)
    return row


async def settle(core: Core, by: Admin, broadcast_id: int, policy: UncertainPolicy) -> int:
    """Decide about the uncertain: send to them once more, or leave them.

    Returns how many are resent now. While it still runs the decision is kept for its end, and 0.
    """
    need(by, Role.APPROVER)
    async with core.store.write() as session:
        row = await load(session, broadcast_id)
        if row.status not in _SETTLED_LATER | {BroadcastStatus.COMPLETED}:
            raise TooLate(N_("Nobody is uncertain here, so there is nothing to decide."))
        note(core, session, "uncertain", by=by, broadcast_id=broadcast_id, detail=policy)
        if row.status in _SETTLED_LATER or policy != UncertainPolicy.RESEND:
            row.uncertain_policy = policy
            return 0
        # Who does not answer this time either is asked about again, never sent to in a circle.
        row.uncertain_policy = UncertainPolicy.ASK
        count = await attempt.resend_uncertain(session, broadcast_id, steady_unix())
        if not count:
            raise TooLate(N_("Nobody is uncertain here, so there is nothing to decide."))
        move(row, BroadcastStatus.SENDING)
        row.completed_at = None
        note(core, session, "resend_uncertain", by=by, broadcast_id=broadcast_id)
    await _told(core, row)
    return count
