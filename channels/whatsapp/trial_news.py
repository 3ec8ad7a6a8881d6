"""What a benchmark posts as WhatsApp's later news of messages, signed as Meta signs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from broadcast.outcome import Receipt
from channels._kit.graph.api import SIGNATURE_HEADER, signature


def callback(receipts: Sequence[Receipt], secret: str) -> tuple[dict[str, str], bytes]:
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
