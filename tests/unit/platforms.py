"""Real channels beside a scripted one, and people on them, for consoles without a platform."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from broadcast.account_key import AccountKey
from broadcast.channel import Template
from broadcast.message import LinkButton, Message, TemplateUse
from broadcast.models import Address, Subscriber
from broadcast.services import compose
from channels.messenger.adapter import MessengerChannel
from channels.messenger.config import Config as MessengerConfig
from channels.whatsapp.adapter import WhatsAppChannel
from channels.whatsapp.config import Config as WhatsAppConfig
from tests.unit.desk import Desk

PROMO = Template(
    "promo", "tr", "marketing", "Merhaba {{1}}, *sergi* açıldı.", "approved", parameters=("1",),
    footer="Tellal", buttons=("Stop promotions",),
)  # fmt: skip
USE = TemplateUse(channel="whatsapp", name="promo", language="tr", parameters=(("1", "{name}"),))
MORE = LinkButton(label="Read more", url="https://example.org/a_b")


async def told(*_: object) -> None: ...


def parts() -> dict[str, Any]:
    return dict.fromkeys(("pace", "find_media", "hear", "report")) | {
        "account": "default", "alert": told, "language": "en",
    }  # fmt: skip


def beside(desk: Desk, **settings: Any) -> Desk:
    """Telegram beside the real WhatsApp (with these settings) and Messenger, which nobody has opened."""
    config = WhatsAppConfig(phone_number_id="1", access_token=SecretStr("t"), **settings)
    whatsapp = WhatsAppChannel(config, **parts())
    whatsapp._templates["promo", "tr"] = PROMO
    desk.house.core.channels[AccountKey("whatsapp", "default")] = whatsapp
    page = MessengerChannel(MessengerConfig(page_id="1", access_token=SecretStr("t")), **parts())
    desk.house.core.channels[AccountKey("messenger", "default")] = page
    return desk


async def put(
    desk: Desk, name: str, channel: str, *, language: str = "tr", wrote: bool = True
) -> int:
    async with desk.house.store.write() as session:
        person = Subscriber(name=name, language=language, created_at=desk.house.now)
        session.add(person)
        await session.flush()
        at = desk.house.now.timestamp() - (60 if wrote else 90_000)
        session.add(
            Address(
                subscriber_id=person.subscriber_id or 0, channel=channel, value=f"90{name}",
                consent="opted_in", wrote_at=at,
            )
        )  # fmt: skip
        return person.subscriber_id or 0


async def holds(desk: Desk, number: int, message: Message) -> None:
    await compose.set_message(desk.house.core, desk.house.author, number, message)
