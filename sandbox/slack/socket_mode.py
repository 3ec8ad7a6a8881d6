"""Socket Mode: WebSockets the app opened, envelopes over them, acknowledgements back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from sandbox.slack.envelopes import Ack, Envelope
from sandbox.slack.link import Link
from sandbox.slack.workspace import Json

CONNECTIONS = 10  # per app
_TICKET_SECONDS = 30.0
_HOST = "applink-sandbox"


class Sockets:
    """All connections of the app; each envelope goes to one of them, in turn."""

    def __init__(self, app_id: str, strike: Callable[[str], Any]) -> None:
        self._app_id = app_id
        self._strike = strike
        self._tickets: dict[str, float] = {}
        self._links: list[Link] = []
        self._open = asyncio.Event()
        self._turn = 0
        self._refused_until = 0.0
        self.late = 0  # acknowledgements that came after their time, and were ignored

    # Connecting

    def ticket(self) -> str:
        """The secret of a new WebSocket address, good for one connection."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = time.monotonic()
        return ticket

    def refuse_for(self, seconds: float) -> None:
        """No new connections until then."""
        self._refused_until = time.monotonic() + seconds

    def refusing(self) -> bool:
        """Whether connections are refused now."""
        return time.monotonic() < self._refused_until

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to the end."""
        issued = self._tickets.pop(request.query.get("ticket", ""), None)
        if self.refusing():
            return web.Response(status=503)
        if issued is None or time.monotonic() - issued > _TICKET_SECONDS:
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        link = Link(socket, request)
        try:
            if len(self._links) >= CONNECTIONS:
                await link.send({"type": "disconnect", "reason": "too_many_websockets"})
                return socket
            await link.send(self._hello())
            self._links.append(link)
            self._open.set()
            await self._listen(link)
        finally:
            self._lose(link)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._links) + 1,
            "debug_info": {
                "host": _HOST, "build_number": 1, "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self._app_id},
        }  # fmt: skip

    async def _listen(self, link: Link) -> None:
        async for frame in link.socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            try:
                message = orjson.loads(frame.data)
            except orjson.JSONDecodeError:
                continue
            known = isinstance(message, dict) and "envelope_id" in message
            if known and not link.acknowledge(message):
                self.late += 1

    def _lose(self, link: Link) -> None:
        if link in self._links:
            self._links.remove(link)
        if not self._usable():
            self._open.clear()
        link.lose()

    # Delivering

    def _usable(self) -> list[Link]:
        return [link for link in self._links if not link.leaving]

    def connected(self) -> bool:
        """Whether an envelope could go out now."""
        return bool(self._usable())

    async def ready(self) -> None:
        """Returns when somebody is connected."""
        while not self.connected():
            await self._open.wait()
            if not self.connected():
                self._open.clear()

    async def offer(self, envelope: Envelope, seconds: float) -> Ack:
        """One envelope over one socket, and its acknowledgement."""
        started = time.monotonic()
        fault = await self._strike("envelope")
        usable = self._usable()
        if not usable:
            return Ack(0.0, error="connection_failed")
        self._turn += 1
        link = usable[self._turn % len(usable)]
        if fault and fault.kind == "drop_before":
            link.cut()
            self._lose(link)
            return Ack(time.monotonic() - started, error="connection_failed")
        try:
            left = max(0.0, seconds - (time.monotonic() - started))
            cut = bool(fault and fault.kind == "drop_after")
            answer = await link.deliver(envelope, left, cut)
            slow = await self._strike("ack")
            spent = time.monotonic() - started
            if spent > seconds or slow is not None:  # it came late, or got lost on the way
                self.late += 1
                return Ack(spent, error="http_timeout")
            return Ack(spent, answer.get("payload") or {})
        except TimeoutError:
            return Ack(seconds, error="http_timeout")
        except ConnectionError:
            return Ack(time.monotonic() - started, error="connection_failed")

    # Trouble on demand

    async def disconnect(self, reason: str, drop: bool, refuse_seconds: float) -> int:
        """Asks every connection to go (`drop`: cuts them without a word); how many there were.

        A `warning` leaves a socket in use for a while; after the others nothing new goes over it.
        """
        if refuse_seconds:
            self.refuse_for(refuse_seconds)
        links = list(self._links)
        for link in links:
            if drop:
                link.cut()
                self._lose(link)
                continue
            message = {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}
            with contextlib.suppress(ConnectionError):  # it is going already
                await link.send(message)
            if reason != "warning":
                link.leaving = True
                if not self._usable():
                    self._open.clear()
        return len(links)

    def describe(self) -> Json:
        """In numbers."""
        return {"open": len(self._links), "usable": len(self._usable()), "late_acks": self.late}

    async def close(self) -> None:
        """Ends every connection."""
        for link in list(self._links):
            await link.socket.close()
