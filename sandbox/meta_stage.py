"""Acting in the fake WhatsApp and Messenger over the control API: doors, words, buttons, ticks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.stage import Stage

Json = dict[str, Any]
META = ("whatsapp", "messenger")
VERIFY_TOKEN = "demo-verify-token"
_CONTACT = {"whatsapp": "user_id", "messenger": "psid"}


@dataclass(kw_only=True)
class MetaStage(Stage):
    """People are the sandbox's ids; `channel` is whatsapp or messenger."""

    async def webhooks(self, product_url: str) -> None:
        """As an admin does once in Meta's console."""
        for channel in META:
            url = f"{product_url}/webhooks/{channel}"
            await self.ask("webhook", channel=channel, url=url, verify_token=VERIFY_TOKEN)

    async def contact(self, channel: str, **who: Any) -> Json:
        found: Json = await self.ask("contact", "GET", channel=channel, **who)
        return found

    async def address(self, channel: str, person: int) -> str:
        """Where the product writes to somebody."""
        return str((await self.contact(channel, person=person))[_CONTACT[channel]])

    async def whose(self, channel: str, address: str) -> int:
        """Who is behind an address."""
        given = "phone" if channel == "whatsapp" and address.isdecimal() else _CONTACT[channel]
        return int((await self.contact(channel, **{given: address}))["id"])

    async def bubbles(self, channel: str, person: int) -> list[Json]:
        """The chat as this phone shows it."""
        chat = await self.ask("chat", "GET", channel=channel, person=person)
        found: list[Json] = chat["messages"]
        return found

    async def phone_see(self, channel: str, person: int, what: str, pattern: str) -> re.Match[str]:
        """Wait until a message to this person holds the pattern, in its words or its buttons."""

        async def look() -> re.Match[str] | None:
            for bubble in reversed(await self.bubbles(channel, person)):
                offered = (*bubble.get("buttons", ()), *bubble.get("quick_replies", ()))
                words = "\n".join((bubble["text"], *(str(b.get("id")) for b in offered)))
                if bubble["from_business"] and (hit := re.search(pattern, words)):
                    return hit
            return None

        found: re.Match[str] = await self.until(what, look)
        return found

    async def phone_press(self, channel: str, person: int, data: str) -> None:
        """Wait for a button on this phone, and press it."""
        await self.phone_see(channel, person, f"the button {data!r} on {channel}", re.escape(data))
        await self.ask("press", channel=channel, person=person, data=data)

    async def tick(self, channel: str, person: int, contains: str) -> str:
        """How far the message with these words came on its way to a phone; "" for none."""
        ours = [b for b in await self.bubbles(channel, person) if b["from_business"]]
        return next((str(b["status"]) for b in reversed(ours) if contains in b["text"]), "")
