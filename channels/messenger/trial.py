"""What a benchmark has to know of Messenger: how to call it, and how it answers."""

from __future__ import annotations

import re
from typing import Any

from pydantic import SecretStr

from broadcast.channel import Trial
from channels._kit.graph.trial import TOKEN, VERSION, call_of, plain_of, throttled_as
from channels.messenger.config import Config
from channels.messenger.trial_news import callback

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
        callback=callback,
    )


def _config(url: str, account: int, rate: float) -> Config:
    return Config(
        page_id=str(account + 1), api_version=VERSION, access_token=SecretStr(TOKEN), api_url=url,
        rate_per_second=rate,
    )  # fmt: skip


def _text(address: str, words: str) -> dict[str, Any]:
    recipient, message = {"id": address}, {"text": words}
    return {"recipient": recipient, "messaging_type": "UPDATE", "message": message}
