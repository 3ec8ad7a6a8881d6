"""A sign of life at an address of the owner's choice: who watches it hears when that stops.

It is given only while the house truly works, never keeps anything waiting, and its address, which is a
secret, is in no log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import structlog

from bot.settings_sections import HeartbeatSettings
from broadcast.proxy import proxy_of

log = structlog.get_logger()
PATIENCE_SECONDS = 10.0
Works = Callable[[], Awaitable[bool]]


class Heartbeat:
    """`works` says whether all is well: asked before every beat."""

    def __init__(self, settings: HeartbeatSettings, works: Works) -> None:
        self._settings, self._works = settings, works
        self._failing = ""  # what was said of it last

    async def run(self) -> None:
        """Beat until cancelled; nothing that goes wrong here ends it."""
        address = self._settings.url.get_secret_value()
        limit = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        cookies = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(
            timeout=limit, cookie_jar=cookies, proxy=proxy_of(address)
        ) as client:
            while True:
                self._say(await self._beat(client, address))
                await asyncio.sleep(self._settings.seconds)

    async def _beat(self, client: aiohttp.ClientSession, address: str) -> str:
        """Why nobody heard it; empty when it was heard."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if not await self._works():
                    return "not_well"
                method = self._settings.method
                # A redirect would take the secret to somebody else.
                async with client.request(method, address, allow_redirects=False) as answer:
                    return "" if answer.status < 300 else f"status {answer.status}"
        except Exception as error:  # its words may hold the address
            return type(error).__name__

    def _say(self, why: str) -> None:
        """Once for each trouble, and once when it is over."""
        if why and not self._failing:
            log.warning("heartbeat_not_heard", why=why)
        elif self._failing and not why:
            log.info("heartbeat_heard_again")
        self._failing = why
