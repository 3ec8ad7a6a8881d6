"""What a benchmark posts as Messenger's later news of messages, signed as Meta signs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from broadcast.outcome import Receipt, ReceiptKind
from channels._kit.graph.api import SIGNATURE_HEADER, signature


def callback(receipts: Sequence[Receipt], secret: str) -> tuple[dict[str, str], bytes]:
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
