"""What the tests of the WhatsApp simulator share: ids, bodies, templates."""

from __future__ import annotations

from typing import Any

from broadcast.message import Message, RichText, TemplateUse
from tests.contract.graph import Graph

PHONE, ACCOUNT = "100000000000001", "200000000000002"
MESSAGES, MARKETING = f"{PHONE}/messages", f"{PHONE}/marketing_messages"
Json = dict[str, Any]

PROMO = {
    "name": "promo",
    "language": "tr",
    "category": "MARKETING",
    "parameter_format": "NAMED",
    "components": [
        {
            "type": "BODY",
            "text": "Merhaba {{first_name}}, yeni sergi başladı.",
            "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Ali"}]},
        },
        {"type": "FOOTER", "text": "Tellal"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Durdur"}]},
    ],
}
# PROMO, as an author of ours uses it beside a text.
USE = TemplateUse(
    channel="whatsapp", name="promo", language="tr", parameters=(("first_name", "{name}"),)
)
TEMPLATED = Message(text=RichText(text="Freely"), templates=(USE,))
NAMED = [
    {
        "type": "body",
        "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ali"}],
    }
]


async def phone_of(wire: Graph, person: int) -> str:
    """The number of a person."""
    return str((await wire.do("contact", person=person))["phone"])


async def text(wire: Graph, person: int, body: str = "Merhaba", **more: Any) -> Json:
    """The body of a text message."""
    to = {} if "recipient" in more else {"to": await phone_of(wire, person)}
    kind = {"messaging_product": "whatsapp", "recipient_type": "individual", "type": "text"}
    return kind | to | {"text": {"body": body}} | more


def template(to: str, name: str = "promo", components: Any = None, **more: Any) -> Json:
    """The body of a template message."""
    wish = {"name": name, "language": {"code": "tr"}, "components": components or []}
    return {"messaging_product": "whatsapp", "to": to, "type": "template", "template": wish} | more


async def approved(wire: Graph, **changes: Any) -> None:
    """An approved template, PROMO with changes."""
    await wire.do("templates", create=PROMO | changes)


async def outside(wire: Graph, count: int, country: str = "TR") -> list[str]:
    """Numbers of people on WhatsApp, of a country or of any that marketing reaches."""
    await wire.do("limits", holdout_share=0)
    found: list[str] = []
    for index in range(500):
        contact = await wire.do("contact", person=1_000_000_000 + index)
        fits = contact["country"] == country if country else contact["country"] != "US"
        if contact["on_whatsapp"] and fits:
            found.append(contact["phone"])
        if len(found) == count:
            return found
    raise AssertionError("too few people")


def reached(wire: Graph, message_id: str) -> list[str]:
    """What the webhook said of a message, in order."""
    return [s["status"] for s in wire.statuses() if s["id"] == message_id]


async def failure(wire: Graph, message_id: str) -> Any:
    """The code a message failed with, as the webhook tells."""
    failed = await wire.until(
        lambda: [s for s in wire.statuses() if s["id"] == message_id and s["status"] == "failed"]
    )
    return failed[0]["errors"][0]["code"]


async def sent(wire: Graph, body: dict[str, Any], path: str = MESSAGES) -> str:
    """The id of a message that was accepted."""
    return str((await wire.post(path, body))["messages"][0]["id"])
