"""The line to whoever runs the product's process: it alone can kill it and read its ledger."""

from __future__ import annotations

import asyncio
import hmac
import itertools
from typing import Any

import orjson
from aiohttp import WSMsgType, web

Json = dict[str, Any]
KEY_HEADER = "X-Sandbox-Keeper"
KEY_SETTING = "SANDBOX_KEEPER_KEY"
_PATIENCE_SECONDS = 5.0


class Keeper:
    """One WebSocket, opened by who knows `key`. Without a key there is no such door."""

    def __init__(self, key: str = "") -> None:
        self._key = key
        self._socket: web.WebSocketResponse | None = None
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}

    @property
    def there(self) -> bool:
        """Whether somebody keeps the product."""
        return self._socket is not None and not self._socket.closed

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The keeper's own line: {"id", "ask"} goes out, {"id", "answer"} comes back."""
        given = request.headers.get(KEY_HEADER, "")
        if not self._key or not hmac.compare_digest(given.encode(), self._key.encode()):
            raise web.HTTPNotFound
        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        self._socket = socket
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(orjson.loads(message.data))
        finally:
            if self._socket is socket:
                self._socket = None
        return socket

    def _hear(self, said: Json) -> None:
        waiting = self._asked.pop(int(said.get("id", 0)), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(said.get("answer"))

    async def ask(self, what: str) -> Any:
        """Ask the keeper to do something, or for something. Raises LookupError when nobody is
        there or answers in time."""
        if self._socket is None or self._socket.closed:
            raise LookupError("nobody keeps the product of this sandbox")
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            await self._socket.send_str(orjson.dumps({"id": number, "ask": what}).decode())
            return await asyncio.wait_for(answer, _PATIENCE_SECONDS)
        except (TimeoutError, ConnectionError):
            raise LookupError("who keeps the product of this sandbox does not answer") from None
        finally:
            self._asked.pop(number, None)
