"""Working alone: an owner whom nobody could approve may say yes to their own broadcasts.

It is chosen in so many words, can be taken back, and ends by itself as soon as a second person
could decide.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.context import Core, Event
from broadcast.errors import NotAllowed
from broadcast.language import N_
from broadcast.models import Admin, HouseChoice, Role
from broadcast.services import approval_standing, house_rules, pending_notices, report
from broadcast.services.audit import append_audit, read_actor

_OTHERS = N_(
    "{n} people of this team can approve, so what you write still needs somebody else's yes."
)
_MANY = N_("{n} approvals are needed here, so one person cannot work alone.")
_CHOSEN = N_("{by} works alone from now on, and may approve what they wrote themselves.")
_ENDED = N_(
    "{name} can approve now, so working alone has ended: what one of you writes, another approves."
)
_TAKEN_BACK = N_("{by} ended working alone: what one of you writes, another approves.")


async def choose(core: Core, by: Admin) -> None:
    """Let the only person who decides approve their own. Raises NotAllowed."""
    house_rules.check_free(core, house_rules.ALONE)
    if core.policy.approvals_required > 1:
        raise NotAllowed(_MANY, n=core.policy.approvals_required)
    async with core.store.write() as session:
        by = await read_actor(session, by, Role.OWNER)
        people = await approval_standing.possible_approvers(session)
        if people - {by.admin_id}:
            raise NotAllowed(_OTHERS, n=len(people))
        if await house_rules.keep(core, session, by, house_rules.ALONE, house_rules.YES):
            append_audit(core, session, "alone", by=by)
            pending_notices.team_news(session, _CHOSEN, {"by": by.name}, by)
    await _changed(core)


async def end(core: Core, by: Admin) -> bool:
    """Somebody else has to approve again. False: it was so already."""
    house_rules.check_free(core, house_rules.ALONE)
    async with core.store.write() as session:
        by = await read_actor(session, by, Role.OWNER)
        ended = await _forget(session)
        if ended:
            append_audit(core, session, "together", by=by)
            pending_notices.team_news(session, _TAKEN_BACK, {"by": by.name}, by)
    await _changed(core)
    return ended


async def ends(core: Core, session: AsyncSession, because: Admin) -> None:
    """In the transaction in which somebody came or got another role: if two could decide now, each
    needs the other. Whoever calls it calls `house.changed` after the commit."""
    await session.flush()
    row = await session.get(HouseChoice, house_rules.ALONE)
    if row is None or len(await approval_standing.possible_approvers(session)) < 2:
        return
    await session.delete(row)
    append_audit(core, session, "together", by=because)
    buttons = ((N_("Team"), "team"),)
    told = pending_notices.Told(_ENDED, {"name": because.name}, buttons=buttons, calm=True)
    pending_notices.add(session, told)


async def _forget(session: AsyncSession) -> bool:
    row = await session.get(HouseChoice, house_rules.ALONE)
    if row is None:
        return False
    await session.delete(row)
    return True


async def _changed(core: Core) -> None:
    """Who may say yes is not who it was: the cards of what waits are drawn anew."""
    await house_rules.changed(core)
    await core.tell(Event("account"))
    for row in await report.current(core):
        await core.tell(Event("changed", row.broadcast_id or 0))
