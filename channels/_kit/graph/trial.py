"""How a benchmark speaks to Graph: a template of a request, and what everybody writes first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import orjson

from broadcast.channel import Call

TOKEN, VERSION = "EAAbench", "v25.0"
_HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
Words = Callable[[str, str], dict[str, Any]]  # the body of a text, by address and words
Plain = Callable[..., AbstractAsyncContextManager[Callable[[str], Awaitable[Any]]]]


def call_of(words_of: Words) -> Callable[[str, int, str], Call]:
    """For `Trial.call`."""

    def call(url: str, account: int, words: str) -> Call:
        before, _, after = orjson.dumps(words_of("@", words)).partition(b"@")
        return Call(
            _messages(url, account), _HEADERS, lambda address: before + address.encode() + after
        )

    return call


def plain_of(words_of: Words) -> Plain:
    """For `Trial.plain`: a session, a dict, `json=`."""

    @asynccontextmanager
    async def plain(
        url: str, account: int, words: str, concurrency: int
    ) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
        target, pool = _messages(url, account), aiohttp.TCPConnector(limit=concurrency)
        async with aiohttp.ClientSession(connector=pool) as client:

            async def send(address: str) -> Any:
                body = words_of(address, words)
                async with client.post(target, json=body, headers=_HEADERS) as answer:
                    return await answer.json()

            yield send

    return plain


def throttled_as(code: int) -> Callable[[int], bytes]:
    """For `Trial.throttled`."""
    return lambda seconds: orjson.dumps({"error": {"code": code, "message": f"Wait {seconds} s"}})


def _messages(url: str, account: int) -> str:
    return f"{url}/{VERSION}/{account + 1}/messages"
