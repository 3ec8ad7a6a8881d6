"""What the harness does to a running product in one round: kills, starves, freezes, interferes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from time import monotonic

from bot.chaos.lane import APPROVER, AUTHOR, House
from bot.chaos.plan import Act, Moment
from bot.chaos.verdict import in_flight
from sandbox.stage import Deviation


class Hand:
    """Acts on one house. `ended_by_itself` are the words of products that ended unasked."""

    def __init__(self, house: House, rng: random.Random) -> None:
        self._house, self._rng = house, rng
        self.broadcast = 0
        self.kills = 0
        self.in_flight_at_kills = 0
        self.died_at = 0.0  # monotonic; the last end of a process
        self.ended_by_itself: list[str] = []
        self._starting = asyncio.Lock()
        self._acts: dict[Act, Callable[[Moment], Awaitable[None]]] = {
            Act.KILL: self._kill,
            Act.FREEZE: self._freeze,
            Act.FILL_DISK: self._fill_disk,
            Act.LOCK_DATABASE: self._lock_database,
            Act.MOVE_CLOCK: self._move_clock,
            Act.ADMIN: self._admin,
            Act.LEAVE: self._leave,
            Act.SECOND: self._second,
        }

    async def do(self, moment: Moment) -> None:
        await self._acts[moment.act](moment)

    async def supervise(self) -> None:
        """For ever: a product that ended by itself is started again, and told of."""
        while True:
            await asyncio.sleep(0.1)
            await self.mend()

    async def mend(self) -> None:
        """Start it again if it is not there."""
        async with self._starting:
            product = self._house.product
            if product is None or product.alive:
                return
            if product.exit_code != -signal.SIGKILL:
                said = f"it ended by itself ({product.exit_code}):\n{product.output[-3000:]}"
                self.ended_by_itself.append(said)
                self.died_at = monotonic()
            await self._house.start()

    async def _kill(self, _: Moment) -> None:
        async with self._starting:
            product = self._house.product
            if product is None:
                return
            await product.kill()
            self.died_at = monotonic()
            self.kills += 1
            self.in_flight_at_kills += in_flight(self._house.database)
            await asyncio.sleep(self._rng.choice((0.0, 0.0, 0.1, 0.5)))
            await self._house.start()

    async def _freeze(self, moment: Moment) -> None:
        async with self._starting:
            self._house.send(signal.SIGSTOP)
            await asyncio.sleep(moment.value)
            self._house.send(signal.SIGCONT)

    async def _fill_disk(self, moment: Moment) -> None:
        product = self._house.product
        self._house.lane.disk.fill(product.pid if product else 0)
        await asyncio.sleep(moment.value)
        self._house.lane.disk.free()

    async def _lock_database(self, moment: Moment) -> None:
        """As another program would that writes for a long time."""
        other = sqlite3.connect(
            self._house.database, timeout=3.0, isolation_level=None, check_same_thread=False
        )
        try:
            await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")
            await asyncio.sleep(moment.value)
        except sqlite3.OperationalError:
            return  # the product was faster, or the disk is full
        finally:
            with contextlib.suppress(sqlite3.OperationalError):
                other.rollback()
            other.close()

    async def _move_clock(self, moment: Moment) -> None:
        self._house.move_clock(moment.value)

    async def _admin(self, moment: Moment) -> None:
        who = self._rng.choice((AUTHOR, APPROVER))
        sure = " now" if moment.value == "cancel" else ""
        line = f"/{moment.value} {self.broadcast}{sure}"
        await self._house.ask("say", person=who, text=line)

    async def _leave(self, _: Moment) -> None:
        await self._house.leave(self._rng)

    async def _second(self, _: Moment) -> None:
        """It has to be refused while the first lives."""
        async with self._starting:
            if not (self._house.product and self._house.product.alive):
                return
            second = self._house.process()
            try:
                if await second.running():
                    raise Deviation("two processes run on one database")
            finally:
                await second.kill()
