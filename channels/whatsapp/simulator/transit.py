"""What becomes of an accepted message: sent, delivered, read or failed, each when its time comes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels._kit.graph.simulator.ledger import DELIVERED, FAILED, READ, SENT, STATES
from channels.whatsapp.simulator.account import BLOCKED_US, Number
from channels.whatsapp.simulator.errors import in_webhook
from channels.whatsapp.simulator.identity import Contact

if TYPE_CHECKING:
    from channels.whatsapp.simulator.platform import Platform

Json = dict[str, Any]
_KEPT = 5000  # delivered messages that can still be read by hand
_SKIPPED = 0.02  # share of read messages whose "delivered" is never told


@dataclass(slots=True)
class Transit:
    """A message under way."""

    number: Number
    place: int
    message_id: str
    contact: Contact | None  # None: a number nobody here has
    recipient: str  # the number it was sent to; "" for a business-scoped id
    user_id: str
    callback_data: str
    pricing: Json
    delivered_at: float = 0.0
    read_at: float = 0.0  # 0: never
    failing: Json | None = None


class Postman:
    """Carries messages and tells the app about it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._random = random.Random(platform.world.seed)
        self._unread: dict[tuple[str, int], Transit] = {}  # the last ones delivered

    def take(self, transit: Transit) -> None:
        """A message was accepted."""
        platform, now = self._platform, self._platform.clock.now()
        if transit.failing is not None or transit.contact is None:
            at = now + platform.pace.sent_seconds * (0.5 + self._random.random())
            platform.agenda.at(at, self._fail, transit, at)
            return
        sent_at, transit.delivered_at, transit.read_at = platform.pace.plan(
            now, self._random, platform.world.people, transit.contact.index
        )
        platform.agenda.at(sent_at, self._send, transit, sent_at)

    def _fail(self, transit: Transit, at: float) -> None:
        self._reach(transit, FAILED, at)

    def _send(self, transit: Transit, at: float) -> None:
        self._reach(transit, SENT, at)
        assert transit.contact is not None
        if transit.number.flags(transit.contact.index) & BLOCKED_US:
            return  # one grey tick for ever
        self._platform.agenda.at(transit.delivered_at, self._deliver, transit)

    def _deliver(self, transit: Transit) -> None:
        told = not transit.read_at or self._random.random() >= _SKIPPED
        self._reach(transit, DELIVERED, transit.delivered_at, told)
        self._unread[transit.number.id, transit.place] = transit
        if len(self._unread) > _KEPT:
            del self._unread[next(iter(self._unread))]
        if transit.read_at:
            self._platform.agenda.at(transit.read_at, self._read, transit)

    def _read(self, transit: Transit) -> None:
        self._unread.pop((transit.number.id, transit.place), None)
        if transit.number.ledger.state(transit.place) < READ:  # else read by hand
            self._reach(transit, READ, transit.read_at)

    def read_all(self, number: Number, index: int) -> int:
        """The person opens the chat: what has arrived is read now; how many messages."""
        now = self._platform.clock.now()
        arrived = [
            (key, transit)
            for key, transit in self._unread.items()
            if transit.number is number and transit.contact and transit.contact.index == index
        ]
        for key, transit in arrived:
            del self._unread[key]
            self._reach(transit, READ, now)
        return len(arrived)

    def _reach(self, transit: Transit, state: int, at: float, told: bool = True) -> None:
        """A message gets one further; the ledger, the app and the page learn of it."""
        number, platform = transit.number, self._platform
        number.ledger.mark(transit.place, state)
        if told and platform.webhook.url:
            platform.tell("messages", self._notice(transit, state, at))
        if transit.contact is not None and platform.world.live.wants(transit.contact.id):
            person, word = transit.contact.id, STATES[state]
            platform.show("status", number, person, message_id=transit.message_id, status=word)

    def _notice(self, transit: Transit, state: int, at: float) -> Json:
        status: Json = {"id": transit.message_id, "status": STATES[state]}
        status["timestamp"] = str(int(at))
        if transit.recipient:
            status["recipient_id"] = transit.recipient
        if transit.user_id:
            status["recipient_user_id"] = transit.user_id
        if transit.callback_data:
            status["biz_opaque_callback_data"] = transit.callback_data
        value: Json = {"messaging_product": "whatsapp", "metadata": transit.number.metadata}
        if state == FAILED:
            status["errors"] = [transit.failing or in_webhook(131026)]
        else:
            status["pricing"] = transit.pricing
            if transit.contact is not None:
                value["contacts"] = [transit.contact.profile]
        return value | {"statuses": [status]}
