"""How often Telegram lets a bot send: per bot, per chat, per group. Adjustable, 0 = no limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from channels._kit.allowance import Window
from channels.telegram.simulator.errors import too_many_requests


@dataclass(slots=True)
class Rates:
    """The numbers; the control API may change them while everything runs."""

    per_second: float = 30.0
    per_chat_per_second: float = 1.0
    chat_burst: int = 3
    per_group_per_minute: int = 20
    paid_per_second: float = 1000.0

    @classmethod
    def of(cls, per_second: float) -> Rates:
        """The platform's own, with so many messages a second; 0 lifts every limit."""
        if per_second:
            return cls(per_second=per_second)
        return cls(0, per_chat_per_second=0, per_group_per_minute=0, paid_per_second=0)

    def describe(self) -> dict[str, float]:
        """As JSON."""
        return asdict(self)


class Limiter:
    """One bot's limits."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        self.rates = rates
        self._clock = clock
        self._free = Window()
        self._paid = Window()
        self._groups: dict[int, Window] = {}
        # For each chat the moment its burst is fully recovered: one float does for a token bucket.
        self._recovered: dict[int, float] = {}
        self._closed_until = 0.0
        self.refused = 0
        self.paid_messages = 0

    def close_for(self, seconds: float) -> None:
        """Answers 429 to every send until then: a flood that holds."""
        self._closed_until = self._clock() + seconds

    def admit(self, chat_id: int, count: int, paid: bool) -> None:
        """Lets `count` messages to a chat through, or raises 429."""
        now = self._clock()
        wait = max(self._closed_until - now, self._bot_wait(now, count, paid))
        if wait <= 0:  # a refused message takes no place in its chat's allowance
            wait = self._chat_wait(now, chat_id, count)
        if wait > 0:
            self.refused += 1
            raise too_many_requests(max(1, math.ceil(wait)))
        if paid:
            self._paid.add(now, count)
            self.paid_messages += count
        elif self.rates.per_second:
            self._free.add(now, count)

    def _bot_wait(self, now: float, count: int, paid: bool) -> float:
        limit = self.rates.paid_per_second if paid else self.rates.per_second
        if not limit:
            return 0.0
        return (self._paid if paid else self._free).wait(now, count, limit, 1.0)

    def _chat_wait(self, now: float, chat_id: int, count: int) -> float:
        if chat_id < 0:
            if not self.rates.per_group_per_minute:
                return 0.0
            window = self._groups.setdefault(chat_id, Window())
            wait = window.wait(now, count, self.rates.per_group_per_minute, 60.0)
            if wait <= 0:
                window.add(now, count)
            return wait
        if not self.rates.per_chat_per_second:
            return 0.0
        interval = 1.0 / self.rates.per_chat_per_second
        recovered = max(self._recovered.get(chat_id, now), now)
        # An album is larger than the burst and still goes out: it is judged by its first item.
        if recovered - now > (self.rates.chat_burst - 1) * interval + 1e-9:
            return recovered - now - (self.rates.chat_burst - 1) * interval
        if len(self._recovered) > 50_000:
            self._recovered = {c: t for c, t in self._recovered.items() if t > now}
        self._recovered[chat_id] = recovered + interval * min(count, self.rates.chat_burst)
        return 0.0
