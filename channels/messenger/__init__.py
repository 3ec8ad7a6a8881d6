"""Messenger, spoken to Meta's Send API directly: a page writes to the people who wrote to it."""

from __future__ import annotations

from typing import Any

from broadcast.ports import Callback, CallbackAnswer, Channel, ChannelSpec, Check, Receipt, Trial
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


def _receipts(update: dict[str, object]) -> list[Receipt] | None:
    from channels.messenger.callbacks import receipts

    return receipts(update) if "marks" in update else None


async def _diagnose(config: Config, public_url: str = "") -> list[Check]:
    from channels.messenger.doctor import diagnose

    return await diagnose(config, public_url)


def _trial() -> Trial:
    from channels.messenger.trial import trial

    return trial()


SPEC = ChannelSpec(
    name="messenger", config=Config, build=_build, answer=_answer, order_key=_order_key,
    receipts=_receipts, diagnose=_diagnose, trial=_trial,
)  # fmt: skip
