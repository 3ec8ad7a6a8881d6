"""Trying again for those it failed for: a new attempt under the old approval."""

from __future__ import annotations

from datetime import UTC, datetime

from broadcast.clock import steady_unix
from broadcast.core import Core, Event
from broadcast.errors import Invalid, TooLate
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.models import Admin, Role
from broadcast.outcome import Reason
from broadcast.services import standing
from broadcast.services.record import STATUS_WORDS, load, move, need, note, still
from broadcast.store import attempt

# What may well go better next time; anything else only when an admin names it.
TEMPORARY = frozenset(
    {Reason.TOO_MANY_ATTEMPTS, Reason.UNAVAILABLE, Reason.THROTTLED, Reason.CAPPED, Reason.EXPIRED}
)
_POSSIBLE = frozenset({BroadcastStatus.COMPLETED, BroadcastStatus.SENDING, BroadcastStatus.PAUSED})


async def offers(core: Core, broadcast_id: int) -> list[tuple[str, int]]:
    """(reason, people) that could be tried again, the commonest first."""
    async with core.store.read() as session:
        await load(session, broadcast_id)
        return await attempt.retryable(session, broadcast_id, steady_unix())


async def held(core: Core, broadcast_id: int) -> list[tuple[str, int, datetime]]:
    """(channel, people, when the first of them may be tried again): whom the platform lets have no
    more before that."""
    async with core.store.read() as session:
        found = await attempt.held(session, broadcast_id, steady_unix())
    return [(channel, n, datetime.fromtimestamp(at, UTC)) for channel, n, at in found]


async def retry(core: Core, by: Admin, broadcast_id: int, reasons: frozenset[str]) -> int:
    """Send again to whom it failed for these reasons; the failed tries stay in the history.

    The approval covers it: same content, same people. Returns how many are tried again.
    """
    async with core.store.write() as session:
        need(await still(session, by), Role.APPROVER)
        row = await load(session, broadcast_id)
        if row.status not in _POSSIBLE:
            raise TooLate(
                N_("Broadcast {id} is {status} now, so that is no longer possible."),
                id=broadcast_id,
                status=STATUS_WORDS[BroadcastStatus(row.status)],
            )
        await standing.check_unchanged(core, session, row)
        count = await attempt.retry(session, broadcast_id, reasons, steady_unix())
        if not count:
            raise Invalid(
                N_(
                    "There is nobody to try again: those it did not reach cannot be "
                    "reached any more."
                )
            )
        if row.status == BroadcastStatus.COMPLETED:
            move(row, BroadcastStatus.SENDING)
            row.completed_at = None
        detail = f"{count}: {', '.join(sorted(reasons))}"
        note(core, session, "retried", by=by, broadcast_id=broadcast_id, detail=detail)
    core.wake.set()
    await core.tell(Event("changed", broadcast_id))
    return count
