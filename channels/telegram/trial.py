"""What a benchmark has to know of Telegram: how to call it, and how it answers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from broadcast.channel import Call, Trial
from channels.telegram.config import Config

_FIRST_CHAT = 1_000_000_001


def trial() -> Trial:
    return Trial(
        config=_config,
        address=lambda number: str(_FIRST_CHAT + number),
        call=_call,
        plain=("aiogram_send_message", _plain),
        is_message=lambda path: b"/send" in path,
        recipient=re.compile(rb"chat_id\W+(\d+)"),
        accepted=b'{"ok":true,"result":{"message_id":123456,"date":1790000000,"chat":'
        b'{"id":1000000001,"type":"private","first_name":"Person"},"text":"Water will be off"}}',
        others=(
            (
                b"/getMe",
                b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"Sink","username":"sink_bot"}}',
            ),
            (b"/bot", b'{"ok":true,"result":true}'),
        ),
        throttled=_throttled,
    )


def _token(account: int) -> str:
    return f"{account + 1}:bench"


def _config(url: str, account: int, rate: float) -> Config:
    return Config(token=SecretStr(_token(account)), api_url=url, rate_per_second=rate)


def _call(url: str, account: int, words: str) -> Call:
    tail = b"," + json.dumps({"text": words}).encode()[1:]
    return Call(
        f"{url}/bot{_token(account)}/sendMessage",
        {"Content-Type": "application/json"},
        lambda address: b'{"chat_id":' + address.encode() + tail,
    )


def _throttled(seconds: int) -> bytes:
    return json.dumps(
        {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {seconds}",
            "parameters": {"retry_after": seconds},
        }
    ).encode()


@asynccontextmanager
async def _plain(
    url: str, account: int, words: str, concurrency: int
) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """What everybody writes first."""
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=concurrency)
    bot = Bot(_token(account), session=session)
    try:
        yield lambda address: bot.send_message(int(address), words)
    finally:
        await bot.session.close()
