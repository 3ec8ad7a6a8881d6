"""A fake Telegram: the Bot API over HTTP, close enough that the real libraries cannot tell."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from channels._kit.sandbox_world import Json, World
from channels.telegram.simulator.account import Account
from channels.telegram.simulator.control import Control, Verb, describe
from channels.telegram.simulator.endpoint import Endpoint
from channels.telegram.simulator.hand import Hand
from channels.telegram.simulator.platform import Platform


class Simulator:
    """What the sandbox hosts: routes, control verbs, a state, a total."""

    name = "telegram"

    def __init__(self, world: World) -> None:
        self.platform = Platform(world)
        self.hand = Hand(self.platform)
        self._endpoint = Endpoint(self.platform)
        self._control = Control(self.platform)
        self.platform.on_new_account = self._wire

    def _wire(self, account: Account) -> None:
        account.updates.webhook.answer = partial(self._endpoint.answer_in_webhook, account)

    def routes(self) -> list[web.RouteDef]:
        """The platform's own HTTP."""
        return self._endpoint.routes()

    def verbs(self) -> dict[str, Verb]:
        """What the control API can do here."""
        return self._control.verbs()

    def state(self) -> Json:
        """Everything in numbers."""
        return {
            "bots": [describe(a) for a in self.platform.accounts.values()],
            "limits": self.platform.rates.describe(),
            "crowds": [crowd.describe() for crowd in self._control.crowds],
            "groups": list(self.platform.groups.values()),
        }

    def received(self) -> int:
        """Messages people received from all bots so far."""
        return sum(a.ledger.received for a in self.platform.accounts.values())

    async def close(self) -> None:
        """Ends polls, webhooks, crowds and floods."""
        for crowd in self._control.crowds:
            crowd.close()
        for flood in self._control.floods:
            flood.close()
        for account in self.platform.accounts.values():
            account.updates.close()


def simulate(world: World) -> Simulator:
    """The simulator of this channel; the sandbox finds it by this name."""
    return Simulator(world)
