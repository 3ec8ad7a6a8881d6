"""What the sandbox hosts of a Graph channel: routes, control verbs, a state, an end."""

from __future__ import annotations

from typing import Any, Protocol

from aiohttp import web

from channels._kit.graph.simulator.app import App
from channels._kit.graph.simulator.clock import Agenda
from channels._kit.graph.simulator.control_verbs import Verb
from channels._kit.graph.simulator.crowd import Crowd
from channels._kit.graph.simulator.host import Host
from channels._kit.graph.simulator.webhook import Webhook


class _Platform(Protocol):
    app: App
    webhook: Webhook
    agenda: Agenda


class _Endpoint(Protocol):
    host: Host

    def routes(self) -> list[web.RouteDef]: ...


class _Control(Protocol):
    crowds: list[Crowd]

    def verbs(self) -> dict[str, Verb]: ...


class GraphSimulator:
    """A channel adds its name, what it is made of, and its own numbers."""

    name: str

    def __init__(self, platform: _Platform, endpoint: _Endpoint, control: _Control) -> None:
        self._platform, self._endpoint, self._control = platform, endpoint, control

    def numbers(self) -> dict[str, Any]:
        """Its own part of the state."""
        raise NotImplementedError

    def routes(self) -> list[web.RouteDef]:
        """The platform's own HTTP."""
        return self._endpoint.routes()

    def verbs(self) -> dict[str, Verb]:
        """What the control API can do here."""
        return self._control.verbs()

    def state(self) -> dict[str, Any]:
        """Everything in numbers."""
        platform = self._platform
        return self.numbers() | {
            "app": platform.app.describe(),
            "webhook": platform.webhook.describe(),
            "crowds": [crowd.describe() for crowd in self._control.crowds],
            "due": len(platform.agenda),
            "calls": self._endpoint.host.calls,
        }

    async def close(self) -> None:
        """Ends what is under way."""
        for crowd in self._control.crowds:
            crowd.close()
        self._platform.agenda.close()
        await self._platform.webhook.close()
