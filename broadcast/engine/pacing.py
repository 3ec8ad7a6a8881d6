"""The one limiter of an account: evenly spaced turns (GCRA), replies before broadcasts.

Spacing instead of a bucket: a bucket lets two seconds' worth into one window.
"""

from __future__ import annotations

import asyncio
from time import monotonic

_CATCH_UP_SECONDS = 0.02  # a timer that woke late may make it good, up to this much
_CHAT_SPACING_SECONDS = 1.0
_CHAT_BURST = 3


class Pacer:
    """`rate` in messages per second, 0 = no limit. Every sender of the account shares it."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._interval = 1.0 / rate if rate else 0.0
        self._next = 0.0
        self._closed_until = 0.0
        self._replies_waiting = 0
        self._chats: dict[str, float] = {}

    def close_for(self, seconds: float) -> None:
        """The platform said wait: nothing leaves this account for that long."""
        self._closed_until = max(self._closed_until, monotonic() + seconds)

    @property
    def closed(self) -> bool:
        return self._closed_until > monotonic()

    async def bulk_turn(self, cost: int = 1) -> None:
        """Wait for a broadcast's next slot; people waiting for an answer go first."""
        while (wait := self._wait_for_slot(bulk=True)) > 0:
            await asyncio.sleep(wait)
        self._take(cost)

    async def reply_turn(self, chat: str, cost: int = 1) -> None:
        """Wait for the right to answer a person: at most one slot, never behind a broadcast."""
        self._replies_waiting += 1
        try:
            while (wait := max(self._wait_for_slot(), self._wait_for_chat(chat))) > 0:
                await asyncio.sleep(wait)
            self._take(cost)
            self._take_chat(chat)
        finally:
            self._replies_waiting -= 1

    def _wait_for_slot(self, *, bulk: bool = False) -> float:
        now = monotonic()
        if self._closed_until > now:
            return self._closed_until - now
        if not self._interval:
            return 0.0
        wait = self._next - now
        if bulk and self._replies_waiting and wait <= 0:
            return self._interval
        return wait

    def _take(self, cost: int) -> None:
        if self._interval:
            floor = monotonic() - min(_CATCH_UP_SECONDS, self._interval)
            self._next = max(self._next, floor) + self._interval * cost

    def _wait_for_chat(self, chat: str) -> float:
        """A chat takes one message a second; a short burst is tolerated (facts 1.1)."""
        if not self._interval:
            return 0.0
        return self._chats.get(chat, 0.0) - monotonic() - (_CHAT_BURST - 1) * _CHAT_SPACING_SECONDS

    def _take_chat(self, chat: str) -> None:
        """Only once the turn is really taken: looking again while others went first is free."""
        if not self._interval:
            return
        now = monotonic()
        if len(self._chats) > 10_000:
            self._chats = {key: at for key, at in self._chats.items() if at > now}
        self._chats[chat] = max(self._chats.get(chat, 0.0), now) + _CHAT_SPACING_SECONDS
