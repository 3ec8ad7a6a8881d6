"""A fake Messenger: the Send API over HTTP, with the webhooks that belong to it."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.simulator import GraphSimulator
from channels._kit.sandbox_world import World
from channels.messenger.simulator.control import Control
from channels.messenger.simulator.endpoint import Endpoint
from channels.messenger.simulator.hand import Hand
from channels.messenger.simulator.platform import Platform
from channels.messenger.simulator.sending import Sending
from channels.messenger.simulator.transit import Postman


class Simulator(GraphSimulator):
    """Made of a platform, those who act on it, and what looks at it from outside."""

    name = "messenger"

    def __init__(self, world: World) -> None:
        self.platform = Platform(world)
        postman = Postman(self.platform)
        self.hand = Hand(self.platform, postman)
        endpoint = Endpoint(self.platform, Sending(self.platform, postman))
        super().__init__(self.platform, endpoint, Control(self.platform, self.hand))

    def numbers(self) -> dict[str, Any]:
        return {"page": self.platform.page.describe()}

    def received(self) -> int:
        """Messages people were sent by the page so far."""
        return self.platform.page.ledger.received


def simulate(world: World) -> Simulator:
    """The simulator of this channel; the sandbox finds it by this name."""
    return Simulator(world)
