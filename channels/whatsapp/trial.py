"""What a benchmark has to know of WhatsApp: how to call it, and how it answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
from pydantic import SecretStr

from broadcast.ports import Call, Receipt, Trial
from channels._kit.graph import SIGNATURE_HEADER, signature
from channels.whatsapp.config import Config

_FIRST_NUMBER = 905_300_000_000
_VERSION = "v25.0"
_HEADERS = {"Authorization": "Bearer EAAbench", "Content-Type": "application/json"}


def trial() -> Trial:
    return Trial(
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
        callback=_callback,
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


def _callback(receipts: Sequence[Receipt], secret: str) -> tuple[dict[str, str], bytes]:
    """Statuses as Meta posts them, with what it says about the price (facts section 1)."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "905300000000", "phone_number_id": "1"},
        "statuses": [_status(receipt) for receipt in receipts],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    return {"Content-Type": "application/json", SIGNATURE_HEADER: signature(body, secret)}, body


def _status(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.receipt_id, "status": receipt.kind.value, "timestamp": str(int(receipt.at)),
        "recipient_id": receipt.address, "biz_opaque_callback_data": str(receipt.delivery_id),
        "pricing": {
            "billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing",
        },
    }  # fmt: skip


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
