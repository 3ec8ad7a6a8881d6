"""A broadcast that some missed, at desks without a platform."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from broadcast.outcome import Outcome, Reason, Refused
from broadcast.safety import Limits
from broadcast.states import BroadcastStatus
from tests.scenario.house import House
from tests.unit.desk import Desk, seated

GONE, BUSY = Refused(Reason.BLOCKED, suppress=True), Refused(Reason.UNAVAILABLE)


async def calm(house: House) -> Desk:
    """Author, approver and owner of a house that does not stop itself when many fail."""
    house.core.policy = replace(house.core.policy, limits=Limits(opening=0))
    return await seated(house)


async def ended(desk: Desk, answers: dict[str, Outcome]) -> int:
    """A broadcast that has gone to all, with these outcomes by address."""
    desk.house.channel.script = lambda e: answers.get(e.address)
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    desk.house.channel.script = None
    return number


async def change(desk: Desk, sql: str, **values: object) -> None:
    async with desk.house.store.write() as session:
        await session.execute(text(sql), values)


def offered(desk: Desk) -> list[str]:
    """The command lines of the buttons just shown."""
    return [b.command for reply in desk.last for row in reply.buttons for b in row]


def labels(desk: Desk) -> list[str]:
    return [b.label for reply in desk.last for row in reply.buttons for b in row]
