"""Trying again for those it failed for: a new attempt under the old approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.clock import steady_unix
from broadcast.context import Core, Event
from broadcast.errors import CannotDo, Invalid, TooLate
from broadcast.language import N_
from broadcast.models import Admin, Audit, Broadcast, Role
from broadcast.outcome import Reason
from broadcast.services import approval_standing, brake
from broadcast.services.audit import (
    STATUS_WORDS,
    append_audit,
    change_status,
    load_broadcast,
    read_actor,
    require_role,
)
from broadcast.states import BroadcastStatus
from broadcast.store import retry as stored_retry

NOBODY = N_("There is nobody to try again: those it did not reach cannot be reached any more.")
# What may well go better next time; anything else only when an admin names it.
TEMPORARY = frozenset(
    {Reason.TOO_MANY_ATTEMPTS, Reason.UNAVAILABLE, Reason.THROTTLED, Reason.CAPPED, Reason.EXPIRED}
)
_POSSIBLE = frozenset({BroadcastStatus.COMPLETED, BroadcastStatus.SENDING, BroadcastStatus.PAUSED})


async def offers(core: Core, broadcast_id: int) -> list[tuple[str, int]]:
    """(reason, people) that could be tried again, the commonest first."""
    async with core.store.read() as session:
        await load_broadcast(session, broadcast_id)
        return await stored_retry.retryable(session, broadcast_id, steady_unix())


async def held(core: Core, broadcast_id: int) -> list[tuple[str, int, datetime]]:
    """(channel, people, when the first of them may be tried again): whom the platform lets have no
    more before that."""
    async with core.store.read() as session:
        found = await stored_retry.held_back(session, broadcast_id, steady_unix())
    return [(channel, n, datetime.fromtimestamp(at, UTC)) for channel, n, at in found]


@dataclass(frozen=True)
class Outlook:
    """What trying again would do now. `passing` of `offers` may well go better; `why`: what stands in
    the way of all of it."""

    offers: tuple[tuple[str, int], ...] = ()
    why: CannotDo | None = None

    @property
    def passing(self) -> int:
        return sum(n for reason, n in self.offers if reason in TEMPORARY)

    @property
    def others(self) -> int:
        return sum(n for reason, n in self.offers if reason not in TEMPORARY)


async def outlook(core: Core, broadcast_id: int) -> Outlook:
    """Looked at as `retry` would look, and nothing is changed."""
    async with core.store.read() as session:
        row = await load_broadcast(session, broadcast_id)
        found = tuple(await stored_retry.retryable(session, broadcast_id, steady_unix()))
        if not found:
            return Outlook()
        try:
            await _may(core, session, row)
        except CannotDo as no:
            return Outlook(found, no)
    return Outlook(found)


async def _may(core: Core, session: AsyncSession, row: Broadcast) -> None:
    """Raises TooLate where it is over, stopped, or not what was approved."""
    if row.status not in _POSSIBLE:
        raise TooLate(
            N_("Broadcast {id} is {status} now, so that is no longer possible."),
            id=row.broadcast_id,
            status=STATUS_WORDS[BroadcastStatus(row.status)],
        )
    await brake.check_off(core, session)
    await approval_standing.check_unchanged(core, session, row)


async def retry(core: Core, by: Admin, broadcast_id: int, reasons: frozenset[str]) -> int:
    """Send again to whom it failed for these reasons; the failed tries stay in the history.

    The approval covers it: same content, same people. Returns how many are tried again. Raises
    NotAllowed, TooLate (also while everything is stopped), Invalid where there is nobody.
    """
    async with core.store.write() as session:
        require_role(await read_actor(session, by), Role.APPROVER)
        row = await load_broadcast(session, broadcast_id)
        await _may(core, session, row)
        count = await stored_retry.retry(session, broadcast_id, reasons, steady_unix())
        if not count:
            raise await _nobody(session, broadcast_id)
        if row.status == BroadcastStatus.COMPLETED:
            change_status(row, BroadcastStatus.SENDING)
            row.completed_at = None
        detail = f"{count}: {', '.join(sorted(reasons))}"
        append_audit(core, session, "retried", by=by, broadcast_id=broadcast_id, detail=detail)
    core.wake.set()
    await core.tell(Event("changed", broadcast_id))
    return count


async def _nobody(session: AsyncSession, broadcast_id: int) -> CannotDo:
    """Why there is nobody: somebody was faster, or nobody can be reached."""
    if await stored_retry.under_way(session, broadcast_id):
        name = await session.scalar(
            select(Admin.name)
            .join(Audit, col(Audit.admin_id) == Admin.admin_id)
            .where(Audit.broadcast_id == broadcast_id, Audit.action == "retried")
            .order_by(col(Audit.audit_id).desc())
            .limit(1)
        )
        return TooLate(
            N_("{name} has asked for that already: they are being tried again now."),
            name=name or "Tellal", id=broadcast_id,
        )  # fmt: skip
    return Invalid(NOBODY)
