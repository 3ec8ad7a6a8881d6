"""What `tellal doctor` looks at for Telegram, and how to mend it. Never prints a token."""

from __future__ import annotations

from typing import Any

import aiohttp

from broadcast.channel_spec import Check
from broadcast.language import terminal
from broadcast.lenient_json import a_dict, a_string, a_text
from broadcast.proxy import proxy_of
from channels.telegram.config import Config
from channels.telegram.content import METHODS
from channels.telegram.webhook import Json, OddAnswer, call, code_of

# Asked without parameters these change nothing: they answer a 400, or 404 when unknown.
# getMyCommands stands for setMyCommands, which without parameters would empty the menu.
NEEDED_METHODS = (
    "sendMessage", *METHODS.values(), "sendMediaGroup", "copyMessage", "editMessageText",
    "editMessageReplyMarkup", "deleteMessage", "answerCallbackQuery", "getMyCommands", "getFile",
)  # fmt: skip
_PATH = "/webhooks/telegram"


async def diagnose(config: Config, public_url: str = "") -> list[Check]:
    """Reachable, known, rightly received, complete; up to the first answer that cannot be read."""
    base = f"{config.api_url}/bot{config.token.get_secret_value()}"
    timeout = aiohttp.ClientTimeout(total=10)
    found: list[Check] = []
    async with aiohttp.ClientSession(timeout=timeout, proxy=proxy_of(base)) as client:
        try:
            me = await call(client, base, "getMe", {})
            if not me["ok"]:
                return [_refused(me)]
            found.append(_bot(me.get("result")))
            found.append(await _received(client, base, config, public_url))
            found.append(await _methods(client, base))
        except OddAnswer as odd:
            mend = terminal().plain(
                "TELLAL_TELEGRAM__API_URL is {api_url}: is something between it and us?",
                api_url=config.api_url,
            )
            found.append(Check("telegram api", False, str(odd), mend))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            mend = terminal().plain("Check TELLAL_TELEGRAM__API_URL and this machine's network.")
            found.append(Check("telegram api", False, type(error).__name__, mend))
    return found


def _refused(answer: Json) -> Check:
    if code_of(answer) in {401, 404}:
        mend = terminal().plain("Copy the token again from @BotFather into TELLAL_TELEGRAM__TOKEN.")
    else:
        mend = terminal().plain("Wait a little and run this again; Telegram is busy.")
    return Check("telegram token", False, a_text(answer.get("description")), mend)


def _bot(me: Any) -> Check:
    name = a_string(a_dict(me).get("username"))
    if not name:
        mend = terminal().plain(
            "The token works, but the answer is not Telegram's: check the API's address."
        )
        return Check(
            "telegram bot", False, terminal().plain("the API does not say which bot this is"), mend
        )
    return Check(
        "telegram bot",
        True,
        terminal().plain("@{name}, subscribers begin at https://t.me/{name}?start=", name=name),
    )


async def _received(
    client: aiohttp.ClientSession, base: str, config: Config, public_url: str
) -> Check:
    """Whether Telegram brings updates where we wait for them."""
    answer = await call(client, base, "getWebhookInfo", {})
    info = answer.get("result")
    if not answer["ok"] or not isinstance(info, dict):
        mend = terminal().plain("The API does not tell; polling is tried all the same.")
        return Check("telegram updates", True, a_text(answer.get("description")), mend)
    url, waiting = a_text(info.get("url")), info.get("pending_update_count", 0)
    name, mend = "telegram updates", ""
    if not config.webhook:
        if url:  # `tellal run` removes it by itself
            return Check(
                name,
                True,
                terminal().plain(
                    "a webhook is set; polling will remove it, {waiting} waiting", waiting=waiting
                ),
            )
        return Check(
            name, True, terminal().plain("long polling, {waiting} waiting", waiting=waiting)
        )
    if not url:
        mend = terminal().plain(
            "`tellal run` sets it; TELLAL_HTTP__PUBLIC_URL must be your https:// address."
        )
        return Check(name, bool(public_url), terminal().plain("no webhook is set yet"), mend)
    if public_url and not url.startswith(public_url.rstrip("/") + _PATH):
        mend = terminal().plain("Start `tellal run` once, or correct TELLAL_HTTP__PUBLIC_URL.")
        return Check(name, False, terminal().plain("the webhook goes to {url}", url=url), mend)
    if trouble := info.get("last_error_message"):
        mend = terminal().plain(
            "Telegram cannot deliver there: look at the proxy and its certificate."
        )
        return Check(
            name,
            False,
            terminal().plain("{trouble}, {waiting} waiting", trouble=trouble, waiting=waiting),
            mend,
        )
    return Check(
        name,
        True,
        terminal().plain("webhook at {url}, {waiting} waiting", url=url, waiting=waiting),
    )


async def _methods(client: aiohttp.ClientSession, base: str) -> Check:
    unknown = []
    for method in NEEDED_METHODS:
        answer = await call(client, base, method, {})
        if not answer["ok"] and code_of(answer) == 404:
            unknown.append("setMyCommands" if method == "getMyCommands" else method)
    if unknown:
        mend = terminal().plain(
            "Update the Bot API server; until then Tellal goes on without them."
        )
        return Check(
            "telegram methods",
            False,
            terminal().plain("unknown: {what}", what=", ".join(unknown)),
            mend,
        )
    return Check(
        "telegram methods",
        True,
        terminal().plain("all {what} needed are known", what=len(NEEDED_METHODS)),
    )
