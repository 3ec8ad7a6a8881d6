"""Telegram, spoken through aiogram. Importing this does not import aiogram (5 s, 170 MB)."""

from __future__ import annotations

from typing import Any

from broadcast.ports import Channel, ChannelSpec, Check, Receiver
from channels.telegram.config import Config


def _build(config: Config, **parts: Any) -> Channel:
    from channels.telegram.adapter import TelegramChannel

    return TelegramChannel(config, **parts)


def _receiver(**parts: Any) -> Receiver:
    from channels.telegram.receiver import TelegramReceiver

    return TelegramReceiver(**parts)


async def _diagnose(config: Config, public_url: str = "") -> list[Check]:
    from channels.telegram.doctor import diagnose

    return await diagnose(config, public_url)


SPEC = ChannelSpec(
    name="telegram", config=Config, build=_build, receiver=_receiver, diagnose=_diagnose
)
