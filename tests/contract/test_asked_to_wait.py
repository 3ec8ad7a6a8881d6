"""A wait that is asked for in the answer's headers or words, by the platform or by what is before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from broadcast.outcome import Deferred, Reason, Refused, Scope
from tests.contract.odd import PAGE, Odd, a_bot, meta, odd, sent

WAYS = ("telegram", "whatsapp", "messenger")
METHOD = {"telegram": "sendMessage", "whatsapp": "messages", "messenger": "messages"}


@pytest.fixture
async def server() -> AsyncIterator[Odd]:
    async with odd() as made:
        yield made


async def answered(server: Odd, way: str, body: object, status: int) -> Any:
    channel = a_bot(server) if way == "telegram" else meta(way, server)
    await channel.open()
    server.says(METHOD[way], body, status)
    said = await sent(channel)
    await channel.close()
    return said


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("header", "seconds"), [("120", 120.0), ("soon", 1.0), ("-9", 1.0)])
async def test_a_proxys_429_is_waited_for_as_it_asks(
    server: Odd, way: str, header: str, seconds: float
) -> None:
    server.headers = {"Retry-After": header}
    said = await answered(server, way, PAGE, 429)
    assert isinstance(said, Deferred) and said.reason is Reason.THROTTLED
    assert (said.scope, said.retry_after) == (Scope.ACCOUNT, seconds)


async def test_telegrams_429_that_says_how_long_only_in_words(server: Odd) -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 30"}
    said = await answered(server, "telegram", body, 429)
    assert isinstance(said, Deferred) and said.retry_after == 30.0


@pytest.mark.parametrize("way", ["whatsapp", "messenger"])
async def test_metas_own_429_with_a_header(server: Odd, way: str) -> None:
    server.headers = {"Retry-After": "90"}
    said = await answered(server, way, {"error": {"code": 4, "message": "limit"}}, 429)
    assert isinstance(said, Deferred) and said.retry_after == 90.0
    said = await answered(server, way, {"error": {"code": 4, "message": "limit"}}, 400)
    assert isinstance(said, Deferred) and said.retry_after == 5.0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [302, 403, 407, 413, 451])
async def test_a_page_that_lets_nobody_through_leaves_nobody_uncertain(
    server: Odd, way: str, status: int
) -> None:
    """A corporate proxy that wants a login, a country's wall: nothing had got to the platform."""
    said = await answered(server, way, PAGE, status)
    assert isinstance(said, Refused) and said.scope is Scope.ACCOUNT
    assert str(status) in said.detail and "between" in said.detail
