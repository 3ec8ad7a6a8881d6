"""One lean POST whose failures are outcomes, for adapters that speak JSON over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from broadcast.outcome import Deferred, Outcome, Reason, Scope, Uncertain
from broadcast.proxy import proxy_of
from broadcast.retry_after import a_wait

CONNECTIONS = 128  # more than the deliveries in flight: answers to people find room
# `connect` covers the wait for a free connection as well. It ends before `total` does, so that
# a request that never left is told from one that left and was not answered.
SECONDS = aiohttp.ClientTimeout(total=30, connect=12)
UPLOAD_SECONDS = aiohttp.ClientTimeout(total=600, connect=12, sock_read=60)
_ANSWER_SECONDS = 30.0
_LOOK_SECONDS = 0.5  # later than that at most
# What a session would add; answers come as they are, the body is small.
_LEFT_OUT = frozenset({"content-length", "accept-encoding"})


class Connector(aiohttp.TCPConnector):
    """Keeps no connection on which something came unasked: it would be taken for the answer to the
    next request, and every later one for the one behind it. Looks a name up again once where it led
    to cannot be reached: a platform moves, and names are remembered for an hour."""

    async def _create_connection(self, *given: Any, **named: Any) -> Any:
        try:
            return await super()._create_connection(*given, **named)
        except aiohttp.ClientConnectorDNSError:
            raise  # nothing was found: there is nothing to forget
        except BaseException:  # also when it took too long, which ends in a cancellation
            self.clear_dns_cache()
            raise

    def _get(self, key: Any, traces: Any) -> Any:
        """On the hot path: the coroutine is aiohttp's own."""
        waiting = self._conns.get(key)
        while waiting and waiting[0][0].should_close:
            waiting.popleft()[0].close()
            if not waiting:
                del self._conns[key]
        return super()._get(key, traces)


def session(address: str, seconds: aiohttp.ClientTimeout = SECONDS) -> aiohttp.ClientSession:
    """For requests to `address`: no cookies, enough connections. To be made inside the running loop."""
    return aiohttp.ClientSession(
        connector=Connector(limit=CONNECTIONS, ttl_dns_cache=3600),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=seconds,
        proxy=proxy_of(address),
    )


class Route:
    """POSTs to one address, over and over, on a session's own connections.

    The connector keeps the pool, names and TLS, and aiohttp's parser reads the answers. What is
    left out is what a session builds anew for every request: a third of the CPU remains
    (docs/decisions/0020). To be made inside the running loop. `heed` is shown each answer's headers;
    `wait`: seconds the latest answer asked for in them, a 429; read before the next await.
    """

    def __init__(
        self, client: aiohttp.ClientSession, url: URL, headers: dict[str, str],
        heed: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:  # fmt: skip
        assert client.connector is not None
        self._heed, self.wait = heed, 0.0
        self._connector, self._loop = client.connector, asyncio.get_running_loop()
        proxy = proxy_of(str(url))
        through = URL(proxy) if proxy else None
        self._request = aiohttp.ClientRequest(
            "POST", url, headers=headers, session=client, loop=self._loop, proxy=through
        )
        # When each answer must be here, the next first. One timer for all: one for each request
        # would be a tenth of its cost.
        self._due: dict[asyncio.Transport, float] = {}
        self._looking = False
        fields = [
            f"{name}: {value}"
            for name, value in self._request.headers.items()
            if name.lower() not in _LEFT_OUT
        ]
        target = url.raw_path_qs
        if through is not None and url.scheme == "http":  # the proxy reads it, and passes it on
            target = str(url)
            if through.user:
                login = aiohttp.BasicAuth(through.user, through.password or "")
                fields.append(f"Proxy-Authorization: {login.encode()}")
        lines = [f"POST {target} HTTP/1.1", *fields, "Content-Length: "]
        self._head = "\r\n".join(lines).encode()

    async def post(self, body: bytes) -> tuple[int, bytes] | Outcome:
        """Status and body, or what it means that there are none. Redirects are not followed."""
        try:
            connection = await self._connector.connect(self._request, [], SECONDS)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _never_left(error)
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None:
            connection.close()
            return _never_left(ConnectionResetError())
        self._due[transport] = self._loop.time() + _ANSWER_SECONDS
        if not self._looking:
            self._look_later()
        try:
            protocol.set_response_params(read_until_eof=True)
            transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            message, payload = await protocol.read()
            while message.code < 200:  # "continue" and the like: the answer is still to come
                message, payload = await protocol.read()
            raw = await payload.read()
        except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
            connection.close()
            return Uncertain(type(error).__name__)
        except BaseException:
            connection.close()
            raise
        finally:
            del self._due[transport]
        connection.release()
        if self._heed is not None:
            self._heed(message.headers)
        self.wait = a_wait(message.headers.get("Retry-After")) if message.code == 429 else 0.0
        return message.code, raw

    def _look_later(self) -> None:
        self._looking = True
        self._loop.call_later(_LOOK_SECONDS, self._give_up_late_ones)

    def _give_up_late_ones(self) -> None:
        now = self._loop.time()
        for transport, until in list(self._due.items()):
            if until > now:
                break
            transport.abort()
        self._looking = False
        if self._due:
            self._look_later()


async def post(
    client: aiohttp.ClientSession,
    url: URL,
    data: bytes | aiohttp.FormData,
    headers: dict[str, str] | None,
    seconds: aiohttp.ClientTimeout = SECONDS,
) -> tuple[int, bytes] | Outcome:
    """Status and body, or what it means that there are none. Addresses hold secrets: not told."""
    try:
        async with client.post(
            url, data=data, headers=headers, allow_redirects=False, timeout=seconds
        ) as answer:
            return answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return unanswered(error)


def unanswered(error: BaseException) -> Outcome:
    """Whether anything can have been accepted when there is no answer."""
    # No connection (refused, no such host, no TLS, none free in time), or it was found closed
    # before the last byte was written: the platform never had a whole request. That concerns all.
    never_left = (
        aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError,
    )  # fmt: skip
    if isinstance(error, never_left) or isinstance(
        error.__cause__, aiohttp.ClientConnectionResetError
    ):
        return _never_left(error)
    return Uncertain(type(error).__name__)


def _never_left(error: BaseException) -> Outcome:
    return Deferred(Reason.UNAVAILABLE, 0.0, Scope.ACCOUNT, type(error).__name__)
