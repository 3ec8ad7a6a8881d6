"""What `tellal doctor` looks at for Telegram, and how to mend it. Never prints a token."""

from __future__ import annotations

from typing import Any

import aiohttp

from broadcast.ports import Check
from channels.telegram.config import Config
from channels.telegram.content import METHODS
from channels.telegram.webhook import Json, call

# Asked without parameters these change nothing: they answer a 400, or 404 when unknown.
# getMyCommands stands for setMyCommands, which without parameters would empty the menu.
NEEDED_METHODS = (
    "sendMessage", *METHODS.values(), "sendMediaGroup", "copyMessage", "editMessageText",
    "editMessageReplyMarkup", "deleteMessage", "answerCallbackQuery", "getMyCommands", "getFile",
)  # fmt: skip
_PATH = "/webhooks/telegram"


async def diagnose(config: Config, public_url: str = "") -> list[Check]:
    """Reachable, known, rightly received, complete."""
    base = f"{config.api_url}/bot{config.token.get_secret_value()}"
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        try:
            me = await call(client, base, "getMe", {})
            if me.get("ok") is not True:
                return [_refused(me)]
            return [
                _bot(me["result"]),
                await _received(client, base, config, public_url),
                await _methods(client, base),
            ]
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            mend = "Check TELLAL_TELEGRAM__API_URL and this machine's network."
            return [Check("telegram api", False, type(error).__name__, mend)]


def _refused(answer: Json) -> Check:
    if answer.get("error_code") in {401, 404}:
        mend = "Copy the token again from @BotFather into TELLAL_TELEGRAM__TOKEN."
    else:
        mend = "Wait a little and run this again; Telegram is busy."
    return Check("telegram token", False, str(answer.get("description")), mend)


def _bot(me: Any) -> Check:
    name = str(me.get("username"))
    return Check("telegram bot", True, f"@{name}, subscribers begin at https://t.me/{name}?start=")


async def _received(
    client: aiohttp.ClientSession, base: str, config: Config, public_url: str
) -> Check:
    """Whether Telegram brings updates where we wait for them."""
    answer = await call(client, base, "getWebhookInfo", {})
    info = answer.get("result")
    if answer.get("ok") is not True or not isinstance(info, dict):
        mend = "The API does not tell; polling is tried all the same."
        return Check("telegram updates", True, str(answer.get("description")), mend)
    url, waiting = str(info.get("url", "")), info.get("pending_update_count", 0)
    name, mend = "telegram updates", ""
    if not config.webhook:
        if url:  # `tellal run` removes it by itself
            return Check(name, True, f"a webhook is set; polling will remove it, {waiting} waiting")
        return Check(name, True, f"long polling, {waiting} waiting")
    if not url:
        mend = "`tellal run` sets it; TELLAL_HTTP__PUBLIC_URL must be your https:// address."
        return Check(name, bool(public_url), "no webhook is set yet", mend)
    if public_url and not url.startswith(public_url.rstrip("/") + _PATH):
        mend = "Start `tellal run` once, or correct TELLAL_HTTP__PUBLIC_URL."
        return Check(name, False, f"the webhook goes to {url}", mend)
    if trouble := info.get("last_error_message"):
        mend = "Telegram cannot deliver there: look at the proxy and its certificate."
        return Check(name, False, f"{trouble}, {waiting} waiting", mend)
    return Check(name, True, f"webhook at {url}, {waiting} waiting")


async def _methods(client: aiohttp.ClientSession, base: str) -> Check:
    unknown = []
    for method in NEEDED_METHODS:
        answer = await call(client, base, method, {})
        if answer.get("error_code") == 404:
            unknown.append("setMyCommands" if method == "getMyCommands" else method)
    if unknown:
        mend = "Update the Bot API server; until then Tellal goes on without them."
        return Check("telegram methods", False, f"unknown: {', '.join(unknown)}", mend)
    return Check("telegram methods", True, f"all {len(NEEDED_METHODS)} needed are known")
