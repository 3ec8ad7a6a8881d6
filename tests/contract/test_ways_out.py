"""Between us and a platform: a proxy, a name that is not found, a certificate nobody knows, a port
that is shut. Where nothing got through, nobody is uncertain."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from broadcast.outcome import Accepted, Deferred, Reason, Scope
from channels._kit.http import Connector
from lab.processes import free_port
from tests.contract.odd import META_YES, Odd, a_bot, meta, odd, sent

WAYS = ("telegram", "whatsapp", "messenger")
FAR, HERE = "platform.test", "127.0.0.1"  # a name that only the proxy knows


class Proxy:
    """Passes requests in absolute form on; of CONNECT it says what `answers`, and tunnels a 200."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []  # the heads
        self.answers = b"200 OK"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked.append(head)
                if head.startswith(b"CONNECT"):
                    writer.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % self.answers)
                    await self._tunnel(head, reader, writer)
                    return
                await self._pass_on(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _pass_on(self, head: bytes, reader: Any, writer: Any) -> None:
        method, target, rest = head.split(b" ", 2)
        there = urlsplit(target.decode())
        assert there.netloc, "a proxy is asked for the whole address"
        low = head.lower()
        size = int(low.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        body = await reader.readexactly(size)
        back, on = await asyncio.open_connection(HERE, there.port)
        path = there.path + (f"?{there.query}" if there.query else "")
        closing = rest.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        on.write(b"%b %b %b%b" % (method, path.encode(), closing, body))
        writer.write(await back.read())
        await writer.drain()
        on.close()

    async def _tunnel(self, head: bytes, reader: Any, writer: Any) -> None:
        await writer.drain()
        if not self.answers.startswith(b"200"):
            return
        port = head.split()[1].decode().rpartition(":")[2]
        back, on = await asyncio.open_connection(HERE, int(port))
        await asyncio.gather(_pipe(reader, on), _pipe(back, writer))


async def _pipe(reader: Any, writer: Any) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def proxying() -> AsyncIterator[tuple[Proxy, int]]:
    made, port = Proxy(), free_port()
    server = await asyncio.start_server(made.serve, "127.0.0.1", port)
    try:
        yield made, port
    finally:
        server.close()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def server() -> AsyncIterator[Odd]:
    async with odd() as made:
        made.says("getMe", {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "T"}})
        made.says("sendMessage", {"ok": True, "result": {"message_id": 7}})
        yield made


def channel_of(way: str, server: Odd) -> Any:
    return a_bot(server) if way == "telegram" else meta(way, server)


@pytest.mark.parametrize("way", WAYS)
async def test_everything_goes_through_the_proxy_that_is_named(
    server: Odd, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "telegram":
        server.says("messages", META_YES[way])
    async with proxying() as (proxy, port):
        monkeypatch.setenv("HTTP_PROXY", f"http://us:word@127.0.0.1:{port}")
        channel = channel_of(way, Odd(server.url.replace(HERE, FAR)))
        await channel.open()
        opened = len(proxy.asked)
        assert isinstance(await sent(channel), Accepted)
        await channel.close()
    assert opened and len(proxy.asked) > opened
    login = b64encode(b"us:word")
    assert all(
        b"proxy-authorization: basic " + login.lower() in head.lower() for head in proxy.asked
    )


@pytest.mark.parametrize("way", WAYS)
async def test_this_machine_is_reached_straight(
    server: Odd, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "telegram":
        server.says("messages", META_YES[way])
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    channel = channel_of(way, server)
    await channel.open()
    assert isinstance(await sent(channel), Accepted)
    await channel.close()


async def unsent(way: str, url: str) -> Deferred:
    """One message to an address that leads nowhere."""
    server = Odd(url)
    channel = channel_of(way, server)
    await channel.open()
    said = await sent(channel)
    await channel.close()
    assert isinstance(said, Deferred), said
    assert (said.reason, said.scope) == (Reason.UNAVAILABLE, Scope.ACCOUNT)
    return said


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("host", ["no-such-host.invalid", "127.0.0.1", "[::1]"])
async def test_where_nobody_answers_nobody_is_uncertain(way: str, host: str) -> None:
    await unsent(way, f"http://{host}:{free_port()}")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "answer", [b"407 Proxy Authentication Required", b"403 Forbidden", b"502 Bad"]
)
async def test_a_proxy_that_opens_no_tunnel_leaves_nobody_uncertain(
    way: str, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxying() as (proxy, port):
        proxy.answers = answer
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        await unsent(way, f"https://{FAR}:{free_port()}")
        assert proxy.asked


class Names(AbstractResolver):
    """What a name stands for now."""

    def __init__(self, *addresses: str) -> None:
        self.addresses, self.asked = list(addresses), 0

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0)
            for one in self.addresses
        ]  # fmt: skip

    async def close(self) -> None: ...


@pytest.mark.parametrize("way", WAYS)
async def test_a_platform_that_moved_is_found_at_once(server: Odd, way: str) -> None:
    """Its name was looked up before, and is remembered for an hour."""
    if way != "telegram":
        server.says("messages", META_YES[way])
    url = server.url.replace(HERE, FAR)
    channel = channel_of(way, Odd(url))
    names = Names("127.0.0.2")  # nobody is there any more
    resolved: list[Connector] = []
    make = Connector.__init__

    def here(self: Connector, **named: Any) -> None:
        make(self, **named | {"resolver": names})
        resolved.append(self)

    Connector.__init__ = here  # type: ignore[method-assign]
    try:
        await channel.open()
    finally:
        Connector.__init__ = make  # type: ignore[method-assign]
    assert resolved
    assert isinstance(await sent(channel), Deferred)
    names.addresses = ["127.0.0.1"]
    assert isinstance(await sent(channel), Accepted)
    before = names.asked
    assert isinstance(await sent(channel), Accepted)
    assert names.asked == before, "it is remembered while it works"
    await channel.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that nobody has signed, as an inspecting firewall shows it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    made = tmp_path_factory.mktemp("tls") / "self.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made, "-out", f"{made}.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_text(made.read_text() + Path(f"{made}.crt").read_text())
    return made


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tunnel", [False, True])
async def test_a_certificate_nobody_knows_leaves_nobody_uncertain(
    way: str, tunnel: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    port = free_port()
    listening = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)
    try:
        async with proxying() as (proxy, through):
            if tunnel:
                monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{through}")
            await unsent(way, f"https://{FAR if tunnel else HERE}:{port}")
            assert bool(proxy.asked) is tunnel
    finally:
        listening.close()
    assert not any(heard), "not a byte of it was shown to whoever that was"


@pytest.mark.parametrize("way", WAYS)
async def test_a_port_that_speaks_no_tls_leaves_nobody_uncertain(way: str, server: Odd) -> None:
    await unsent(way, server.url.replace("http://", "https://"))
