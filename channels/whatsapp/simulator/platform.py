"""The platform itself: one app, one business account with its numbers, and what it tells the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from channels._kit.graph.simulator.app import App
from channels._kit.graph.simulator.catalog import Catalog
from channels._kit.graph.simulator.clock import Agenda, Clock
from channels._kit.graph.simulator.pace import Pace
from channels._kit.graph.simulator.webhook import Webhook
from channels._kit.sandbox_world import World
from channels.whatsapp.simulator import account as known
from channels.whatsapp.simulator.account import Account, Number
from channels.whatsapp.simulator.errors import refusal
from channels.whatsapp.simulator.identity import Contact, Identity
from channels.whatsapp.simulator.limits import Budget, Caps, Limits
from channels.whatsapp.simulator.media import Shelf

Json = dict[str, Any]
Listener = Callable[[Number, int, Json], None]


class Platform:
    """All that exists on this fake WhatsApp."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = Clock()
        self.agenda = Agenda(self.clock)
        self.app = App(self.clock, known.APP_ID, known.APP_SECRET, "SYSTEM_USER")
        self.app.allow(known.TOKEN, known.SCOPES)
        self.webhook = Webhook(self.app, self.agenda, self._wrap, world.seed)
        self.identity = Identity(world.people, world.seed)
        self.account = Account()
        rate = world.rate("whatsapp", 80.0)
        self.limits = Limits(per_second=rate)
        self.budget = Budget("TIER_100K")
        if not rate:  # asked to let everything through
            self.limits.pair_seconds = self.limits.holdout_share = 0.0
            self.limits.marketing_per_day = 0
            self.budget.tier = "TIER_UNLIMITED"
        self.caps = Caps()
        self.pace = Pace()
        self.late = {130472, 131026, 131047, 131049, 131050, 131053}  # told by webhook
        self.catalog = Catalog(self.agenda, world.seed, self.tell, refusal)
        self.shelf = Shelf(self.clock)
        self.handles: dict[str, bytes] = {}  # resumable uploads, for examples of templates
        self.numbers: dict[str, Number] = {}
        self.listeners: list[Listener] = []  # told of every message a person is sent
        self._welcome()
        self.declare(known.PHONE_NUMBER_ID, "15550783881", "Tellal")

    def _welcome(self) -> None:
        """The one template every new account has."""
        body = "Welcome and congratulations!! This message demonstrates your ability to send."
        wish = {"name": "hello_world", "language": "en_US", "category": "UTILITY"}
        components = [{"type": "BODY", "text": body}]
        template = self.catalog.create({**wish, "components": components}, review=False)
        template.status, template.quality = "APPROVED", "GREEN"

    def declare(self, number_id: str, phone: str, name: str) -> Number:
        """One more phone number."""
        if not number_id.isdigit() or not phone.isdigit():
            raise ValueError("id and phone are digits")
        self.numbers[number_id] = Number(number_id, phone, name, self.world.seed)
        return self.numbers[number_id]

    def find_number(self, wanted: Any = None) -> Number:
        """A number by id or phone; the first one when nothing is asked for."""
        if wanted in (None, ""):
            return next(iter(self.numbers.values()))
        for number in self.numbers.values():
            if str(wanted) in (number.id, number.phone):
                return number
        raise LookupError(f"no phone number {wanted!r}")

    # Telling the app

    def _wrap(self, changes: list[bytes]) -> bytes:
        start = f'{{"object":"whatsapp_business_account","entry":[{{"id":"{self.account.id}",'
        time = f'"time":{int(self.clock.now())},"changes":['
        return (start + time).encode() + b",".join(changes) + b"]}]}"

    def tell(self, name: str, value: Json) -> None:
        """A change for the webhook."""
        if self.account.subscribed and self.webhook.url:
            self.webhook.push(name, orjson.dumps({"value": value, "field": name}))

    def tell_message(self, number: Number, contact: Contact, message: Json) -> None:
        """Something a person sent."""
        value = {
            "messaging_product": "whatsapp",
            "metadata": number.metadata,
            "contacts": [contact.profile],
            "messages": [message],
        }
        self.tell("messages", value)

    # The page

    def show(self, kind: str, number: Number, person: int, **facts: Any) -> None:
        """Puts something on the live stream."""
        event = {"type": kind, "channel": "whatsapp", "account": number.id, "person": person}
        self.world.live.publish(event | facts, person)
