"""A fake Slack: Web API, Socket Mode, signed HTTP; close enough that slack-bolt cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.slack import schema
from sandbox.slack.app_control import AppControl
from sandbox.slack.callback import Callback
from sandbox.slack.control import Control, Verb
from sandbox.slack.endpoint import Endpoint
from sandbox.slack.envelopes import Deliveries
from sandbox.slack.errors import SlackError
from sandbox.slack.hand import Hand
from sandbox.slack.payloads import event_callback
from sandbox.slack.platform import Platform
from sandbox.slack.socket_mode import Sockets
from sandbox.slack.workspace import Json

if TYPE_CHECKING:
    from sandbox.world import World

_MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class Simulator:
    """What the sandbox hosts: routes, control verbs, a state, a total."""

    name = "slack"

    def __init__(self, world: World) -> None:
        self.platform = Platform(world)
        app = self.platform.app
        self.sockets = Sockets(app.app_id, self._strike)
        self._callback = Callback(app, self._strike)
        self.deliveries = Deliveries(app, self.sockets, self._callback)
        self._endpoint = Endpoint(self.platform, self.sockets)
        self.hand = Hand(self.platform, self.deliveries)
        self._control = Control(self.platform, self.hand)
        self._app_control = AppControl(self.platform, self.deliveries, self.sockets, self._callback)
        self.platform.on_event = self._tell

    async def _strike(self, method: str) -> object:
        """A fault of the line to the app: latency, drop_before, drop_after, or an error."""
        try:
            return await self._endpoint.strike(method, named=True)
        except SlackError:
            return None  # a flood means nothing to an envelope

    def _tell(self, event: Json) -> None:
        """Sends an event the app subscribed to and has a scope for."""
        app, kind = self.platform.app, str(event["type"])
        name = kind
        if kind == "message":
            name = _MESSAGE_EVENTS[event["channel_type"]]
            place = self.platform.workspace.conversations[event["channel"]]
            if app.bot_user not in place.members:
                return
        scopes = set(schema.description()["events"].get(name, ()))
        if name not in app.events or (scopes and not scopes & app.scopes):
            return
        if app.request_url or app.app_token:  # else nobody ever listened
            self.deliveries.tell(event_callback(self.platform, event))

    def routes(self) -> list[web.RouteDef]:
        """The platform's own HTTP."""
        return self._endpoint.routes()

    def verbs(self) -> dict[str, Verb]:
        """What the control API can do here."""
        return self._control.verbs() | self._app_control.verbs()

    def state(self) -> Json:
        """Everything in numbers."""
        return {
            "app": self.platform.app.describe(),
            "members": len(self.platform.workspace.members),
            "places": sorted(self.platform.workspace.conversations),
            "messages": self.platform.messages.count,
            "limits": self.platform.rates.describe(),
            "sockets": self.sockets.describe(),
            "calls": dict(self.platform.calls),
        }

    def received(self) -> int:
        """Subscribers receive nothing here: Slack is where admins sit."""
        return 0

    async def close(self) -> None:
        """Ends deliveries and connections."""
        self.deliveries.close()
        await self.sockets.close()
        await self._callback.close()


def simulate(world: World) -> Simulator:
    """The simulator; the sandbox makes one beside those of the channels."""
    return Simulator(world)
