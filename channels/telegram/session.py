"""aiogram's HTTP session with room for a broadcast."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import aiohttp
import orjson
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError
from aiogram.methods.base import Response, TelegramMethod, TelegramType
from aiogram.types import Message

from broadcast.lenient_json import a_dict, a_number, a_string, parsed
from broadcast.proxy import proxy_of
from broadcast.retry_after import a_wait, in_words
from channels._kit.http import CONNECTIONS, SECONDS, Connector

if TYPE_CHECKING:
    from aiogram import Bot

# pydantic keeps a generic only as long as somebody else does: aiogram would rebuild it (9 ms).
_KEPT = Response[Message]


class Session(AiohttpSession):
    """No cookies, no default headers, enough connections; everything else is aiogram's."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api_url), limit=CONNECTIONS, timeout=30)
        self._api_url = api_url
        self._connector_type = Connector

    async def close(self) -> None:
        """aiogram's own waits a quarter of a second, for TLS to say goodbye."""
        if self.api.base.startswith("https:"):
            await super().close()
        elif self._session is not None:
            await self._session.close()

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """aiogram's own, with what it would stumble over put right. Raises its errors."""
        body = parsed(content.encode(errors="replace"))
        if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
            why = ValueError("not a Bot API answer")
            raise ClientDecodeError("Failed to decode object", why, content)
        if not body["ok"]:
            words = a_string(body.get("description"))
            wait = a_wait(a_dict(body.get("parameters")).get("retry_after")) or in_words(words)
            body = {
                "ok": False,
                "error_code": int(a_number(body.get("error_code"), status_code)),
                "description": words or f"HTTP {status_code}",
                "parameters": {"retry_after": ceil(wait)} if wait else None,
            }
        return super().check_response(bot, method, status_code, orjson.dumps(body).decode())

    async def create_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=self._connector_type(**self._connector_init),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=SECONDS,
                proxy=proxy_of(self._api_url),
            )
            self._should_reset_connector = False
        return self._session


def taken_all_the_same(error: ClientDecodeError) -> bool:
    """Whether Telegram said yes, and aiogram could only not read to what."""
    return isinstance(error.data, dict) and error.data.get("ok") is True
