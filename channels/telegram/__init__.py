"""Telegram, spoken through aiogram. Importing this does not import aiogram (5 s, 170 MB)."""

from __future__ import annotations

from typing import Any

from broadcast.callback import Callback, CallbackAnswer, Keep, Receiver
from broadcast.channel import Alert, Channel, Trial
from broadcast.channel_spec import ChannelSpec, Check
from broadcast.lenient_json import a_text
from channels.telegram.config import Config
from channels.telegram.urgency import lane


def _build(config: Config, *, alert: Any = None, **parts: Any) -> Channel:
    """Telegram sends no receipts, only a reply proves something; news of the account comes to who
    polls (see _receiver)."""
    from channels.telegram.adapter import TelegramChannel

    return TelegramChannel(config, **parts)


def _receiver(config: Config, *, keep: Keep, callback_url: str, alert: Alert) -> Receiver:
    """Asks for callbacks, or polls; the console's own bot comes as a Config with its token."""
    from channels.telegram.receiver import TelegramReceiver
    from channels.telegram.webhook import WebhookKeeper

    if config.webhook:
        return WebhookKeeper(config, callback_url)
    token = config.token.get_secret_value()
    return TelegramReceiver(token=token, api_url=config.api_url, keep=keep, alert=alert)


def _answer(config: Config, callback: Callback) -> CallbackAnswer:
    from channels.telegram.webhook import answer

    return answer(config, callback)


def _order_key(update: dict[str, object]) -> str:
    """Whose update it is."""
    for body in update.values():
        if isinstance(body, dict) and isinstance(sender := body.get("from"), dict):
            return a_text(sender.get("id"))
    return ""


def _names(update: dict[str, object]) -> tuple[str, ...]:
    """In a private chat, the only kind that counts, it is the chat's too."""
    bodies = [body for body in update.values() if isinstance(body, dict)]
    chats = [body["chat"] for body in bodies if isinstance(body.get("chat"), dict)]
    return tuple(filter(None, (_order_key(update), *(a_text(chat.get("id")) for chat in chats))))[
        :1
    ]


def _address(text: str, country: str = "") -> str:
    from channels.telegram.address import address

    return address(text, country)


async def _diagnose(config: Config, public_url: str = "") -> list[Check]:
    from channels.telegram.doctor import diagnose

    return await diagnose(config, public_url)


def _trial() -> Trial:
    from channels.telegram.trial import trial

    return trial()


SPEC = ChannelSpec(
    name="telegram", config=Config, build=_build, receiver=_receiver, answer=_answer,
    order_key=_order_key, names=_names, lane=lane, everywhere=True, address=_address, diagnose=_diagnose, trial=_trial,
)  # fmt: skip
