"""The public door: how long, how much and how many, before anything of a request is believed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from time import monotonic

import aiohttp
import pytest
from aiohttp import web

from broadcast.callback import Callback, CallbackAnswer
from web.door import MAX_BODY, Door, Limits
from web.server import build, serve

QUICK = Limits(connections=8, per_peer=3, head_seconds=0.4, body_seconds=0.4)
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def yes() -> bool:
    return True


async def numbers() -> bytes:
    return b""


async def taken(callback: Callback) -> CallbackAnswer:
    return CallbackAnswer(body=str(len(callback.body)))


@contextlib.asynccontextmanager
async def door(limits: Limits = QUICK) -> AsyncIterator[int]:
    runner = await serve(build(ready=yes, metrics=numbers, webhook=taken), "127.0.0.1", 0, limits)
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def ended(reader: asyncio.StreamReader, seconds: float = 60.0) -> bytes:
    """All that is said until the connection is closed."""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(seconds):
            return await reader.read()
    return b""


def request(headers: str = "", body: bytes = b"") -> bytes:
    return f"POST /webhooks/x HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode() + body


@pytest.mark.parametrize("said", [b"P", b"POST /webhooks/x HTTP/1.1\r\nHost:"])
async def test_who_does_not_finish_a_head_is_let_go(said: bytes) -> None:
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        assert await ended(reader) == b""
        writer.close()


async def test_who_never_says_anything_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.door.IDLE_SECONDS", 0.3)
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await ended(reader) == b""
        writer.close()


async def test_a_connection_kept_ready_is_not_closed_before_its_first_request() -> None:
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):  # the time for a head is over each time
            await asyncio.sleep(2 * QUICK.head_seconds)
            writer.write(request("Content-Length: 2\r\n", b"{}"))
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(1) == b"2"
        writer.close()


async def test_so_is_who_goes_on_letter_by_letter() -> None:
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        closed = asyncio.create_task(ended(reader))
        with contextlib.suppress(ConnectionError):
            for letter in request("X-A: " + "a" * 10_000):
                if closed.done():
                    break
                writer.write(bytes([letter]))
                await asyncio.sleep(0.02)
        assert await closed == b""


async def test_the_second_head_of_a_connection_has_the_same_time() -> None:
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request("Content-Length: 2\r\n", b"{}"))
        assert b"200 OK" in await reader.readuntil(b"\r\n")
        await asyncio.sleep(0.6)  # idle in between is no harm
        writer.write(request("Content-Length: 2\r\n", b"{}"))
        await asyncio.sleep(0.1)
        writer.write(b"POST /webhooks/x HTTP/1.1\r\n")
        assert (await ended(reader)).count(b"200 OK") == 1


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request("Content-Length: 4000000\r\n", b"{" * 1000))
        assert (await ended(reader)).startswith(b"HTTP/1.1 408")
        writer.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (f"Content-Length: {MAX_BODY + 1}\r\n", b"413"),
        ("Content-Encoding: gzip\r\nContent-Length: 10\r\n", b"400"),
        ("Content-Encoding: deflate, gzip\r\nTransfer-Encoding: chunked\r\n", b"400"),
    ],
)
async def test_what_will_not_be_read_is_refused_by_its_head(headers: str, status: bytes) -> None:
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(headers))
        assert (await ended(reader)).startswith(b"HTTP/1.1 " + status)
        writer.close()


async def test_a_body_without_a_length_is_bounded_too() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 2**16 + 2):
            yield b" " * 2**16

    async with door(Limits()) as port, aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{port}/webhooks/x"
        with contextlib.suppress(aiohttp.ClientError):
            assert (await client.post(url, data=parts())).status == 413
        assert await (await client.post(url, data=b" " * MAX_BODY)).text() == str(MAX_BODY)


async def slow_bodies(
    port: int, count: int, length: int
) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """So many connections that have sent the beginning of a body."""
    slow = []
    for _ in range(count):
        slow.append(await asyncio.open_connection("127.0.0.1", port))
        slow[-1][1].write(request(f"Content-Length: {length}\r\n", b"{" * 100_000))
    return slow


async def test_large_bodies_share_a_budget_that_small_ones_do_not_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.door._GRACE_SECONDS", 60.0)
    async with door(Limits(body_seconds=30.0)) as port, aiohttp.ClientSession() as client:
        slow = await slow_bodies(port, 12, 4_000_000)
        refused = await asyncio.wait_for(slow[-1][0].readline(), 60)
        assert b"503" in refused
        url = f"http://127.0.0.1:{port}/webhooks/x"
        assert (await client.post(url, data=b"{}")).status == 200
        for _, writer in slow:
            writer.close()


async def test_slow_large_bodies_do_not_keep_out_those_that_are_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.door._GRACE_SECONDS", 0.0)
    async with door(Limits(body_seconds=60.0)) as port, aiohttp.ClientSession() as client:
        slow = await slow_bodies(port, 4, MAX_BODY)
        url = f"http://127.0.0.1:{port}/webhooks/x"
        assert (await client.post(url, data=b"{}")).status == 200
        for _ in range(3):
            assert (await client.post(url, data=b" " * 1_000_000)).status == 200
        assert await ended(slow[0][0]) == b""
        assert not slow[-1][0].at_eof(), "no more had to leave than was needed"
        for _, writer in slow:
            writer.close()


async def test_when_all_places_are_taken_the_one_that_waited_longest_gives_way() -> None:
    async with door(Limits(connections=8, head_seconds=30.0)) as port:
        silent: list[Pair] = []
        for _ in range(20):
            silent.append(await asyncio.open_connection("127.0.0.1", port))
            await asyncio.sleep(0.01)
        async with aiohttp.ClientSession() as client:
            for _ in range(3):
                url = f"http://127.0.0.1:{port}/webhooks/x"
                assert (await client.post(url, data=b"{}")).status == 200
        assert await ended(silent[0][0]) == b""
        assert not silent[-1][0].at_eof()
        for _, writer in silent:
            writer.close()


async def test_one_peer_has_only_so_many_places_but_this_machine_may_be_a_proxy() -> None:
    class Connection:
        gone = False

        def end(self) -> None:
            self.gone = True

    made = Door(web.Server(taken), QUICK)  # type: ignore[arg-type]
    first = [Connection() for _ in range(4)]
    let_in = [made.enter(one, "203.0.113.9") for one in first]  # type: ignore[arg-type]
    assert let_in == [True, True, True, False]
    assert made.enter(Connection(), "198.51.100.1")  # type: ignore[arg-type]
    assert all(made.enter(Connection(), "127.0.0.1") for _ in range(4))  # type: ignore[arg-type]
    assert not made.enter(Connection(), "::1"), "all of them work: nobody can give way"  # type: ignore[arg-type]
    made.leave(first[0], "203.0.113.9")  # type: ignore[arg-type]
    assert made.enter(Connection(), "203.0.113.9")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("peer", "bounded"),
    [
        ("127.0.0.1", False), ("::1", False), ("172.17.0.1", False), ("10.0.2.100", False),
        ("192.168.1.7", False), ("100.64.3.2", False), ("fd12::7", False), ("fe80::1%eth0", False),
        ("::ffff:172.18.0.1", False), ("", False),
        ("203.0.113.9", True), ("172.32.0.1", True), ("149.154.167.220", True),
        ("2001:67c:4e8:1033::a", True), ("::ffff:203.0.113.9", True),
    ],
)  # fmt: skip
async def test_a_proxy_or_a_containers_gateway_is_not_one_peer(peer: str, bounded: bool) -> None:
    """Behind them everybody has one address: a few strangers would shut out the platforms."""

    class Connection:
        def end(self) -> None: ...

    made = Door(web.Server(taken), QUICK)  # type: ignore[arg-type]
    let_in = [made.enter(Connection(), peer) for _ in range(6)]  # type: ignore[arg-type]
    assert let_in.count(False) == (3 if bounded else 0)


async def test_idle_is_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.door.IDLE_SECONDS", 0.3)
    async with door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = monotonic()
        writer.write(request("Content-Length: 2\r\n", b"{}"))
        assert b"200 OK" in await ended(reader)
        assert monotonic() - began >= 0.3
