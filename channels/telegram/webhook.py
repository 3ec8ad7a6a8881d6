"""Webhook mode, and the one plain call to the Bot API that needs no aiogram."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from channels._kit.closed import ChannelClosed

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
Json = dict[str, Any]


async def set_webhook(
    token: str,
    api_url: str,
    url: str,
    secret: str,
    allowed_updates: Sequence[str] = ALLOWED_UPDATES,
) -> None:
    """Have updates posted to `url`. Raises ChannelClosed with Telegram's words if it refuses."""
    fields: Json = {"url": url, "allowed_updates": list(allowed_updates)}
    if secret:
        fields["secret_token"] = secret
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        answer = await call(client, f"{api_url}/bot{token}", "setWebhook", fields)
    if answer.get("ok") is not True:
        raise ChannelClosed(f"Telegram refused the webhook: {answer.get('description')}")


def verify(headers: Mapping[str, str], secret: str) -> bool:
    """Whether a request comes from Telegram: it repeats our secret. No secret set: nobody does."""
    lowered = {name.lower(): value for name, value in headers.items()}
    given = lowered.get(SECRET_HEADER.lower(), "")
    return bool(secret) and hmac.compare_digest(
        given.encode(errors="surrogateescape"), secret.encode()
    )


async def call(client: aiohttp.ClientSession, base: str, method: str, fields: Json) -> Json:
    """One call; the answer's JSON object, refusals included. Raises ValueError for anything else.

    `base` holds the token, so aiohttp's errors must never be shown as they are.
    """
    async with client.post(f"{base}/{method}", json=fields, allow_redirects=False) as response:
        try:
            answer = await response.json(content_type=None)
        except ValueError:
            raise ValueError(f"HTTP {response.status} without a readable answer") from None
    if not isinstance(answer, dict) or "ok" not in answer:
        raise ValueError(f"HTTP {response.status} and not a Bot API answer")
    return answer
