"""aiogram's HTTP session with room for a broadcast."""

from __future__ import annotations

import aiohttp
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods.base import Response
from aiogram.types import Message

from channels._kit.http import CONNECTIONS, SECONDS

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
