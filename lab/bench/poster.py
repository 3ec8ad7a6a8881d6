"""Posts prepared requests over a few kept connections, at a steady pace or as fast as answered."""

from __future__ import annotations

import asyncio
import re
from array import array
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

CONNECTIONS = 64
_TICK_SECONDS = 0.002
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Posted:
    """Seconds from when each was due until its answer, and how many were not answered with 200."""

    seconds: array[float] = field(default_factory=lambda: array("d"))
    refused: int = 0
    began: float = 0.0
    ended: float = 0.0

    def rank_ms(self, share: float) -> float:
        found = sorted(self.seconds)
        return round(1000 * found[min(len(found) - 1, int(len(found) * share))], 1)


def request(url: str, headers: dict[str, str], body: bytes) -> bytes:
    """HTTP/1.1 as it goes over the wire."""
    place = urlsplit(url)
    lines = [f"POST {place.path} HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class _Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, poster: Poster) -> None:
        self._poster, self._buffer, self.due = poster, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(buffer, 0, end + 2)
        if len(buffer) >= end + 4 + (int(length[1]) if length else 0):
            self._buffer = b""
            self._poster.answered(self, buffer.startswith(b"HTTP/1.1 200"))

    def connection_lost(self, _: Exception | None) -> None:
        self._poster.lost()


class Poster:
    """`rate`: requests a second, 0: the next as soon as one is answered. An answer is counted from
    when its request was due: what waits for a free connection waits for the house."""

    def __init__(self, requests: list[bytes], rate: float) -> None:
        self._requests, self._rate = requests, rate
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._idle: deque[_Line] = deque()
        self._over = asyncio.get_running_loop().create_future()
        self.posted = Posted()

    async def run(self, url: str) -> Posted:
        """Returns when all are answered. Raises ConnectionError when the house hangs up."""
        lines = [await self._connect(url) for _ in range(CONNECTIONS)]
        self._idle += lines
        self.posted.began = monotonic()
        feeding = asyncio.create_task(self._feed())
        try:
            await self._over
        finally:
            feeding.cancel()
            for line in lines:
                line.transport.abort()
        self.posted.ended = monotonic()
        return self.posted

    async def _connect(self, url: str) -> _Line:
        place = urlsplit(url)
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: _Line(self), place.hostname or "", place.port or 80
        )
        return line

    async def _feed(self) -> None:
        began, given = monotonic(), 0
        while given < len(self._requests):
            now = monotonic()
            upto = int((now - began) * self._rate) + 1 if self._rate else len(self._requests)
            for number in range(given, min(upto, len(self._requests))):
                due = began + number / self._rate if self._rate else 0.0
                self._waiting.append((due, self._requests[number]))
            given = max(given, min(upto, len(self._requests)))
            while self._idle and self._waiting:
                self._next(self._idle.popleft())  # none is silent for long
            await asyncio.sleep(_TICK_SECONDS)

    def _next(self, line: _Line) -> None:
        due, raw = self._waiting.popleft()
        line.due = due or monotonic()
        line.transport.write(raw)

    def answered(self, line: _Line, well: bool) -> None:
        self.posted.seconds.append(monotonic() - line.due)
        self.posted.refused += not well
        if self._waiting:
            self._next(line)
        else:
            self._idle.append(line)
        if len(self.posted.seconds) == len(self._requests) and not self._over.done():
            self._over.set_result(None)

    def lost(self) -> None:
        if not self._over.done():
            self._over.set_exception(ConnectionError("the house hung up"))
