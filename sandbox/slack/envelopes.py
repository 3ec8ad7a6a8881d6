"""Deliveries to the app: which way they go, how long Slack waits, what is sent again.

The rule. A slash command or an interaction is for a person who waits: it is offered at once, must
be acknowledged within 3 s, and is offered once more only if its socket dropped before that; with
nobody connected the person sees an error at once. An event is kept while nobody is connected and
goes out, in order, when somebody is (`keeps` false: a try with nobody connected has failed, as in
Slack itself); unacknowledged it comes again up to three times, at once, after a minute and after
five, with retry_attempt and retry_reason.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.slack.installation import Installation
from sandbox.slack.workspace import Json

ACK_SECONDS = 3.0
RETRY_SECONDS = (0.0, 60.0, 300.0)
_KEPT = 10_000


@dataclass(slots=True)
class Envelope:
    """Something for the app; `kind`: slash_commands, interactive, events_api."""

    kind: str
    payload: Json
    attempt: int = 0
    reason: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(slots=True)
class Ack:
    """What came of it. `error`: http_timeout, connection_failed, http_error, not_connected."""

    seconds: float
    payload: Json = field(default_factory=dict)
    error: str = ""
    final: bool = False  # the app asked for no retry


class Way(Protocol):
    """A way to the app: sockets, or signed HTTP."""

    async def ready(self) -> None: ...
    def connected(self) -> bool: ...
    async def offer(self, envelope: Envelope, seconds: float) -> Ack: ...


class Deliveries:
    """Sends envelopes and remembers how each was acknowledged."""

    def __init__(self, app: Installation, sockets: Way, callback: Way) -> None:
        self._app = app
        self._sockets = sockets
        self._callback = callback
        self._log: deque[Json] = deque(maxlen=_KEPT)
        self._tasks: set[asyncio.Task[None]] = set()
        self.retry_seconds: list[float] = list(RETRY_SECONDS)
        self.keeps = True
        self.twice = 0  # so many of the next envelopes are delivered twice
        self.latest: Envelope | None = None

    @property
    def _way(self) -> Way:
        return self._callback if self._app.request_url else self._sockets

    async def ask(self, kind: str, payload: Json) -> Ack:
        """A command or an interaction: the app's answer, or an error, within 3 s."""
        envelope = Envelope(kind, payload)
        if not self._way.connected():
            return self._note(envelope, Ack(0.0, error="not_connected"))
        started = time.monotonic()
        ack = await self._offer(envelope, ACK_SECONDS)
        left = ACK_SECONDS - (time.monotonic() - started)
        if ack.error == "connection_failed" and left > 0:
            try:
                await asyncio.wait_for(self._way.ready(), left)
            except TimeoutError:
                return ack
            envelope.attempt, envelope.reason = 1, ack.error
            ack = await self._offer(envelope, ACK_SECONDS - (time.monotonic() - started))
        return ack

    def tell(self, payload: Json) -> None:
        """An event: delivered in the background."""
        task = asyncio.ensure_future(self._deliver(Envelope("events_api", payload)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, envelope: Envelope) -> None:
        for pause in [*self.retry_seconds, None]:
            if self.keeps:
                await self._way.ready()
            ack = await self._offer(envelope, ACK_SECONDS)
            if not ack.error or ack.final or pause is None:
                return
            envelope.attempt, envelope.reason = envelope.attempt + 1, ack.error
            await asyncio.sleep(pause)

    async def again(self) -> Json:
        """The latest envelope a second time, as it was. LookupError when there was none."""
        if self.latest is None:
            raise LookupError("nothing was delivered yet")
        ack = await self._offer(self.latest, ACK_SECONDS)
        return {"envelope_id": self.latest.id, "error": ack.error}

    async def _offer(self, envelope: Envelope, seconds: float) -> Ack:
        self.latest = envelope
        if self.twice > 0:
            self.twice -= 1
            first, second = await asyncio.gather(
                self._way.offer(envelope, seconds), self._way.offer(envelope, seconds)
            )
            self._note(envelope, second)
            return self._note(envelope, first)
        return self._note(envelope, await self._way.offer(envelope, seconds))

    def _note(self, envelope: Envelope, ack: Ack) -> Ack:
        payload = envelope.payload
        event: Any = payload.get("event") or {}
        what = payload.get("command") or event.get("type") or payload.get("type")
        self._log.append(
            {
                "envelope_id": envelope.id,
                "kind": envelope.kind,
                "what": what,
                "attempt": envelope.attempt,
                "seconds": round(ack.seconds, 6),
                "error": ack.error,
            }  # fmt: skip
        )
        return ack

    def acks(self, last: int = 100) -> Json:
        """How promptly the app answered so far."""
        times = sorted(entry["seconds"] for entry in self._log if not entry["error"])
        errors = [entry["error"] for entry in self._log if entry["error"]]
        return {
            "count": len(times), "failed": len(errors),
            "p50": _rank(times, 0.5), "p99": _rank(times, 0.99), "max": times[-1] if times else 0.0,
            "errors": {error: errors.count(error) for error in set(errors)},
            "last": list(self._log)[-last:],
        }  # fmt: skip

    def forget(self) -> None:
        """Starts the statistics anew."""
        self._log.clear()

    def close(self) -> None:
        """Ends retries and waiting events."""
        for task in self._tasks:
            task.cancel()


def _rank(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0
