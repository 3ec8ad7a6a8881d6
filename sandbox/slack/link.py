"""One WebSocket of the app: envelopes over it, and who waits for which acknowledgement."""

from __future__ import annotations

import asyncio

import orjson
from aiohttp import web

from sandbox.slack.envelopes import Envelope
from sandbox.slack.workspace import Json


class Link:
    """One open socket; `leaving` after a disconnect message: nothing new goes over it."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.leaving = False
        self._waiting: dict[str, list[asyncio.Future[Json]]] = {}

    async def send(self, message: Json) -> None:
        """One JSON message."""
        await self.socket.send_str(orjson.dumps(message).decode())

    async def deliver(self, envelope: Envelope, seconds: float, cut: bool = False) -> Json:
        """Sends an envelope and waits for its acknowledgement; `cut`: drops the line behind it.

        Raises TimeoutError when none comes, ConnectionError when the socket goes first.
        """
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(envelope.id, [])
        waiting.append(future)
        try:
            try:
                await self.send(_frame(envelope))
            except RuntimeError:  # aiohttp: the transport is closing
                raise ConnectionError from None
            if cut:
                self.cut()
            return await asyncio.wait_for(future, seconds)
        finally:
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._waiting.pop(envelope.id, None)

    def lose(self) -> None:
        """The connection is gone: nobody will answer over it any more."""
        for waiting in self._waiting.values():
            for future in waiting:
                if not future.done():
                    future.set_exception(ConnectionError())

    def cut(self) -> None:
        """Drops the connection without a goodbye."""
        if self.request.transport is not None:
            self.request.transport.abort()

    def acknowledge(self, message: Json) -> bool:
        """Hands an acknowledgement to whoever still waits for it."""
        waiting = self._waiting.get(str(message.get("envelope_id")))
        while waiting:
            future = waiting.pop(0)
            if not future.done():
                future.set_result(message)
                return True
        return False


def _frame(envelope: Envelope) -> Json:
    frame: Json = {
        "envelope_id": envelope.id,
        "payload": envelope.payload,
        "type": envelope.kind,
        "accepts_response_payload": envelope.kind != "events_api",
    }
    if envelope.kind == "events_api" or envelope.attempt:
        frame |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
    return frame
