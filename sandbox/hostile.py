"""A network that means us no good: a raw TCP proxy before a platform's stand-in, whose answers it
resets, cuts, drips, garbles or invents. Only requests whose path ends in one of `paths` are struck."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PAGE = b"<!DOCTYPE html><html><title>Welcome</title><body>Please sign in.</body></html>"


class _Line:
    """One client's connection, with the request it has just made."""

    def __init__(self, proxy: HostileProxy, writer: asyncio.StreamWriter) -> None:
        self._proxy, self.writer = proxy, writer
        self.request = b""

    async def pass_on(self) -> tuple[bytes, bytes]:
        """What the platform answers: head and body."""
        return await self._proxy.ask(self.request)

    async def write(self, *parts: bytes, pause: float = 0.0) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            if pause:
                await asyncio.sleep(pause)

    def reset(self) -> None:
        """A reset in place of an orderly end."""
        raw = self.writer.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()


Mode = Callable[[_Line], Awaitable[None]]


def _page(status: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(_PAGE)) + _PAGE


def _head(head: bytes, length: int) -> bytes:
    return _LENGTH.sub(b"\r\nContent-Length: %d" % length, head)


async def _well(line: _Line) -> None:
    await line.write(*await line.pass_on())


async def _reset_before(line: _Line) -> None:
    line.reset()


async def _reset_after(line: _Line) -> None:
    await line.pass_on()
    line.reset()


async def _closed_before(line: _Line) -> None:
    line.close()


async def _closed_after(line: _Line) -> None:
    await line.pass_on()
    line.close()


