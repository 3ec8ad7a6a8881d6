"""WhatsApp, spoken to Meta's Cloud API directly: thin, opaque ids kept as they are."""

from __future__ import annotations

from typing import Any

from broadcast.ports import Callback, CallbackAnswer, Channel, ChannelSpec, Check, Receipt, Trial
from channels.whatsapp.config import Config


def _build(config: Config, **parts: Any) -> Channel:
    from channels.whatsapp.adapter import WhatsAppChannel

    return WhatsAppChannel(config, **parts)


def _answer(config: Config, callback: Callback) -> CallbackAnswer:
    from channels.whatsapp.callbacks import answer

    return answer(config, callback)


def _order_key(update: dict[str, object]) -> str:
    from channels.whatsapp.callbacks import order_key

    return order_key(update)


def _receipts(update: dict[str, object]) -> list[Receipt] | None:
    from channels.whatsapp.callbacks import receipts

    return receipts(update) if "statuses" in update else None


async def _diagnose(config: Config, public_url: str = "") -> list[Check]:
    from channels.whatsapp.doctor import diagnose

    return await diagnose(config, public_url)


def _trial() -> Trial:
    from channels.whatsapp.trial import trial

    return trial()


SPEC = ChannelSpec(
    name="whatsapp", config=Config, build=_build, answer=_answer, order_key=_order_key,
    receipts=_receipts, diagnose=_diagnose, trial=_trial,
)  # fmt: skip
