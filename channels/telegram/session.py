"""aiogram's HTTP session with room for a broadcast, and one post whose failures are outcomes."""

from __future__ import annotations

import aiohttp
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods.base import Response
from aiogram.types import Message
from yarl import URL

from broadcast.ports import Deferred, Outcome, Reason, Scope, Uncertain

CONNECTIONS = 128  # more than the 100 deliveries in flight: answers to people find room
# `connect` covers the wait for a free connection as well. It ends before `total` does, so that
# a request that never left is told from one that left and was not answered.
SECONDS = aiohttp.ClientTimeout(total=30, connect=12)
UPLOAD_SECONDS = aiohttp.ClientTimeout(total=600, connect=12, sock_read=60)
# pydantic keeps a generic only as long as somebody else does: aiogram would rebuild it (9 ms).
_KEPT = Response[Message]


class Session(AiohttpSession):
    """No cookies, no default headers, enough connections; everything else is aiogram's."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api_url), limit=CONNECTIONS, timeout=30)

    async def create_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=self._connector_type(**self._connector_init),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=SECONDS,
            )
            self._should_reset_connector = False
        return self._session


async def post(
    client: aiohttp.ClientSession,
    url: URL,
    data: bytes | aiohttp.FormData,
    headers: dict[str, str] | None,
    seconds: aiohttp.ClientTimeout = SECONDS,
) -> tuple[int, bytes] | Outcome:
    """Status and body, or what it means that there are none. The URL holds the token: not told."""
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
    # before the last byte was written: the API never had a whole request. That concerns all.
    never_left = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
    if isinstance(error, never_left) or isinstance(
        error.__cause__, aiohttp.ClientConnectionResetError
    ):
        return Deferred(Reason.UNAVAILABLE, 0.0, Scope.ACCOUNT, name)
    return Uncertain(name)
