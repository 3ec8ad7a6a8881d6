"""A sandbox on a free port and a bare HTTP client that speaks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson

from sandbox.server import Sandbox

TOKEN = "700100:AAtest-token_1"
ANN = 1_000_000_001
BOB = 1_000_000_002


class Wire:
    """Calls the Bot API without any library, and the control API without HTTP."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http
        self.url = sandbox.url

    async def raw(self, method: str, token: str = TOKEN, **params: Any) -> tuple[int, Any]:
        """Status and JSON of a form post."""
        form = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in params.items()
        }
        async with self.http.post(f"{self.url}/bot{token}/{method}", data=form) as answer:
            return answer.status, await answer.json(content_type=None)

    async def call(self, method: str, **params: Any) -> Any:
        """The result of a call that must succeed."""
        status, answer = await self.raw(method, **params)
        assert status == 200 and answer["ok"], answer
        return answer["result"]

    async def refusal(self, method: str, **params: Any) -> str:
        """The description of a call that must not."""
        status, answer = await self.raw(method, **params)
        assert not answer["ok"] and status == answer["error_code"], answer
        return str(answer["description"])

    async def do(self, verb: str, method: str = "POST", /, **data: Any) -> Any:
        """A verb of the control API."""
        return await self.sandbox.do(verb, method, **data)

    async def befriend(self, *people: int) -> None:
        """These people have started the bot."""
        await self.call("getMe")
        await self.do("start", people=people or [ANN, BOB])

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        """Whatever waits."""
        found: list[dict[str, Any]] = await self.call("getUpdates", **params)
        return found


async def eventually(found: Callable[[], Any | Awaitable[Any]], seconds: float = 60.0) -> Any:
    """The first true value; fails when none comes."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        value = found()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        await asyncio.sleep(0.02)
    raise AssertionError(f"it did not happen in {seconds} s")
