"""Webhooks as Meta sends them: verified once, signed, batched, repeated until answered by 200."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import secrets
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp

from channels._kit.graph.simulator.adjust import adjust
from channels._kit.graph.simulator.app import App
from channels._kit.graph.simulator.clock import DAY, Agenda

Json = dict[str, Any]
_PATIENCE = 10.0  # seconds Meta waits for an answer (as seen; not documented)
_LONGEST_PAUSE = 3600.0
_GIVE_UP = 7 * DAY  # after that a notification is dropped
_KEPT = 200  # last posts that can be delivered again


@dataclass(slots=True)
class Manner:
    """How notifications travel. Shares are between 0 and 1, spans in seconds."""

    batch: int = 100  # notifications in one request at most
    connections: int = 4
    duplicates: float = 0.0  # share that comes twice
    disorder: float = 0.0  # share that is held back for up to disorder_seconds
    disorder_seconds: float = 3.0
    lost: float = 0.0  # share that never comes
    paused: bool = False  # nothing is sent until this ends
    retry_seconds: float = 1.0  # before the first repetition; doubles each time


class Webhook:
    """Where one app is told what happens."""

    def __init__(
        self, app: App, agenda: Agenda, wrap: Callable[[list[bytes]], bytes], seed: int
    ) -> None:
        self.url = ""
        self.verify_token = ""
        self.fields: set[str] | None = None  # None: every field is subscribed
        self.manner = Manner()
        self.posted = 0  # requests answered by 200
        self.refused = 0
        self.last_error = ""
        self._app = app
        self._agenda = agenda
        self._wrap = wrap
        self._random = random.Random(seed)
        self._waiting: deque[bytes] = deque()
        self._kept: deque[bytes] = deque(maxlen=_KEPT)
        self._news = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._repeating: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    @property
    def waiting(self) -> int:
        """Notifications not posted yet."""
        return len(self._waiting)

    async def set(self, url: str, verify_token: str, fields: list[str] | None = None) -> None:
        """Points it somewhere after the GET handshake; "" ends it. Raises ValueError if it fails."""
        if url:
            await self._shake_hands(url, verify_token)
        self.url, self.verify_token = url, verify_token
        self.fields = None if fields is None else set(fields)
        if url:
            self._start()

    async def _shake_hands(self, url: str, verify_token: str) -> None:
        challenge = str(secrets.randbelow(10**10))
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": verify_token,
        }
        try:
            async with self._session().get(url, params=query, allow_redirects=False) as answer:
                said = (await answer.read()).decode(errors="replace")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as wrong:
            raise ValueError(f"The callback URL could not be reached: {wrong}") from None
        if answer.status != 200 or said != challenge:
            raise ValueError(
                "The callback URL or verify token couldn't be validated: expected 200 and the "
                f"challenge, got {answer.status} and {said[:60]!r}"
            )

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_PATIENCE),
                headers={"Content-Type": "application/json", "User-Agent": "facebookexternalua"},
                connector=aiohttp.TCPConnector(limit=0),
            )
        return self._http

    def push(self, name: str, notification: bytes) -> None:
        """Tells of something, if the app wants that field."""
        if not self.url or (self.fields is not None and name not in self.fields):
            return
        manner = self.manner
        if manner.lost or manner.duplicates or manner.disorder:
            draw = self._random.random
            if draw() < manner.lost:
                return
            if draw() < manner.duplicates:
                late = draw() * manner.disorder_seconds
                self._agenda.after(late, self._enqueue, notification)
            if draw() < manner.disorder:
                late = draw() * manner.disorder_seconds
                self._agenda.after(late, self._enqueue, notification)
                return
        self._enqueue(notification)

    def _enqueue(self, notification: bytes) -> None:
        self._waiting.append(notification)
        self._news.set()

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        while len(self._workers) < self.manner.connections:
            self._workers.append(loop.create_task(self._run(len(self._workers))))

    def change(self, wish: Json) -> None:
        """Another manner from now on."""
        adjust(self.manner, wish)
        self.manner.batch = max(1, self.manner.batch)
        self.manner.connections = max(1, self.manner.connections)
        if self.url:
            self._start()
        self._news.set()

    async def _run(self, number: int) -> None:
        while True:
            manner = self.manner
            if not self._waiting or manner.paused or number >= manner.connections:
                self._news.clear()
                await self._news.wait()
                continue
            waiting = self._waiting
            most = min(manner.batch, len(waiting))
            body = self._wrap([waiting.popleft() for _ in range(most)])
            self._kept.append(body)
            await self._post(body, 0, self._agenda.clock.now())

    async def _post(self, body: bytes, attempt: int, first_at: float) -> None:
        """One request; what is not answered by 200 comes again later."""
        if await self.deliver(body):
            return
        pause = min(self.manner.retry_seconds * 2**attempt, _LONGEST_PAUSE)
        if self._agenda.clock.now() + pause - first_at < _GIVE_UP:
            self._agenda.after(pause, self._again, body, attempt + 1, first_at)

    def _again(self, body: bytes, attempt: int, first_at: float) -> None:
        if self.manner.paused:
            self._agenda.after(1.0, self._again, body, attempt, first_at)
            return
        task = asyncio.get_running_loop().create_task(self._post(body, attempt, first_at))
        self._repeating.add(task)
        task.add_done_callback(self._repeating.discard)

    async def deliver(self, body: bytes, signature: str | None = None) -> bool:
        """Posts a body, signed unless a signature is given; whether it was answered by 200."""
        if not self.url:
            return False
        signed = sign(self._app.secret, body) if signature is None else signature
        headers = {"X-Hub-Signature-256": signed}
        try:
            async with self._session().post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                if answer.status == 200:
                    self.posted += 1
                    return True
                self.last_error = f"answered by {answer.status}"
        except (aiohttp.ClientError, OSError) as wrong:
            self.last_error = type(wrong).__name__
        except TimeoutError:
            self.last_error = f"no answer in {_PATIENCE:g} s"
        self.refused += 1
        return False

    async def redeliver(self, count: int) -> int:
        """Posts the last requests a second time, byte for byte; how many were answered by 200."""
        bodies = list(self._kept)[-count:] if count > 0 else []
        return sum([await self.deliver(body) for body in bodies])

    def subscriptions(self, kind: str, every: Collection[str]) -> Json:
        """GET /<app>/subscriptions, of an app that hears of `kind`; `every` field there is."""
        if not self.url:
            return {"data": []}
        fields = sorted(self.fields if self.fields is not None else every)
        about = {
            "object": kind,
            "callback_url": self.url,
            "active": True,
            "fields": [{"name": name, "version": "v26.0"} for name in fields],
        }
        return {"data": [about]}

    def describe(self) -> Json:
        """In numbers."""
        return {
            "url": self.url,
            "fields": None if self.fields is None else sorted(self.fields),
            "waiting": self.waiting,
            "posted": self.posted,
            "refused": self.refused,
            "last_error": self.last_error,
            **asdict(self.manner),
        }

    async def close(self) -> None:
        """Ends it."""
        for task in [*self._workers, *self._repeating]:
            task.cancel()
        if self._http is not None:
            await self._http.close()


def sign(secret: str, body: bytes) -> str:
    """X-Hub-Signature-256 of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
