"""One lean POST whose failures are outcomes, for adapters that speak JSON over HTTP."""

from __future__ import annotations

import aiohttp
from yarl import URL

from broadcast.ports import Deferred, Outcome, Reason, Scope, Uncertain

CONNECTIONS = 128  # more than the deliveries in flight: answers to people find room
# `connect` covers the wait for a free connection as well. It ends before `total` does, so that
# a request that never left is told from one that left and was not answered.
SECONDS = aiohttp.ClientTimeout(total=30, connect=12)
UPLOAD_SECONDS = aiohttp.ClientTimeout(total=600, connect=12, sock_read=60)


def session(seconds: aiohttp.ClientTimeout = SECONDS) -> aiohttp.ClientSession:
    """No cookies, enough connections. To be made inside the running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, ttl_dns_cache=3600),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=seconds,
    )


async def post(
    client: aiohttp.ClientSession,
    url: URL,
    data: bytes | aiohttp.FormData,
    headers: dict[str, str],
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
    name = type(error).__name__
    # No connection (refused, no such host, no TLS, none free in time), or it was found closed
    # before the last byte was written: the platform never had a whole request. That concerns all.
    never_left = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
    if isinstance(error, never_left) or isinstance(
        error.__cause__, aiohttp.ClientConnectionResetError
    ):
        return Deferred(Reason.UNAVAILABLE, 0.0, Scope.ACCOUNT, name)
    return Uncertain(name)
