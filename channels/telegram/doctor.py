"""What `tellal doctor` looks at for Telegram, and how to mend it. Never prints a token."""

from __future__ import annotations

from typing import Any

import aiohttp

from broadcast.ports import Check
from channels.telegram.config import Config

_NEEDED = ("getMyCommands", "getWebhookInfo")


async def diagnose(config: Config) -> list[Check]:
    """One getMe and one harmless call per method we rely on."""
    checks = []
    base = f"{config.api_url}/bot{config.token.get_secret_value()}"
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        try:
            me = await _ask(client, base, "getMe")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            mend = "Check TELLAL_TELEGRAM__API_URL and this machine's network."
            return [Check("telegram api", False, type(error).__name__, mend)]
        if not me.get("ok"):
            mend = "Copy the token from @BotFather into TELLAL_TELEGRAM__TOKEN."
            return [Check("telegram token", False, str(me.get("description")), mend)]
        username = str(me["result"].get("username"))
        checks.append(Check("telegram bot", True, f"@{username} (https://t.me/{username})"))
        for method in _NEEDED:
            answer = await _ask(client, base, method)
            mend = "" if answer.get("ok") else "The API does not know it; Tellal goes on without."
            found = "known" if answer.get("ok") else str(answer.get("description"))
            checks.append(Check(f"telegram {method}", bool(answer.get("ok")), found, mend))
    return checks


async def _ask(client: aiohttp.ClientSession, base: str, method: str) -> dict[str, Any]:
    async with client.post(f"{base}/{method}") as response:
        answer = await response.json(content_type=None)
    if not isinstance(answer, dict):
        raise ValueError("not a Bot API answer")
    return answer
