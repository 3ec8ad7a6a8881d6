"""One broadcast with its team at a console that counts what rings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from bot.announce.notifier import Notifier
from bot.chat import NotSaid, Reply
from broadcast.services import compose
from tests.unit.desk import Desk
from tests.unit.test_notify import Wall

FRIDAY, SATURDAY = "2026-11-27 09:00", "2026-11-28 09:00"


@dataclass
class Rung(Wall):
    """Counts what makes a phone ring; `lost` messages cannot be edited any more."""

    rang: dict[str, list[str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    edits: int = 0

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = "", key: str = "",
        look: bool = False,
    ) -> str:  # fmt: skip
        self.rang.setdefault(conversation, []).append(reply.text.text)
        made = str(sum(map(len, self.rang.values())))
        self.notes[made] = (conversation, reply)
        return made

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        self.edits += 1
        if message_id in self.lost:
            raise NotSaid("message to edit not found", lost=True)
        await super().edit(conversation, message_id, reply, language)

    def shown(self, who: str) -> list[str]:
        return [reply.text.text for place, reply in self.notes.values() if place == who]

    def card(self, who: str) -> Reply:
        """The only message there."""
        (found,) = [reply for place, reply in self.notes.values() if place == who]
        return found


@dataclass
class Life:
    desk: Desk
    wall: Rung
    notifier: Notifier

    async def told(self) -> None:
        await self.notifier.settled()

    async def restarts(self) -> None:
        await self.notifier.close()
        self.notifier = Notifier(self.desk.house.core, [self.wall])
        self.desk.house.core.tell = self.notifier.tell
        await self.notifier.catch_up()
        await self.told()

    async def scheduled(self, when: str = FRIDAY) -> int:
        """Approved by Murat for that time."""
        number = await self.desk.written()
        await self.desk.says("author", f"/schedule {number} {when}")
        await self.desk.says("author", "/submit")
        await self.approved(number)
        return number

    async def approved(self, number: int) -> None:
        seen = (await compose.look_at(self.desk.house.core, number)).submission
        await self.desk.taps("approver", f"approve {number} {seen}")
        await self.told()

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():
                await asyncio.sleep(0.01)
        await self.told()


@pytest.fixture
async def life(desk: Desk) -> AsyncIterator[Life]:
    wall = Rung()
    made = Life(desk, wall, Notifier(desk.house.core, [wall]))
    desk.house.core.tell = made.notifier.tell
    yield made
    await made.notifier.close()
