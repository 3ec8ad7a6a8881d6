"""Starts the fake world on one port: every simulator, the control API, the page."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.control import Control
from sandbox.counters import Counters, Product
from sandbox.door import guarded
from sandbox.keeper import Keeper
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
_LARGEST_UPLOAD = 64 * 1024 * 1024


class Sandbox:
    """A running sandbox: its address, and its inside for tests in the same process."""

    def __init__(self, url: str, world: World, control: Control, counters: Counters) -> None:
        self.url = url
        self.world = world
        self.counters = counters
        self._control = control

    async def do(self, verb: str, method: str = "POST", /, **data: Any) -> Any:
        """A verb of the control API without HTTP."""
        return await self._control.do(method, verb, data)

    def simulator(self, name: str) -> Any:
        """The simulator of a channel."""
        return self.world.simulators[name]


@contextlib.asynccontextmanager
async def running(
    host: str = "127.0.0.1",
    port: int = 0,
    people: int = 1000,
    seed: int = 1,
    rates: dict[str, float] | None = None,
    product_url: str | None = None,
    keeper_key: str = "",
) -> AsyncIterator[Sandbox]:
    """The sandbox for as long as the block runs; port 0 takes a free one.

    `rates`: messages a second by channel name ("*" for all); 0 lifts the limit. `keeper_key`: of who
    runs the product's process, so that the page may ask for it to be killed.
    """
    world = World(people, seed, rates)
    world.populate()
    product = Product(product_url)
    counters = Counters(world.received, product)
    control = Control(world, counters, Keeper(keeper_key))
    application = web.Application(client_max_size=_LARGEST_UPLOAD, middlewares=[guarded])
    application.router.add_routes(control.routes())
    for simulator in world.simulators.values():
        application.router.add_routes(simulator.routes())
    application.router.add_get("/", _page)
    application.router.add_get("/{path:.+}", _page)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=1024)
    await site.start()
    pulse = asyncio.ensure_future(
        counters.pulse(world.live.publish, lambda: world.live.open_streams)
    )
    try:
        url = f"http://{host}:{runner.addresses[0][1]}"
        world.url = url
        yield Sandbox(url, world, control, counters)
    finally:
        pulse.cancel()
        for simulator in world.simulators.values():
            await simulator.close()
        await product.close()
        await runner.cleanup()


async def serve(
    host: str = "127.0.0.1",
    port: int = 8081,
    people: int = 1000,
    seed: int = 1,
    rates: dict[str, float] | None = None,
    product_url: str | None = None,
    stop: asyncio.Event | None = None,
    keeper_key: str = "",
) -> None:
    """Runs until `stop` is set (or the task is cancelled); prints one line when it listens."""
    async with running(host, port, people, seed, rates, product_url, keeper_key) as sandbox:
        print(f"sandbox listening on {sandbox.url} with {people} people", flush=True)  # noqa: T201
        await (stop or asyncio.Event()).wait()


async def _page(request: web.Request) -> web.StreamResponse:
    """The demo page and its files, never cached."""
    name = request.match_info.get("path", "") or "index.html"
    path = (PAGE / name).resolve()
    if PAGE.resolve() not in path.parents or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "no-store"})
