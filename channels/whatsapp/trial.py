"""What a benchmark has to know of WhatsApp: how to call it, and how it answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
from pydantic import SecretStr

from broadcast.ports import Call, Trial
from channels.whatsapp.config import Config
from channels.whatsapp.trial_news import callback

_FIRST_NUMBER = 905_300_000_000
_VERSION = "v25.0"
_HEADERS = {"Authorization": "Bearer EAAbench", "Content-Type": "application/json"}


def trial() -> Trial:
    return Trial(
        callback=callback,
        config=_config,
        address=lambda number: str(_FIRST_NUMBER + number),
        call=_call,
        plain=("json_loop", _plain),
        is_message=lambda path: b"messages" in path,
        recipient=re.compile(rb'"to":\s*"(\d+)"'),
        accepted=b'{"messaging_product":"whatsapp","contacts":[{"input":"905300000000","wa_id":'
        b'"905300000000"}],"messages":[{"id":"wamid.HBgMOTA1MzAwMDAwMDAw"}]}',
        others=((b"message_templates", b'{"data":[]}'), (b"/", b'{"id":"1"}')),
        throttled=_throttled,
    )


def _config(url: str, account: int, rate: float) -> Config:
    return Config(
        phone_number_id=str(account + 1), business_account_id="1", api_version=_VERSION,
        access_token=SecretStr("EAAbench"), api_url=url, rate_per_second=rate,
    )  # fmt: skip


def _message(address: str, words: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": address,
        "type": "text", "text": {"body": words, "preview_url": False},
    }  # fmt: skip


def _call(url: str, account: int, words: str) -> Call:
    before, _, after = orjson.dumps(_message("@", words)).partition(b"@")
    return Call(
        f"{url}/{_VERSION}/{account + 1}/messages",
        _HEADERS,
        lambda address: before + address.encode() + after,
    )


def _throttled(seconds: int) -> bytes:
    return orjson.dumps({"error": {"code": 130429, "message": f"Wait {seconds} s"}})


@asynccontextmanager
async def _plain(
    url: str, account: int, words: str, concurrency: int
) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """What everybody writes first."""
    target = f"{url}/{_VERSION}/{account + 1}/messages"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as client:

        async def send(address: str) -> Any:
            body = _message(address, words)
            async with client.post(target, json=body, headers=_HEADERS) as answer:
                return await answer.json()

        yield send
