"""A server fast enough not to be the bottleneck of a benchmark: counts sends, answers at once.

Run as a process of its own: `python -m bot.sink PORT_FILE`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

_OK = b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"text":"x"}}'
_ME = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"Sink","username":"sink_bot"}}'
_TRUE = b'{"ok":true,"result":true}'


def _response(body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


_SENT, _BOT, _DONE = _response(_OK), _response(_ME), _response(_TRUE)


class Sink(asyncio.Protocol):
    """HTTP/1.1 with Content-Length bodies, pipelining not needed."""

    received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._transport.write(self._answer(head[: head.find(b"\r\n")]))

    def _answer(self, request_line: bytes) -> bytes:
        if b"/send" in request_line:
            Sink.received += 1
            return _SENT
        if b"/getMe" in request_line:
            return _BOT
        if b"/received" in request_line:
            return _response(b'{"received":%d}' % Sink.received)
        return _DONE


async def main(announce: Callable[[int], None]) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _announce(port: int) -> None:
    part = Path(sys.argv[1] + ".part")
    part.write_text(str(port))
    part.rename(sys.argv[1])


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(_announce))
