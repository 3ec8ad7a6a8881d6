"""What a benchmark has to know of Messenger: how to call it, and how it answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
from pydantic import SecretStr

from broadcast.ports import Call, Receipt, ReceiptKind, Trial
from channels._kit.graph import SIGNATURE_HEADER, signature
from channels.messenger.config import Config

_FIRST_PERSON = 5_000_000_000_000_000
_VERSION = "v25.0"
_HEADERS = {"Authorization": "Bearer EAAbench", "Content-Type": "application/json"}


def trial() -> Trial:
    return Trial(
        config=_config,
        address=lambda number: str(_FIRST_PERSON + number),
        call=_call,
        plain=("json_loop", _plain),
        is_message=lambda path: b"messages" in path,
        recipient=re.compile(rb'"id":\s*"(\d+)"'),
        accepted=b'{"recipient_id":"5000000000000000","message_id":"m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM"}',
        others=((b"/", b'{"result":"success"}'),),
        throttled=_throttled,
        callback=_callback,
    )


def _config(url: str, account: int, rate: float) -> Config:
    return Config(
        page_id=str(account + 1), api_version=_VERSION, access_token=SecretStr("EAAbench"),
        api_url=url, rate_per_second=rate,
    )  # fmt: skip


def _message(address: str, words: str) -> dict[str, Any]:
    recipient, message = {"id": address}, {"text": words}
    return {"recipient": recipient, "messaging_type": "UPDATE", "message": message}


def _call(url: str, account: int, words: str) -> Call:
    before, _, after = orjson.dumps(_message("@", words)).partition(b"@")
    return Call(
        f"{url}/{_VERSION}/{account + 1}/messages",
        _HEADERS,
        lambda address: before + address.encode() + after,
    )


def _throttled(seconds: int) -> bytes:
    return orjson.dumps({"error": {"code": 613, "message": f"Wait {seconds} s"}})


def _callback(receipts: Sequence[Receipt], secret: str) -> tuple[dict[str, str], bytes]:
    """Echo, delivery and read as Meta posts them (facts section 2, Webhooks)."""
    events = [_event(receipt) for receipt in receipts]
    entry = {"id": "1", "time": int(receipts[0].at * 1000), "messaging": events}
    body = orjson.dumps({"object": "page", "entry": [entry]})
    return {"Content-Type": "application/json", SIGNATURE_HEADER: signature(body, secret)}, body


def _event(receipt: Receipt) -> dict[str, Any]:
    moment = int(receipt.at * 1000)
    event: dict[str, Any] = {
        "sender": {"id": receipt.address}, "recipient": {"id": "1"}, "timestamp": moment,
    }  # fmt: skip
    if receipt.kind == ReceiptKind.SENT:
        event["sender"], event["recipient"] = event["recipient"], event["sender"]
        event["message"] = {"mid": receipt.receipt_id, "is_echo": True, "app_id": 1, "text": "…"}
    elif receipt.kind == ReceiptKind.DELIVERED:
        event["delivery"] = {"mids": [receipt.receipt_id], "watermark": moment}
    else:
        event["read"] = {"watermark": moment}
    return event


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
