"""A fake WhatsApp: Meta's Cloud API over HTTP, with the webhooks that belong to it."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.simulator import GraphSimulator
from channels._kit.sandbox_world import World
from channels.whatsapp.simulator.control import Control
from channels.whatsapp.simulator.endpoint import Endpoint
from channels.whatsapp.simulator.hand import Hand
from channels.whatsapp.simulator.platform import Platform
from channels.whatsapp.simulator.sending import Sending
from channels.whatsapp.simulator.transit import Postman


class Simulator(GraphSimulator):
    """Made of a platform, those who act on it, and what looks at it from outside."""

    name = "whatsapp"

    def __init__(self, world: World) -> None:
        self.platform = Platform(world)
        postman = Postman(self.platform)
        self.hand = Hand(self.platform, postman)
        endpoint = Endpoint(self.platform, Sending(self.platform, postman))
        super().__init__(self.platform, endpoint, Control(self.platform, self.hand))

    def numbers(self) -> dict[str, Any]:
        return {
            "numbers": [number.describe() for number in self.platform.numbers.values()],
            "account": self.platform.account.id,
        }

    def received(self) -> int:
        """Messages people were sent by all numbers so far."""
        return sum(number.ledger.received for number in self.platform.numbers.values())


def simulate(world: World) -> Simulator:
    """The simulator of this channel; the sandbox finds it by this name."""
    return Simulator(world)
