"""What the harness does to a running product in one round: kills, starves, freezes, interferes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from time import monotonic

from broadcast.states import BroadcastStatus
from lab.chaos.plan import Act, Moment
from lab.chaos.reconciliation import Books, End, Silence, ahead, claims
from lab.chaos.world import APPROVER, AUTHOR, House
from sandbox.stage import Deviation

_ARRIVED_SECONDS = 0.1  # in which a request of a process that died reaches the sandbox


class Hand:
    """Acts on one house. `ended_by_itself` are the words of products that ended unasked."""

    def __init__(self, house: House, rng: random.Random) -> None:
        self._house, self._rng = house, rng
        self.broadcast = 0
        self.kills = 0
        self.in_flight_at_kills = 0
        self.mark = ""  # of this broadcast's messages
        self.since = 0  # where the sandbox stood before it
        self.asked_before: Counter[tuple[str, str]] = Counter()
        self.ahead: list[dict[str, float]] = []  # at each kill, see verdict.ahead
        self.grace = 0.0  # seconds in which what has left may still arrive
        self.silences: list[Silence] = []
        self._hushing: list[asyncio.Task[None]] = []
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
            if product.process.returncode != -signal.SIGKILL:
                said = (
                    f"it ended by itself ({product.process.returncode}):\n{product.output[-3000:]}"
                )
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
            found = claims(self._house.database)
            self.in_flight_at_kills += len(found)
            await asyncio.sleep(_ARRIVED_SECONDS)
            asked = await self._house.asked()
            asked.subtract(self.asked_before)
            self.ahead.append(ahead(found, asked, self._house.rates()))
            await asyncio.sleep(self._rng.choice((0.0, 0.0, 0.1, 0.5)))
            await self._house.start()

    async def _freeze(self, moment: Moment) -> None:
        async with self._starting:
            self._house.send(signal.SIGSTOP)
            await asyncio.sleep(moment.value)
            self._house.send(signal.SIGCONT)

    async def _fill_disk(self, moment: Moment) -> None:
        product = self._house.product
        self._house.lane.disk.fill(product.process.pid if product else 0)
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
        if moment.value == "cancel":
            self._hush(End.CANCEL, self._is_cancelled)

    async def _leave(self, _: Moment) -> None:
        address = await self._house.leave(self._rng)
        self._hush(End.STOP, lambda: self._house.has_left(address), address)

    def _is_cancelled(self) -> bool:
        books = Books.read(self._house.database, self.broadcast)
        return books.status == BroadcastStatus.CANCELLED

    def _hush(self, end: End, confirmed: Callable[[], bool], address: str = "") -> None:
        self._hushing.append(asyncio.create_task(self._listen(end, confirmed, address)))

    async def _listen(self, end: End, confirmed: Callable[[], bool], address: str) -> None:
        """Once it is confirmed, in the product's own ledger, and what had left before has arrived."""
        while not confirmed():
            await asyncio.sleep(0.02)
        await asyncio.sleep(self.grace)
        before = await self._house.received(self.mark, self.since)
        self.silences.append(Silence(end, before, address))

    async def heard(self) -> list[Silence]:
        """Those that were confirmed by now."""
        if self._hushing:
            await asyncio.wait(self._hushing, timeout=self.grace + 1.0)
        for task in self._hushing:
            task.cancel()
        await asyncio.gather(*self._hushing, return_exceptions=True)
        return self.silences

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
