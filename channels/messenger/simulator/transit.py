"""What becomes of a message: delivered and read, told as watermarks over the whole thread."""

from __future__ import annotations

import random
from typing import Any

from channels._kit.graph.simulator.ledger import DELIVERED, READ, STATES
from channels.messenger.simulator.page import BLOCKED_US
from channels.messenger.simulator.platform import Platform

Json = dict[str, Any]


class Postman:
    """Carries messages; a phone that comes online gets all that waits for it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._random = random.Random(platform.world.seed)
        # By person: messages under way, and messages delivered to who will read them.
        self._coming: dict[int, list[int]] = {}
        self._unread: dict[int, list[int]] = {}

    def take(self, index: int, place: int) -> None:
        """A message was accepted."""
        platform = self._platform
        _, delivered_at, read_at = platform.pace.plan(
            platform.clock.now(), self._random, platform.world.people, index
        )
        self._coming.setdefault(index, []).append(place)
        platform.agenda.at(delivered_at, self._deliver, index, delivered_at)
        if read_at:
            platform.agenda.at(read_at, self._read, index, read_at)

    def _deliver(self, index: int, at: float) -> None:
        """The phone is there: everything accepted so far arrives."""
        page = self._platform.page
        if page.flags(index) & BLOCKED_US:
            return
        places = self._coming.pop(index, None)
        if not places:
            return  # came with a later message
        if self._platform.world.people.draw(index, "reads") < self._platform.pace.read_share:
            self._unread.setdefault(index, []).extend(places)
        self._reach(index, places, DELIVERED)
        delivery: Json = {"watermark": int(at * 1000)}
        if self._random.random() >= self._platform.limits.mids_missing:
            delivery["mids"] = [page.message_id(place) for place in places]
        self._platform.tell("message_deliveries", index, at, {"delivery": delivery})

    def _read(self, index: int, at: float) -> None:
        self._told_read(index, self._unread.pop(index, []), at)

    def open(self, index: int) -> int:
        """The person opens the thread now; how many messages they read."""
        now = self._platform.clock.now()
        self._deliver(index, now)
        self._unread.pop(index, None)
        places = self._platform.page.ledger.places(index, DELIVERED)
        self._told_read(index, places, now)
        return len(places)

    def _told_read(self, index: int, places: list[int], at: float) -> None:
        if places:
            self._reach(index, places, READ)
            facts = {"read": {"watermark": int(at * 1000)}}
            self._platform.tell("message_reads", index, at, facts)

    def _reach(self, index: int, places: list[int], state: int) -> None:
        page, world = self._platform.page, self._platform.world
        person = world.people.id_at(index)
        for place in places:
            page.ledger.mark(place, state)
            if world.live.wants(person):
                message_id, word = page.message_id(place), STATES[state]
                self._platform.show("status", person, message_id=message_id, status=word)
