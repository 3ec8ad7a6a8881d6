"""The Telegram console alone, on a stand-in of Telegram."""

from __future__ import annotations

from pydantic import SecretStr

from bot.frontends.telegram.frontend import TelegramFrontend
from bot.settings import Account
from broadcast.context import Core
from broadcast.engine.pacing import Pacer
from channels.telegram.config import Config


def telegram_console(core: Core, url: str) -> TelegramFrontend:
    """On the subscribers' bot, whose token is 1:TOKEN, without any limit."""
    config = Config.model_construct(token=SecretStr("1:TOKEN"), api_url=url)
    return TelegramFrontend(core, Account("telegram", "default", config), Pacer(0))