async def _half_head(line: _Line) -> None:
    head, _ = await line.pass_on()
    await line.write(head[: len(head) // 2])
    line.close()


async def _half_answer(line: _Line) -> None:
    head, body = await line.pass_on()
    await line.write(head, body[: len(body) // 2])
    line.reset()


async def _slow_drip(line: _Line) -> None:
    whole = b"".join(await line.pass_on())
    await line.write(*(whole[i : i + 8] for i in range(0, len(whole), 8)), pause=0.002)


async def _length_too_long(line: _Line) -> None:
    head, body = await line.pass_on()
    await line.write(_head(head, len(body) + 100), body)
    line.close()


async def _length_too_short(line: _Line) -> None:
    head, body = await line.pass_on()
    await line.write(_head(head, len(body) - 7), body)


async def _page_502(line: _Line) -> None:
    await line.write(_page(b"502 Bad Gateway"))


async def _page_502_after(line: _Line) -> None:
    await line.pass_on()
    await line.write(_page(b"502 Bad Gateway"))


async def _portal(line: _Line) -> None:
    await line.write(_page(b"200 OK"))


async def _redirect(line: _Line) -> None:
    await line.write(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")


async def _empty_200(line: _Line) -> None:
    await line.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def _no_content(line: _Line) -> None:
    await line.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def _closes_unsaid(line: _Line) -> None:
    await _well(line)
    line.close()


async def _http10(line: _Line) -> None:
    _, body = await line.pass_on()
    await line.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n", body)
    line.close()


async def _chunked(line: _Line) -> None:
    _, body = await line.pass_on()
    await line.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for i in range(0, len(body), 50):
        part = body[i : i + 50]
        await line.write(b"%x;x=y\r\n%b\r\n" % (len(part), part))
    await line.write(b"0\r\nX-Trailer: y\r\n\r\n")


async def _chunk_garbage(line: _Line) -> None:
    _, body = await line.pass_on()
    await line.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", body)
    line.close()


async def _chunk_cut(line: _Line) -> None:
    _, body = await line.pass_on()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body)
    await line.write(head, body[:-3])
    line.close()


async def _duplicate_headers(line: _Line) -> None:
    head, body = await line.pass_on()
    twice = b"X-Same: 1\r\nX-Same: 2\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n"
    await line.write(head[:-2] + twice, body)


async def _two_lengths(line: _Line) -> None:
    head, body = await line.pass_on()
    await line.write(head[:-2] + b"Content-Length: 3\r\n\r\n", body)
    line.close()


async def _huge_head(line: _Line) -> None:
    head, body = await line.pass_on()
    await line.write(head[:-2] + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n", body)
    line.close()


async def _not_http(line: _Line) -> None:
    await line.pass_on()
    await line.write(b"\x16\x03\x01\x00\xa5SSH-2.0-OpenSSH_9.2\r\n\x00\xff")
    line.close()


async def _continue_first(line: _Line) -> None:
    await line.write(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n")
    await _well(line)


async def _twice_answered(line: _Line) -> None:
    """The same answer once more, later: the next request there must not take it for its own."""
    answer = b"".join(await line.pass_on())
    await line.write(answer)
    await asyncio.sleep(0.02)
    await line.write(answer)


async def _byte_order_mark(line: _Line) -> None:
    head, body = await line.pass_on()
    marked = b"\xef\xbb\xbf" + body
    await line.write(_head(head, len(marked)), marked)


async def _other_spelling(line: _Line) -> None:
    head, body = await line.pass_on()
    spaced = b" \r\n" + body.replace(b'":', b'" : ').replace(b',"', b' ,\n"') + b"\n"
    await line.write(_head(head, len(spaced)), spaced)


async def _silent(line: _Line) -> None:
    await line.pass_on()
    await asyncio.sleep(600)


MODES: dict[str, Mode] = {
    mode.__name__.removeprefix("_"): mode
    for mode in (
        _well, _reset_before, _reset_after, _closed_before, _closed_after, _half_head, _half_answer,
        _slow_drip, _length_too_long, _length_too_short, _page_502, _page_502_after, _portal,
        _redirect, _empty_200, _no_content, _closes_unsaid, _http10, _chunked, _chunk_garbage,
        _chunk_cut, _duplicate_headers, _two_lengths, _huge_head, _not_http, _continue_first,
        _twice_answered, _byte_order_mark, _other_spelling, _silent,
    )
}  # fmt: skip
# Whoever is asked through these gets an answer that says all: it has to be understood.
HARMLESS = frozenset({
    "well", "slow_drip", "closes_unsaid", "http10", "chunked", "duplicate_headers", "continue_first",
    "byte_order_mark", "other_spelling",
})  # fmt: skip


class HostileProxy:
    """`modes` are drawn from for every request that is struck; empty: all goes well. `only`: which
    requests can be, as their bytes."""

    def __init__(self, platform: str, paths: Sequence[str], seed: int = 1) -> None:
        found = urlsplit(platform)
        self._host, self._port = found.hostname or "127.0.0.1", found.port or 80
        self._paths = tuple(path.encode() for path in paths)
        self._chance = random.Random(seed)
        self.modes: Sequence[str] = ()
        self.only: Callable[[bytes], bool] = lambda request: True
        self.struck: Counter[str] = Counter()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, request by request, until it leaves or is thrown out."""
        line = _Line(self, writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while not writer.is_closing():
                line.request = await _message(reader)
                path = line.request.split(b" ", 2)[1].partition(b"?")[0]
                mode = "well"
                if self.modes and path.endswith(self._paths) and self.only(line.request):
                    mode = self._chance.choice(self.modes)
                    self.struck[mode] += 1
                await MODES[mode](line)
        with contextlib.suppress(OSError):
            writer.close()

    async def ask(self, request: bytes) -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(request)
            head, _, body = (await _message(reader)).partition(b"\r\n\r\n")
            return head + b"\r\n\r\n", body
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One message with a length, or none and no body."""
    head = await reader.readuntil(b"\r\n\r\n")
    if b"chunked" in head.lower():
        return head + await _until_the_last_chunk(reader)
    length = _LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


async def _until_the_last_chunk(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        size = await reader.readuntil(b"\r\n")
        parts.append(size + await reader.readexactly(int(size, 16) + 2))
        if size.strip() == b"0":
            return b"".join(parts)


@asynccontextmanager
async def hostile(
    platform: str, paths: Sequence[str], seed: int = 1
) -> AsyncIterator[HostileProxy]:
    """Before the platform at this address; `url` is where to go instead."""
    proxy = HostileProxy(platform, paths, seed)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(proxy.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    path = urlsplit(platform).path
    proxy.url = f"http://127.0.0.1:{port}{path}"
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
