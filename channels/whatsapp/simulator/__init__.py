"""A fake WhatsApp: Meta's Cloud API over HTTP, with the webhooks that belong to it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from channels._kit.graph_simulator.levers import Verb
from channels._kit.world import World
from channels.whatsapp.simulator.control import Control
from channels.whatsapp.simulator.endpoint import Endpoint
from channels.whatsapp.simulator.hand import Hand
from channels.whatsapp.simulator.platform import Platform
from channels.whatsapp.simulator.sending import Sending
from channels.whatsapp.simulator.transit import Postman


class Simulator:
    """What the sandbox hosts: routes, control verbs, a state, a total."""

    name = "whatsapp"

    def __init__(self, world: World) -> None:
        self.platform = Platform(world)
        postman = Postman(self.platform)
        self.hand = Hand(self.platform, postman)
        self._endpoint = Endpoint(self.platform, Sending(self.platform, postman))
        self._control = Control(self.platform, self.hand)

    def routes(self) -> list[web.RouteDef]:
        """The platform's own HTTP."""
        return self._endpoint.routes()

    def verbs(self) -> dict[str, Verb]:
        """What the control API can do here."""
        return self._control.verbs()

    def state(self) -> dict[str, Any]:
        """Everything in numbers."""
        platform = self.platform
        return {
            "numbers": [number.describe() for number in platform.numbers.values()],
            "account": platform.account.id,
            "app": platform.app.describe(),
            "webhook": platform.webhook.describe(),
            "crowds": [crowd.describe() for crowd in self._control.crowds],
            "due": len(platform.agenda),
            "calls": self._endpoint.host.calls,
        }

    def received(self) -> int:
        """Messages people were sent by all numbers so far."""
        return sum(number.ledger.received for number in self.platform.numbers.values())

    async def close(self) -> None:
        """Ends what is under way."""
        for crowd in self._control.crowds:
            crowd.close()
        self.platform.agenda.close()
        await self.platform.webhook.close()


def simulate(world: World) -> Simulator:
    """The simulator of this channel; the sandbox finds it by this name."""
    return Simulator(world)
