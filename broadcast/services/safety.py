"""The safety ramp: the first few, a look at how they took it, and stopping a run that goes wrong."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.context import Core, Event
from broadcast.errors import Invalid, TooLate
from broadcast.language import N_
from broadcast.models import Admin, Broadcast, Role
from broadcast.safety import Alarm, Canary, Danger, judge
from broadcast.services import approval_standing, compose
from broadcast.services.audit import append_audit, change_status, load_broadcast
from broadcast.states import BroadcastStatus, DeliveryStatus

_RESULTS = text("""SELECT status, COALESCE(reason, ''), count(*) FROM delivery
WHERE broadcast_id = :b AND delivery_id BETWEEN :first AND :last GROUP BY 1, 2""")
_LEFT = text("""SELECT count(DISTINCT address_id) FROM consent_event
WHERE consent_event_id > :mark AND kind = 'opt_out'""")
_MARK = text("SELECT COALESCE(max(consent_event_id), 0) FROM consent_event")
# The Nth delivery of this broadcast: its ids may be mixed with another's planned at the same time.
_NTH = text("""SELECT delivery_id FROM delivery WHERE broadcast_id = :b
AND delivery_id BETWEEN :first AND :last ORDER BY delivery_id LIMIT 1 OFFSET :before""")


async def set_canary(core: Core, by: Admin, broadcast_id: int, wish: str) -> Canary:
    """Who goes first: `500`, `5%`, with ` ask`, or `off`. A change voids an approval."""
    try:
        canary = Canary.read(wish)
    except ValueError:
        raise Invalid(N_("Please write how many go first, like `500`, `5%`, or `off`.")) from None
    await compose.edit(core, by, broadcast_id, "canary", may=_may_choose, canary=str(canary))
    return canary


def _may_choose(by: Admin, row: Broadcast) -> None:
    """An approver may hold it back too; who does has shaped it."""
    if row.launched_at is not None:
        raise TooLate(N_("It has already started, so who goes first cannot be changed."))
    if by.role == Role.APPROVER:
        compose.require_editable(row)
    else:
        compose.may_edit(by, row)


def canary_of(core: Core, row: Broadcast) -> Canary:
    """What holds for this broadcast: its own wish, else the house's."""
    return Canary.read(row.canary or core.policy.canary)


def wait_seconds(core: Core, row: Broadcast) -> float:
    """How long the first few are looked at."""
    wait = row.canary_wait_seconds
    return core.policy.canary_wait_seconds if wait is None else wait


def fix_canary(core: Core, row: Broadcast) -> None:
    """At the launch: what was approved holds, whatever the house's settings are after a restart."""
    row.canary = str(canary_of(core, row))
    row.canary_wait_seconds = core.policy.canary_wait_seconds


def waived(row: Broadcast) -> frozenset[Danger]:
    return frozenset(Danger(word) for word in row.waived.split())


async def consent_mark(session: AsyncSession) -> int:
    """Where the consent ledger stands now: whoever leaves later is counted."""
    return int((await session.execute(_MARK)).scalar_one())


async def left_since(core: Core, mark: int) -> int:
    async with core.store.read() as session:
        return int((await session.execute(_LEFT, {"mark": mark})).scalar_one())


async def bound(core: Core, broadcast_id: int) -> int:
    """The last delivery that may go out now; 0: all. Call once planning is done."""
    async with core.store.write() as session:
        row = await load_broadcast(session, broadcast_id)
        size = canary_of(core, row).size(row.planned_total)
        if row.canary_passed or not size:
            return 0
        if not row.canary_up_to:
            values = {"b": broadcast_id, "first": row.delivery_from, "last": row.delivery_to}
            nth = await session.execute(_NTH, values | {"before": size - 1})
            row.canary_up_to = int(nth.scalar_one())
        return row.canary_up_to


async def begin_watch(core: Core, broadcast_id: int) -> None:
    """The first few have it: wait, and look how they take it."""
    async with core.store.write() as session:
        row = await load_broadcast(session, broadcast_id)
        if row.status != BroadcastStatus.SENDING:
            return
        change_status(row, BroadcastStatus.WATCHING)
        row.watch_until = core.clock() + timedelta(seconds=wait_seconds(core, row))
        append_audit(core, session, "canary_sent", broadcast_id=broadcast_id)
    await core.tell(Event("changed", broadcast_id))


async def end_watch(core: Core, broadcast_id: int) -> Alarm | None:
    """The wait is over: pause on an alarm, else go on; or leave it to an admin who wants to say."""
    async with core.store.write() as session:
        row = await load_broadcast(session, broadcast_id)
        if row.status != BroadcastStatus.WATCHING or row.watch_until is None:
            return None
        values = {"b": broadcast_id, "first": row.delivery_from, "last": row.canary_up_to}
        results = Counter(
            {(DeliveryStatus(s), r): n for s, r, n in await session.execute(_RESULTS, values)}
        )
        left = (await session.execute(_LEFT, {"mark": row.consent_mark})).scalar_one()
        alarm = judge(core.policy.limits, results, left, waived=waived(row), canary=True)
        row.watch_until = None
        if alarm is not None:
            change_status(row, BroadcastStatus.PAUSED)
            row.pause_reason, row.paused_by, row.paused_as = alarm.written(), None, ""
            append_audit(
                core, session, "paused", broadcast_id=broadcast_id, detail=row.pause_reason
            )
        elif not canary_of(core, row).asks and await approval_standing.still_approved(
            core, session, row
        ):
            row.canary_passed = True
            change_status(row, BroadcastStatus.SENDING)
            append_audit(core, session, "canary_passed", broadcast_id=broadcast_id)
    core.wake.set()
    kind = "changed" if alarm is None else "trouble"
    await core.tell(Event(kind, broadcast_id, row.pause_reason))
    return alarm
