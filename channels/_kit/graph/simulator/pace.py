"""How fast phones are: when a message leaves, arrives and is read. A person's own, by the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from channels._kit.sandbox_world import People


@dataclass(slots=True)
class Pace:
    """Seconds are typical ones: each person and message has its own. Shares are of the people."""

    sent_seconds: float = 0.2
    delivered_seconds: float = 1.0
    read_seconds: float = 10.0
    read_share: float = 0.7  # who reads and shows it
    offline_share: float = 0.03  # whose phone is off …
    offline_seconds: float = 2 * 3600.0  # … for about so long

    def plan(
        self, now: float, chance: random.Random, people: People, index: int
    ) -> tuple[float, float, float]:
        """When it is sent, delivered and read; a reading of 0 means never."""
        draw = chance.random
        sent_at = now + self.sent_seconds * (0.5 + draw())
        delivered_at = sent_at + self.delivered_seconds * (0.3 + 1.4 * draw())
        if people.draw(index, "offline") < self.offline_share:
            delivered_at += self.offline_seconds * (0.2 + 1.6 * draw())
        if people.draw(index, "reads") >= self.read_share:
            return sent_at, delivered_at, 0.0
        return sent_at, delivered_at, delivered_at + self.read_seconds * (0.1 + 2.7 * draw() ** 2)
