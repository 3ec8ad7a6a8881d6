"""What the random walk goes over: a platform of moods, and a ledger whose process can die."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from typing import Any

from broadcast.channel import Envelope
from broadcast.outcome import Accepted, Deferred, Outcome, Reason, Refused, Scope, Uncertain
from broadcast.store.deliveries import Batch, Ledger, Lost, Result, Sent, Wish
from tests.scenario.house import ScriptedChannel


class Platform(ScriptedChannel):
    """Answers as chance will have it; knows what really arrived, and for which broadcast."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.rng = rng
        self.capabilities = replace(self.capabilities, concurrency=4)
        self.began: Counter[str] = Counter()
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.called: Counter[str] = Counter()  # by address

    async def send(self, envelope: Envelope) -> Outcome:
        words = envelope.message.text.text
        self.began[words] += 1
        self.called[envelope.address] += 1
        await asyncio.sleep(self.rng.choice((0.0, 0.005, 0.02, 0.06)))
        outcome, arrives = self._drawn()
        if arrives:
            self.arrived[words, envelope.address] += 1
        if outcome is None:
            raise RuntimeError("a bug in an adapter")
        return outcome

    def _drawn(self) -> tuple[Outcome | None, bool]:
        cases: list[tuple[int, Outcome | None, bool]] = [
            (60, Accepted(("1",)), True),
            (6, Deferred(Reason.UNAVAILABLE, 0.01), False),
            (3, Deferred(Reason.THROTTLED, 0.03, Scope.ACCOUNT), False),
            (4, Refused(Reason.REJECTED), False),
            (2, Refused(Reason.UNAVAILABLE), False),
            (2, Refused(Reason.BLOCKED, suppress=True), False),
            (2, Refused(Reason.AUTHORIZATION, scope=Scope.ACCOUNT), False),
            (3, Uncertain("timeout"), True),
            (3, Uncertain("timeout"), False),
            (1, None, True),
        ]
        weights = [weight for weight, _, _ in cases]
        _, outcome, arrives = self.rng.choices(cases, weights)[0]
        return outcome, arrives


class Mortal(Ledger):
    """A ledger whose process can die: nothing it does reaches the disk from then on."""

    dead = False

    async def plan(self, *wish: Any) -> int:
        if self.dead:
            raise Lost
        return await super().plan(*wish)

    async def exchange(self, sent: list[Sent], others: list[Result], wish: Wish) -> Batch:
        if self.dead:
            raise Lost
        return await super().exchange(sent, others, wish)
