"""Long polling with raw updates: kept durably first, confirmed afterwards. No aiogram here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import aiohttp
import structlog

from broadcast.ports import Keep

log = structlog.get_logger()
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
_POLL_SECONDS = 30
_MOST_PAUSE_SECONDS = 30.0


class TokenRefused(Exception):
    """Telegram does not know this token (any more): get a new one from @BotFather."""


class TelegramReceiver:
    """One poller of one token. Two at once would steal each other's updates (409)."""

    def __init__(
        self, *, token: str, api_url: str, keep: Keep, allowed_updates: Sequence[str] = ALLOWED
    ) -> None:
        self._base = f"{api_url}/bot{token}"
        self._keep, self._allowed = keep, list(allowed_updates)

    async def run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_POLL_SECONDS + 15, sock_connect=10)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            self._client = client
            offset, setbacks = 0, 0
            while True:
                try:
                    updates = await self._fetch(offset)
                    if updates:
                        await self._keep([(str(u["update_id"]), u) for u in updates])
                        offset = int(updates[-1]["update_id"]) + 1
                    setbacks = 0
                except TokenRefused:
                    # Admins may put the token right again; asking seldom costs nothing.
                    log.error("token_refused", hint="check the token with @BotFather")
                    await asyncio.sleep(_MOST_PAUSE_SECONDS)
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                    setbacks += 1
                    log.warning("poll_failed", error=type(error).__name__, setbacks=setbacks)
                    pause = min(_MOST_PAUSE_SECONDS, 0.5 * 2**setbacks)
                    await asyncio.sleep(pause * random.uniform(0.5, 1.0))

    async def _fetch(self, offset: int) -> list[dict[str, Any]]:
        answer = await self._call(
            "getUpdates",
            {"offset": offset, "timeout": _POLL_SECONDS, "allowed_updates": self._allowed},
        )
        code = answer.get("error_code")
        if answer.get("ok"):
            return list(answer["result"])
        if code in {401, 404}:
            raise TokenRefused
        words = str(answer.get("description", ""))
        if code == 409 and "webhook" in words:
            await self._call("deleteWebhook", {})
            return []
        log.warning("poll_refused", description=words)
        wait = (answer.get("parameters") or {}).get("retry_after", 3)
        await asyncio.sleep(float(wait))
        return []

    async def _call(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        async with self._client.post(f"{self._base}/{method}", json=fields) as response:
            answer = await response.json(content_type=None)
        if not isinstance(answer, dict):
            raise ValueError("not a Bot API answer")
        return answer
