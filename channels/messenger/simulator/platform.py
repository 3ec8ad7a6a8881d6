"""The platform itself: one app on one page, and what it tells the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from channels._kit.graph.simulator.app import App
from channels._kit.graph.simulator.catalog import Catalog
from channels._kit.graph.simulator.clock import Agenda, Clock
from channels._kit.graph.simulator.errors import GraphError
from channels._kit.graph.simulator.pace import Pace
from channels._kit.graph.simulator.webhook import Webhook
from channels._kit.sandbox_world import World
from channels.messenger.simulator import page as known
from channels.messenger.simulator.attachments import Attachments
from channels.messenger.simulator.errors import refusal
from channels.messenger.simulator.identity import Identity
from channels.messenger.simulator.limits import Limits
from channels.messenger.simulator.page import Page

Json = dict[str, Any]

# What a person does while a human has the conversation comes to the app as it stands by.
_HANDED_OVER = frozenset({"messages", "messaging_postbacks", "message_edits"})


class Platform:
    """All that exists on this fake Messenger."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = Clock()
        self.agenda = Agenda(self.clock)
        self.app = App(self.clock, known.APP_ID, known.APP_SECRET, "PAGE")
        self.app.allow(known.TOKEN, known.SCOPES)
        self.webhook = Webhook(self.app, self.agenda, self._wrap, world.seed)
        self.page = Page(known.PAGE_ID, "Tellal", world.seed)
        self.identity = Identity(world.people, known.PAGE_ID, world.seed)
        rate = world.rate("messenger", 300.0)
        self.limits = Limits(per_second=rate)
        if not rate:  # asked to let everything through
            self.limits.media_per_second = self.limits.thread_seconds = 0.0
            self.limits.per_engaged = 0
        self.pace = Pace()
        self.catalog = Catalog(self.agenda, world.seed, lambda *_: None, refuse_template)
        self.catalog.review.seconds = 2.0  # utility templates are approved in seconds
        self.attachments = Attachments(self.clock)
        self.listeners: list[Callable[[int, Json], None]] = []  # told of each message to a person

    def _wrap(self, entries: list[bytes]) -> bytes:
        return b'{"object":"page","entry":[' + b",".join(entries) + b"]}"

    def tell(self, name: str, index: int, at: float, facts: Json, from_page: bool = False) -> None:
        """Something that happened between a person and the page, for the webhook."""
        page = self.page
        standby = index in page.taken and not from_page and name in _HANDED_OVER
        field = "standby" if standby else name
        if page.subscribed is None or field not in page.subscribed or not self.webhook.url:
            return
        person, ours = {"id": self.identity.psid(index)}, {"id": page.id}
        milliseconds = int(at * 1000)
        event = {
            "sender": ours if from_page else person,
            "recipient": person if from_page else ours,
            "timestamp": milliseconds,
            **facts,
        }
        entry = {
            "id": page.id,
            "time": milliseconds,
            "standby" if standby else "messaging": [event],
        }
        self.webhook.push(field, orjson.dumps(entry))

    def show(self, kind: str, person: int, **facts: Any) -> None:
        """Puts something on the live stream."""
        event = {"type": kind, "channel": "messenger", "account": self.page.id, "person": person}
        self.world.live.publish(event | facts, person)


def refuse_template(code: int, details: str) -> GraphError:
    """Messenger answers 100 to everything that is wrong with a template."""
    words = details or {132015: "The template is paused.", 132016: "The template is disabled."}.get(
        code, "The template cannot be used."
    )
    return refusal(100, words=words)
