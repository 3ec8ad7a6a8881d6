"""Webhook mode, and the one plain call to the Bot API that needs no aiogram."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog

from broadcast.callback import Callback, CallbackAnswer
from broadcast.language import N_, terminal
from broadcast.lenient_json import a_number, a_text, parsed
from broadcast.proxy import proxy_of
from broadcast.untrusted_json import decoded
from channels._kit.errors import ChannelClosed
from channels.telegram.config import Config

log = structlog.get_logger()
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
SECRET_HEADER = "x-telegram-bot-api-secret-token"
# Telegram's usual 40, from one address, is more than the door and the reference proxy give a peer;
# what is refused there counts as our failure, and slows what comes after it.
AT_ONCE = 24
LOOK_SECONDS = 300.0
RETRY_SECONDS = 5.0
_REFUSED = frozenset({400, 401, 404})  # Telegram will not have it, however often we ask
Json = dict[str, Any]


class WebhookKeeper:
    """Has updates posted to `callback_url`, and sets it again when somebody took it away."""

    def __init__(self, config: Config, callback_url: str) -> None:
        self._config, self._url = config, callback_url
        self._base = f"{config.api_url}/bot{config.token.get_secret_value()}"
        self._set = False  # by this process, so with today's secret and kinds of update

    async def run(self) -> None:
        """Until cancelled. Raises ChannelClosed with Telegram's words when it refuses."""
        if not self._url:
            raise ChannelClosed(
                N_("Webhooks need TELLAL_HTTP__PUBLIC_URL: the https:// address that reaches us.")
            )
        timeout = aiohttp.ClientTimeout(total=30)
        proxy = proxy_of(self._base)
        async with aiohttp.ClientSession(timeout=timeout, proxy=proxy) as client:
            while True:
                try:
                    await self._look(client)
                    await asyncio.sleep(LOOK_SECONDS)
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                    log.warning("webhook_not_set", error=type(error).__name__)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _look(self, client: aiohttp.ClientSession) -> None:
        info = (await call(client, self._base, "getWebhookInfo", {})).get("result")
        if self._set and isinstance(info, dict) and info.get("url") == self._url:
            return
        fields = {
            "url": self._url,
            "allowed_updates": list(ALLOWED_UPDATES),
            "secret_token": self._config.secret(),
            "max_connections": AT_ONCE,
        }
        answer = await call(client, self._base, "setWebhook", fields)
        if answer.get("ok") is not True:
            words = a_text(answer.get("description"))
            if code_of(answer) in _REFUSED:
                raise ChannelClosed(
                    terminal().plain("Telegram refused the webhook: {why}", why=words)
                )
            raise ValueError(words)
        self._set = True


def answer(config: Config, callback: Callback) -> CallbackAnswer:
    """One posted update, if it is Telegram's: it repeats our secret. Kept before it is confirmed."""
    if not config.webhook:
        return CallbackAnswer(404, "webhooks are off\n")
    if callback.method != "POST" or not _repeats(callback.headers, config.secret()):
        return CallbackAnswer(403, "not Telegram\n")
    try:
        update = decoded(callback.body)
        event_id = str(int(update["update_id"]))
    except (ValueError, KeyError, TypeError):
        return CallbackAnswer(400, "not an update\n")
    return CallbackAnswer(keep=((event_id, update),))


def _repeats(headers: Mapping[str, str], secret: str) -> bool:
    given = {name.lower(): value for name, value in headers.items()}.get(SECRET_HEADER, "")
    return hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode())


class OddAnswer(ValueError):
    """Something answered, but not as the Bot API does."""


async def call(client: aiohttp.ClientSession, base: str, method: str, fields: Json) -> Json:
    """One call; the answer's JSON object, refusals included. Raises OddAnswer for anything else.

    `base` holds the token, so aiohttp's errors must never be shown as they are.
    """
    async with client.post(f"{base}/{method}", json=fields, allow_redirects=False) as response:
        answer = parsed(await response.read())
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        raise OddAnswer(f"HTTP {response.status} and not a Bot API answer")
    return answer


def code_of(answer: Json) -> int:
    """The error code of a refusal; 0 where there is none."""
    return int(a_number(answer.get("error_code")))
