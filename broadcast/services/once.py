"""An admin's event acts once, however often it is delivered and wherever the process died.

Everything a turn writes is one transaction, and the mark that it acted is in it: killed before
the commit nothing has happened, killed after it the event is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from broadcast.core import Core, Event
from broadcast.models import Acted
from broadcast.store.together import Together

T = TypeVar("T")


class Again(Exception):
    """This event has acted already. `interrupted`: in a process that has ended since, perhaps
    before it answered."""

    def __init__(self, interrupted: bool) -> None:
        super().__init__()
        self.interrupted = interrupted


async def once(core: Core, frontend: str, event_id: str, act: Callable[[Core], Awaitable[T]]) -> T:
    """Run `act` with a core whose writes all commit together, or not at all if it raises.

    What it tells is told after the commit. An event that wrote nothing (or has no id) is not
    marked: showing something twice does no harm. Raises Again instead of acting twice.
    """
    if event_id:
        await _refuse_again(core, frontend, event_id)
    told: list[Event] = []

    async def later(event: Event) -> None:
        told.append(event)

    try:
        async with Together(core.store) as store:
            result = await act(replace(core, store=store, tell=later))
            if event_id and store.wrote:
                async with store.write() as session:
                    session.add(
                        Acted(frontend=frontend, event_id=event_id, run=core.run, at=core.clock())
                    )
    except IntegrityError:
        if event_id:  # the same event, delivered twice at once: the other one was faster
            await _refuse_again(core, frontend, event_id)
        raise
    core.wake.set()
    for event in told:
        await core.tell(event)
    return result


async def _refuse_again(core: Core, frontend: str, event_id: str) -> None:
    """Raises Again for an event that acted; the one after a restart is said once."""
    async with core.store.read() as session:
        known = await session.get(Acted, (frontend, event_id))
    if known is None:
        return
    if known.run != core.run:
        async with core.store.write() as session:
            if (row := await session.get(Acted, (frontend, event_id))) is not None:
                row.run = core.run
    raise Again(interrupted=known.run != core.run)
