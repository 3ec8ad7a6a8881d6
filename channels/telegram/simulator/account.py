"""One bot: its name, its updates, its messages, and how it stands with each person."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.ledger import Ledger
from channels.telegram.simulator.limits import Limiter, Rates
from channels.telegram.simulator.updates import Updates

STARTED, BLOCKED = 1, 2
_QUERY_SECONDS = 120.0


@dataclass(slots=True)
class Query:
    """A button press that waits for answerCallbackQuery."""

    person_id: int
    asked_at: float = field(default_factory=time.monotonic)
    answer: asyncio.Future[Json] | None = None


class Account:
    """A bot of this platform."""

    def __init__(self, token: str, rates: Rates, username: str = "", name: str = "") -> None:
        self.token = token
        self.id = int(token.split(":", 1)[0])
        self.username = username or f"sandbox_{self.id}_bot"
        self.first_name = name or f"Sandbox bot {self.id}"
        self.revoked = False
        self.limiter = Limiter(rates)
        self.updates = Updates(self.id % 90_000_000 + 10_000_000)
        self.ledger = Ledger()
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.texts: dict[tuple[str, str], str] = {}  # (name | description | …, language)
        self.menu_buttons: dict[int, Json] = {}
        self.standing = bytearray()  # per person: STARTED, BLOCKED
        self.queries: dict[str, Query] = {}
        self.calls: dict[str, int] = {}

    def user(self) -> Json:
        """The bot as a User."""
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.first_name,
            "username": self.username,
        }

    def standing_of(self, index: int) -> int:
        """The flags of the person at an index."""
        return self.standing[index] if index < len(self.standing) else 0

    def mark(self, index: int, flags: int) -> None:
        """Sets the flags of the person at an index."""
        if index >= len(self.standing):
            self.standing.extend(bytes(index + 1 - len(self.standing)))
        self.standing[index] = flags

    def ask(self, query_id: str, query: Query) -> None:
        """Remembers a button press; forgets those nobody can answer any more."""
        self.queries[query_id] = query
        now = time.monotonic()
        while self.queries:
            oldest = next(iter(self.queries))
            if now - self.queries[oldest].asked_at < _QUERY_SECONDS:
                break
            del self.queries[oldest]
