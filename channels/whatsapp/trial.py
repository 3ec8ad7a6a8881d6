"""What a benchmark has to know of WhatsApp: how to call it, and how it answers."""

from __future__ import annotations

import re
from typing import Any

from pydantic import SecretStr

from broadcast.channel import Trial
from channels._kit.graph.trial import TOKEN, VERSION, call_of, plain_of, throttled_as
from channels.whatsapp.config import Config
from channels.whatsapp.trial_news import callback

_FIRST_NUMBER = 905_300_000_000


def trial() -> Trial:
    return Trial(
        config=_config,
        address=lambda number: str(_FIRST_NUMBER + number),
        call=call_of(_text),
        plain=("json_loop", plain_of(_text)),
        is_message=lambda path: b"messages" in path,
        recipient=re.compile(rb'"to":\s*"(\d+)"'),
        accepted=b'{"messaging_product":"whatsapp","contacts":[{"input":"905300000000","wa_id":'
        b'"905300000000"}],"messages":[{"id":"wamid.HBgMOTA1MzAwMDAwMDAw"}]}',
        others=((b"message_templates", b'{"data":[]}'), (b"/", b'{"id":"1"}')),
        throttled=throttled_as(130429),
        callback=callback,
    )


def _config(url: str, account: int, rate: float) -> Config:
    return Config(
        phone_number_id=str(account + 1), business_account_id="1", api_version=VERSION,
        access_token=SecretStr(TOKEN), api_url=url, rate_per_second=rate,
    )  # fmt: skip


def _text(address: str, words: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": address,
        "type": "text", "text": {"body": words, "preview_url": False},
    }  # fmt: skip
