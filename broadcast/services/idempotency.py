"""An admin's event acts once, however often it is delivered and wherever the process died.

Everything a turn writes is one transaction, and the mark that it acted is in it: killed before
the commit nothing has happened, killed after it the event is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from broadcast.context import Core, Event
from broadcast.models import Acted
from broadcast.store.unit_of_work import First, Together

T = TypeVar("T")
_REMEMBERED = timedelta(days=7)  # platforms deliver again for a day at most


class Again(Exception):
    """This event has acted already. `interrupted`: in a process that has ended since, perhaps
    before it answered."""

    def __init__(self, interrupted: bool) -> None:
        super().__init__()
        self.interrupted = interrupted


@dataclass(frozen=True, slots=True)
class Key:
    """One event of one person; an empty `event_id` is never remembered."""

    frontend: str
    user_id: str
    event_id: str


async def once(
    core: Core, key: Key, act: Callable[[Core], Awaitable[T]], first: First | None = None
) -> T:
    """Run `act` with a core whose writes all commit together, or not at all if it raises.

    `first` is asked before the first write, inside the transaction that decides.

    What it tells is told after the commit. An event that wrote nothing (or has no id) is not
    marked: showing something twice does no harm. Raises Again instead of acting twice.
    """
    if key.event_id:
        await _refuse_again(core, key)
    told: list[Event] = []

    async def later(event: Event) -> None:
        told.append(event)

    try:
        async with Together(core.store, first) as store:
            result = await act(replace(core, store=store, tell=later))
            if key.event_id and store.wrote:
                async with store.write() as session:
                    session.add(Acted(**asdict(key), run=core.run, at=core.clock()))
                    await session.execute(
                        delete(Acted).where(col(Acted.at) < core.clock() - _REMEMBERED)
                    )
    except IntegrityError:
        if key.event_id:  # the same event, delivered twice at once: the other one was faster
            await _refuse_again(core, key)
        raise
    core.wake.set()
    for event in told:
        await core.tell(event)
    return result


async def acted(core: Core, key: Key) -> bool:
    """Whether this event has acted, in this process or an earlier one."""
    async with core.store.read() as session:
        return await session.get(Acted, (key.frontend, key.event_id)) is not None


async def _refuse_again(core: Core, key: Key) -> None:
    """Raises Again for an event that acted. A person is told of one interruption once."""
    async with core.store.read() as session:
        known = await session.get(Acted, (key.frontend, key.event_id))
    if known is None:
        return
    if known.run != core.run:
        mine = (col(Acted.frontend) == key.frontend, col(Acted.user_id) == key.user_id)
        async with core.store.write() as session:
            await session.execute(update(Acted).where(*mine).values(run=core.run))
    raise Again(interrupted=known.run != core.run)
