"""While it runs: pause, resume, cancel, start a late one, settle what is uncertain."""

from __future__ import annotations

from datetime import timedelta

from broadcast.core import Core, Event
from broadcast.errors import NotAllowed, TooLate
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.models import Admin, Broadcast, Role, UncertainPolicy
from broadcast.services.record import load, move, need, note
from broadcast.store.ledger import Ledger


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
    core.wake.set()
    await core.tell(Event("changed", broadcast_id, detail))
    return row


async def pause(core: Core, by: Admin | None, broadcast_id: int, why: str = "") -> Broadcast:
    """Stop within a second; what is in flight finishes. `by` None: the engine itself."""
    return await _change(core, by, broadcast_id, BroadcastStatus.PAUSED, "paused", why)


async def resume(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    row = await _get(core, broadcast_id)
    if row.status == BroadcastStatus.SENDING:
        raise TooLate(N_("It is already being sent."))
    return await _change(core, by, broadcast_id, BroadcastStatus.SENDING, "resumed")


async def cancel(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """Final: whoever has not been sent to will not be."""
    return await _change(core, by, broadcast_id, BroadcastStatus.CANCELLED, "cancelled")


async def send_now(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """A late broadcast starts after all, through its undo hold."""
    async with core.store.write() as session:
        row = await load(session, broadcast_id)
        need(by, Role.APPROVER)
        if row.author_id == by.admin_id and not core.policy.allow_self_approval:
            raise NotAllowed(N_("You wrote this one, so somebody else has to approve it."))
        move(row, BroadcastStatus.HOLDING)
        row.hold_until = core.clock() + timedelta(seconds=core.policy.undo_hold_seconds)
        note(core, session, "late_start", by=by, broadcast_id=broadcast_id)
    core.wake.set()
    await core.tell(Event("changed", broadcast_id))
    return row


async def settle(core: Core, by: Admin, broadcast_id: int, policy: UncertainPolicy) -> int:
    """Decide about the uncertain: resend to them or leave them. Returns how many are resent."""
    need(by, Role.APPROVER)
    async with core.store.write() as session:
        row = await load(session, broadcast_id)
        if row.status not in {
            BroadcastStatus.COMPLETED,
            BroadcastStatus.PAUSED,
            BroadcastStatus.SENDING,
        }:
            raise TooLate(N_("There is nothing to settle."))
        row.uncertain_policy = policy
        note(core, session, "uncertain", by=by, broadcast_id=broadcast_id, detail=policy)
    if policy != UncertainPolicy.RESEND:
        return 0
    count = await Ledger(core.store).settle_uncertain(broadcast_id)
    if count and row.status == BroadcastStatus.COMPLETED:
        await _change(core, by, broadcast_id, BroadcastStatus.SENDING, "resend_uncertain")
    return count


async def _get(core: Core, broadcast_id: int) -> Broadcast:
    async with core.store.read() as session:
        return await load(session, broadcast_id)
