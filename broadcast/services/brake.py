"""The emergency brake: nothing is sent on any channel before it is lifted.

It is a row that every claim reads: who claims after its commit gets nothing, in this process or the
next. Everybody of the team may pull it; only who did, or an owner, lets everything go on.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core, Event, Halted
from broadcast.errors import NotAllowed, TooLate
from broadcast.language import N_
from broadcast.models import Admin, Broadcast, Halt, Role
from broadcast.services import pending_notices
from broadcast.services.audit import append_audit, read_actor
from broadcast.states import BroadcastStatus

_B = BroadcastStatus
RUNS = frozenset({_B.HOLDING, _B.SENDING, _B.WATCHING, _B.PAUSED, _B.WAITING})
LIFT = N_("Go on with all")
STOPPED = N_(
    "🛑 {name} has stopped everything, so nothing is sent again now. Nothing was changed; try it once "
    "everything goes on."
)
_HALTED = N_(
    "🛑 {name} has stopped everything, on every channel. Nothing goes out until {name} or an owner "
    "lets it go on."
)
_LIFTED = N_("▶️ {name} lets everything go on.")


async def standing_halt(session: AsyncSession) -> Halted | None:
    """The halt that stands, if one does."""
    found = await session.execute(
        select(Halt, Admin.name)
        .join(Admin, col(Admin.admin_id) == Halt.admin_id)
        .where(col(Halt.lifted_at).is_(None))
        .order_by(col(Halt.halt_id))
        .limit(1)
    )
    row = found.first()
    if row is None:
        return None
    halt, name = row
    return Halted(halt.halt_id or 0, halt.admin_id, name, halt.at)


async def refresh(core: Core) -> Halted | None:
    """The halt that stands, as the database has it; kept in `core.brake`."""
    async with core.store.read() as session:
        core.brake.halted = await standing_halt(session)
    if core.brake.halted is not None:
        core.brake.pulled = 0
    return core.brake.halted


def is_pulled(core: Core) -> bool:
    """Whether somebody has pulled it, as far as this process knows; perhaps not written down yet."""
    return bool(core.brake.pulled) or core.brake.halted is not None


async def check_off(core: Core, session: AsyncSession) -> None:
    """Raises TooLate while everything is stopped, for what would send anew."""
    halted = await standing_halt(session)
    if halted is not None:
        raise TooLate(STOPPED, name=halted.name)
    if core.brake.pulled:
        by = await session.get(Admin, core.brake.pulled)
        raise TooLate(STOPPED, name=by.name if by else "?")


async def is_held(core: Core) -> bool:
    """Whether everything stands still: by the database, or because somebody pulled the brake and it
    could not be written down, which is tried again."""
    if await refresh(core) is not None:
        return True
    if not (who := core.brake.pulled):
        return False
    core.brake.stop()
    async with core.store.read() as session:
        by = await session.get(Admin, who)
    try:
        if by is not None:
            await halt(core, by)
    except NotAllowed:  # removed meanwhile
        core.brake.pulled = 0
    return is_pulled(core)


async def halt(core: Core, by: Admin) -> tuple[Halted, int]:
    """Stop everything now. Returns the halt that stands (an earlier one stays) and how many messages
    were on their way already."""
    core.brake.pulled = by.admin_id or 0
    in_flight = core.brake.stop()  # before the commit: every moment is somebody's message
    async with core.store.write() as session:
        try:
            by = await read_actor(session, by)
        except NotAllowed:
            core.brake.pulled = 0
            raise
        if (already := await standing_halt(session)) is None:
            row = Halt(at=core.clock(), admin_id=by.admin_id or 0)
            session.add(row)
            await session.flush()
            append_audit(core, session, "halted", by=by)
            made = Halted(row.halt_id or 0, row.admin_id, by.name, row.at)
            await _tell(session, by, _HALTED, made)
    core.brake.halted = already or made
    core.brake.stop()  # what was begun in between
    await _told(core)
    return core.brake.halted, in_flight


async def lift(core: Core, by: Admin, halt_id: int = 0) -> Halted | None:
    """Let everything go on. `halt_id`: only that halt, as a button names it; 0: the one that stands.

    Returns the halt that still stands, which is another one; None when none does any more. Raises
    NotAllowed.
    """
    if core.brake.pulled:  # one that could not be written down so far is lifted by the same people
        await is_held(core)
    async with core.store.write() as session:
        by = await read_actor(session, by)
        halted, core.brake.pulled = await standing_halt(session), 0
        if halted is None or halt_id not in {0, halted.halt_id}:
            core.brake.halted = halted
            return halted
        if by.role != Role.OWNER and by.admin_id != halted.admin_id:
            raise NotAllowed(
                N_("{name} stopped everything. Only {name} or an owner can let it go on."),
                name=halted.name,
            )
        row = await session.get(Halt, halted.halt_id)
        if row is not None:
            row.lifted_at, row.lifted_by = core.clock(), by.admin_id
        append_audit(core, session, "lifted", by=by)
        await _tell(session, by, _LIFTED, None)
    core.brake.halted = None
    await _told(core)
    return None


async def stopped_broadcasts(core: Core) -> list[Broadcast]:
    """What stands still while everything is stopped, the latest first."""
    wanted = RUNS | {_B.SCHEDULED}
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Broadcast)
            .where(col(Broadcast.status).in_(wanted))
            .order_by(col(Broadcast.broadcast_id).desc())
        )
        return list(rows)


async def paused(core: Core) -> list[Broadcast]:
    """What stands still for a reason of its own, also once nothing is stopped."""
    return [row for row in await stopped_broadcasts(core) if row.status == _B.PAUSED]


async def something_runs(core: Core) -> bool:
    """Whether a broadcast is on its way or held."""
    query = select(Broadcast.broadcast_id).where(col(Broadcast.status).in_(RUNS)).limit(1)
    async with core.store.read() as session:
        return await session.scalar(query) is not None


async def _tell(session: AsyncSession, by: Admin, sentence: str, made: Halted | None) -> None:
    """Everybody of the team but who did it, who is answered."""
    people = await session.scalars(select(Admin).where(Admin.active))
    for admin in people:
        if admin.admin_id == by.admin_id:
            continue
        buttons = [(N_("Status"), "status")]
        if made is not None and admin.role == Role.OWNER:
            buttons.insert(0, (LIFT, f"lift {made.halt_id}"))
        pending_notices.personal(session, admin, sentence, {"name": by.name}, buttons=buttons)


async def _told(core: Core) -> None:
    core.wake.set()
    await core.tell(Event("brake"))
    await core.tell(Event("account"))
