"""What the tests of the Messenger simulator share: ids, bodies."""

from __future__ import annotations

from typing import Any

from sandbox.samples import picture
from tests.contract.graph import ANN, Graph

DAY = 86_400
PAGE, MESSAGES, PROFILE = "600000000000006", "me/messages", "me/messenger_profile"
TEMPLATES, ATTACHMENTS = f"{PAGE}/message_templates", f"{PAGE}/message_attachments"
PICTURE = picture()
START = {"get_started": {"payload": "GET_STARTED"}}
QUICK = {"content_type": "text", "title": "Evet", "payload": "s:yes"}
BUTTON = {"type": "postback", "title": "Evet", "payload": "s:yes"}


async def psid(wire: Graph, person: int = ANN) -> str:
    """The page-scoped id of a person."""
    return str((await wire.do("contact", person=person))["psid"])


async def message(wire: Graph, person: int = ANN, **more: Any) -> dict[str, Any]:
    """The body of a message; `message` replaces the text."""
    said = {"recipient": {"id": await psid(wire, person)}, "messaging_type": "RESPONSE"}
    return said | {"message": {"text": "Merhaba"}} | more


def attached(kind: str, **payload: Any) -> dict[str, Any]:
    """A message that is one attachment."""
    return {"message": {"attachment": {"type": kind, "payload": payload}}}


def of(name: str) -> Any:
    """An event that carries this."""
    return lambda event: name in event
