"""What the demo page's buttons break, and what is broken now. Only where the demo keeps the product."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.keeper import Keeper
from sandbox.world import World

Json = dict[str, Any]
SHARE = 0.1
FLOOD_SECONDS, NETWORK_SECONDS = 10, 30
_CHANNELS = ("telegram", "whatsapp", "messenger")
_NOBODY = "nothing can be broken here: this sandbox is not run by `tellal demo`"


class Breaking:
    """Each way to break the world, by name; `mend` ends them all."""

    def __init__(self, world: World, keeper: Keeper) -> None:
        self._world = world
        self._keeper = keeper
        self._blocked: set[int] = set()
        self._faults: dict[str, int] = {}  # of ours in force: name → fault id
        self._rounds = 0
        self._network_until = 0.0
        self._coming_back: asyncio.Task[None] | None = None
        self._ways: dict[str, Callable[[], Awaitable[None]]] = {
            "block": self._block,
            "flood": self._flood,
            "kill": self._kill,
            "network": self._network,
            "mend": self._mend,
        }

    async def read(self, data: Json) -> Json:
        """What is broken, and the newest broadcast's ledger beside the phones."""
        if not self._keeper.there:
            return {"offered": False}
        kept = await self._keeper.ask("look")
        return {
            "offered": True,
            "broken": {
                "block": len(self._blocked),
                "flood": self._flooding(),
                "kill": bool(kept["down"]),
                "network": max(0, round(self._network_until - time.monotonic())),
            },
            "ledger": kept["ledger"],
        }

    async def do(self, data: Json) -> Json:
        """Break one thing: {"what": "block" | "flood" | "kill" | "network" | "mend"}."""
        if not self._keeper.there:
            raise LookupError(_NOBODY)
        way = self._ways.get(str(data["what"]))
        if way is None:
            raise ValueError(f"what must be one of {', '.join(self._ways)}")
        await way()
        return await self.read({})

    async def _block(self) -> None:
        """Another tenth of those whose phones nobody looks at; nobody is told, sending finds out."""
        self._rounds += 1
        people, trait = self._world.people, f"break{self._rounds % 100}"
        drawn = [people.id_at(i) for i in range(people.count) if people.draw(i, trait) < SHARE]
        found = [one for one in drawn if one not in self._world.live.watched]
        await self._each("block", {"people": found, "silent": True})
        self._blocked |= set(found)

    async def _flood(self) -> None:
        self._end("flood")
        fault = self._world.faults.add(
            kind="flood", channel="telegram", method="send*", count=1,
            retry_after=FLOOD_SECONDS, hold=True,
        )  # fmt: skip
        self._faults["flood"] = fault.id

    def _flooding(self) -> bool:
        """Whether the next message will be refused; the wait it asks for is the product's to keep."""
        number = self._faults.get("flood")
        return any(f.id == number and not f.hits for f in self._world.faults.all())

    async def _kill(self) -> None:
        await self._keeper.ask("kill")

    async def _network(self) -> None:
        self._end("network")
        fault = self._world.faults.add(kind="drop_before", lasts=NETWORK_SECONDS)
        self._faults["network"] = fault.id
        self._network_until = time.monotonic() + NETWORK_SECONDS
        await self._webhooks(paused=True)
        if self._coming_back is not None:
            self._coming_back.cancel()
        self._coming_back = asyncio.create_task(self._after(NETWORK_SECONDS))

    async def _after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._network_back()

    async def _network_back(self) -> None:
        """With the network comes what the platforms had to tell meanwhile."""
        self._network_until = 0.0
        self._end("network")
        await self._webhooks(paused=False)

    async def _webhooks(self, *, paused: bool) -> None:
        for name in _CHANNELS[1:]:
            if name in self._world.simulators:
                await self._world.simulators[name].verbs()["webhook"]({"paused": paused})

    async def _mend(self) -> None:
        self._end("flood")
        if self._coming_back is not None:
            self._coming_back.cancel()
        await self._network_back()
        await self._each("unblock", {"people": sorted(self._blocked)})
        self._blocked.clear()

    async def _each(self, verb: str, wish: Json) -> None:
        for name in _CHANNELS:
            if name in self._world.simulators and wish["people"]:
                await self._world.simulators[name].verbs()[verb](dict(wish))

    def _end(self, name: str) -> None:
        number = self._faults.pop(name, None)
        if number is not None:
            self._world.faults.remove(number)
