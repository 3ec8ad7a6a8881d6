"""Messenger, spoken to Meta's Send API directly: a page writes to the people who wrote to it."""

from __future__ import annotations

from typing import Any

from broadcast.ports import Callback, CallbackAnswer, Channel, ChannelSpec, Check, Trial
from channels.messenger.config import Config


def _build(config: Config, **parts: Any) -> Channel:
    from channels.messenger.adapter import MessengerChannel

    return MessengerChannel(config, **parts)


def _answer(config: Config, callback: Callback) -> CallbackAnswer:
    from channels.messenger.callbacks import answer

    return answer(config, callback)


def _order_key(update: dict[str, object]) -> str:
    from channels.messenger.callbacks import order_key

    return order_key(update)


async def _diagnose(config: Config, public_url: str = "") -> list[Check]:
    from channels.messenger.doctor import diagnose

    return await diagnose(config, public_url)


def _trial() -> Trial:
    from channels.messenger.trial import trial

    return trial()


SPEC = ChannelSpec(
    name="messenger", config=Config, build=_build, answer=_answer, order_key=_order_key,
    diagnose=_diagnose, trial=_trial,
)  # fmt: skip
