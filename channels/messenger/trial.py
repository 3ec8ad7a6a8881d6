"""What a benchmark has to know of Messenger: how to call it, and how it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import SecretStr

from broadcast.ports import Receipt, ReceiptKind, Trial
from channels._kit.graph import SIGNATURE_HEADER, signature
from channels._kit.graph_trial import TOKEN, VERSION, call_of, plain_of, throttled_as
from channels.messenger.config import Config

_FIRST_PERSON = 5_000_000_000_000_000


def trial() -> Trial:
    return Trial(
        config=_config,
        address=lambda number: str(_FIRST_PERSON + number),
        call=call_of(_text),
        plain=("json_loop", plain_of(_text)),
        is_message=lambda path: b"messages" in path,
        recipient=re.compile(rb'"id":\s*"(\d+)"'),
        accepted=b'{"recipient_id":"5000000000000000","message_id":"m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM"}',
        others=((b"/", b'{"result":"success"}'),),
        throttled=throttled_as(613),
        callback=_callback,
    )


def _config(url: str, account: int, rate: float) -> Config:
    return Config(
        page_id=str(account + 1), api_version=VERSION, access_token=SecretStr(TOKEN), api_url=url,
        rate_per_second=rate,
    )  # fmt: skip


def _text(address: str, words: str) -> dict[str, Any]:
    recipient, message = {"id": address}, {"text": words}
    return {"recipient": recipient, "messaging_type": "UPDATE", "message": message}


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
