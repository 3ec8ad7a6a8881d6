"""The fake world: its people, what goes wrong in it, who watches, and the simulators in it."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

import channels
from sandbox import samples, slack
from sandbox.faults import Faults
from sandbox.live import Live
from sandbox.people import People


class Simulator(Protocol):
    """What every channel's simulator offers to the sandbox."""

    name: str

    def routes(self) -> list[web.RouteDef]: ...
    def verbs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[Any]]]: ...
    def state(self) -> dict[str, Any]: ...
    def received(self) -> int: ...
    async def close(self) -> None: ...


class World:
    """Given to every simulator; none of them knows more of the sandbox than this."""

    def __init__(self, people: int, seed: int, rates: dict[str, float] | None = None) -> None:
        self.seed = seed
        self.people = People(people, seed)
        self.faults = Faults(seed)
        self.live = Live()
        self.url = ""  # where it is served, once it is
        self._rates = rates or {}
        self.simulators: dict[str, Simulator] = {}

    def rate(self, channel: str, usual: float) -> float:
        """Messages a second a channel admits: as asked for at the start, else as usual."""
        return self._rates.get(channel, self._rates.get("*", usual))

    def sample(self, name: str) -> tuple[str, str, bytes]:
        """A built-in file."""
        return samples.sample(name)

    def populate(self) -> None:
        """Brings in the simulator of every channel that has one."""
        for name in channels.available():
            module = f"channels.{name}.simulator"
            try:
                simulate = importlib.import_module(module).simulate
            except ModuleNotFoundError as missing:
                if missing.name != module:
                    raise
                continue  # a channel without a simulator
            self.simulators[name] = simulate(self)
        # Slack is where admins sit, no channel to subscribers: its simulator lives here.
        self.simulators["slack"] = slack.simulate(self)

    def received(self) -> int:
        """Messages people received on all channels."""
        return sum(simulator.received() for simulator in self.simulators.values())
