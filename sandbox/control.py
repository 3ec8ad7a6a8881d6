"""The control API: JSON under /control/…, for tests, the demo page and a person with curl."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from fnmatch import fnmatch
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from sandbox.breaking import Breaking
from sandbox.counters import Counters
from sandbox.keeper import Keeper
from sandbox.world import World

Json = dict[str, Any]
Verb = Callable[[Json], Awaitable[Any]]
_USUAL = "telegram"  # the channel meant when none is named


class Control:
    """Verbs of the world itself, and the way to each simulator's verbs."""

    def __init__(self, world: World, counters: Counters, keeper: Keeper | None = None) -> None:
        self._world = world
        self._counters = counters
        self._keeper = keeper or Keeper()
        breaking = Breaking(world, self._keeper)
        self._own: dict[str, Verb] = {
            "GET people": self._people,
            "POST people": self._add_person,
            "POST deactivate": self._deactivate,
            "GET faults": self._list_faults,
            "POST faults": self._add_fault,
            "DELETE faults": self._remove_faults,
            "GET asked": self._asked,
            "POST watch": self._watch,
            "GET state": self._state,
            "GET counters": self._read_counters,
            "GET sample": self._sample,
            "GET breaking": breaking.read,
            "POST break": breaking.do,
        }

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.get("/control/live", self.live),
            web.get("/control/keeper", self._keeper.serve),
            web.route("*", "/control/{verb}", self.serve),
        ]

    async def serve(self, request: web.Request) -> web.Response:
        """One request; mistakes of the caller answer 400 or 404 with a sentence."""
        try:
            data: Json = dict(request.query)
            body = await request.read()
            if body:
                given = orjson.loads(body)
                if not isinstance(given, dict):
                    raise ValueError("the body must be a JSON object")
                data |= given
            result = await self.do(request.method, request.match_info["verb"], data)
            return result if isinstance(result, web.Response) else _answer(result)
        except LookupError as missing:
            words = str(missing.args[0]) if missing.args else "not found"
            if isinstance(missing, KeyError):
                return _answer({"error": f"field {words!r} is missing"}, 400)
            return _answer({"error": words}, 404)
        except (ValueError, TypeError) as wrong:
            return _answer({"error": str(wrong)}, 400)

    async def do(self, method: str, verb: str, data: Json) -> Any:
        """Does one verb: the world's own, else that of the simulator `channel` names.

        What it gives goes out as JSON; a file is a web.Response already.
        """
        own = self._own.get(f"{method} {verb}")
        if own is not None:
            return await own(data)
        name = str(data.pop("channel", "") or _USUAL)
        simulator = self._world.simulators.get(name)
        if simulator is None:
            raise LookupError(f"no channel {name!r}")
        verbs = simulator.verbs()
        if verb not in verbs:
            known = sorted({*verbs, *(key.split()[1] for key in self._own)})
            raise LookupError(f"no verb {verb!r}; there are: {', '.join(known)}")
        return await verbs[verb](data)

    async def _state(self, data: Json) -> Json:
        return {
            "people": len(self._world.people),
            "seed": self._world.seed,
            "watched": sorted(self._world.live.watched),
            "faults": [fault.describe() for fault in self._world.faults.all()],
            "received": self._world.received(),
            "rate": self._counters.meter.rate(),
            "channels": {n: s.state() for n, s in self._world.simulators.items()},
        }

    async def _asked(self, data: Json) -> Json:
        """How many calls named each person, refused and lost ones among them; by channel."""
        channel, wanted = str(data.get("channel") or _USUAL), str(data.get("method") or "*").lower()
        found: Counter[str] = Counter()
        for (where, method, person), count in self._world.faults.asked.items():
            if where == channel and fnmatch(method.lower(), wanted):
                found[str(person)] += count
        return dict(found)

    async def _people(self, data: Json) -> Json:
        people = self._world.people
        if "person" in data:
            person = people.get(int(data["person"]))
            if person is None:
                raise LookupError(f"no person {data['person']}")
            return asdict(person)
        offset, count = int(data.get("offset", 0)), min(int(data.get("count", 50)), 1000)
        page = [asdict(person) for person in people.page(offset, count)]
        return {
            "total": len(people),
            "offset": offset,
            "people": page,
            "extra": [asdict(person) for person in people.extra()],
        }

    async def _add_person(self, data: Json) -> Json:
        person = self._world.people.add(
            int(data["id"]),
            str(data.get("name") or ""),
            str(data.get("language") or "en"),
            str(data.get("timezone") or "UTC"),
            str(data.get("username") or ""),
        )
        self._world.live.watch([person.id])
        return asdict(person)

    async def _deactivate(self, data: Json) -> Json:
        self._world.people.deactivate(int(data["person"]), bool(data.get("deactivated", True)))
        return {"person": int(data["person"]), "deactivated": bool(data.get("deactivated", True))}

    async def _list_faults(self, data: Json) -> list[Json]:
        return [fault.describe() for fault in self._world.faults.all()]

    async def _add_fault(self, data: Json) -> Json:
        return self._world.faults.add(**data).describe()

    async def _remove_faults(self, data: Json) -> Json:
        fault_id = int(data["id"]) if "id" in data else None
        return {"removed": self._world.faults.remove(fault_id)}

    async def _watch(self, data: Json) -> Json:
        people = [int(p) for p in data.get("people", [])]
        if "person" in data:
            people.append(int(data["person"]))
        self._world.live.watch(people, bool(data.get("watched", True)))
        return {"watched": sorted(self._world.live.watched)}

    async def _read_counters(self, data: Json) -> Json:
        return await self._counters.read()

    async def _sample(self, data: Json) -> web.Response:
        name, mime, content = self._world.sample(str(data["name"]))
        return web.Response(body=content, content_type=mime)

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        """The stream. ?people=1,2 shows these; else a message {"people": […]} does; "*" all."""
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        watcher = self._world.live.open(_people_of(request.query.get("people", "")))
        pump = asyncio.ensure_future(_pump(socket, watcher.queue))
        try:
            await socket.send_str(orjson.dumps({"type": "hello"}).decode())
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    wish = orjson.loads(message.data)
                    wanted = wish.get("people")
                    watcher.people = None if wanted == "*" else {int(p) for p in wanted or []}
                    self._world.live.watch(list(watcher.people or []))
        finally:
            pump.cancel()
            self._world.live.close(watcher)
        return socket


def _people_of(text: str) -> set[int] | None:
    if text == "*":
        return None
    return {int(part) for part in text.split(",") if part.strip()}


async def _pump(socket: web.WebSocketResponse, queue: asyncio.Queue[Json]) -> None:
    while True:
        event = await queue.get()
        if socket.closed:
            return
        await socket.send_str(orjson.dumps(event).decode())


def _answer(result: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
