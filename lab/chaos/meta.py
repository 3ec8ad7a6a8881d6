"""The part of a house's people that is on WhatsApp and Messenger: they join, are counted, are told of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.stage import Stage

_VERIFY = "chaos-verify-token"
# Phones are on and quick, and nobody reads: what is told comes within the round.
_QUICK: dict[str, Any] = {
    "sent_seconds": 0.1,
    "delivered_seconds": 0.3,
    "read_share": 0.0,
    "offline_share": 0.0,
}
RATES = {"whatsapp": 80.0, "messenger": 250.0}
_NAMES = {"whatsapp": "user_id", "messenger": "psid"}


def settings(sandbox: str, number: str) -> dict[str, str]:
    """The product's; tokens are those of the stand-ins (docs/sandbox.md)."""
    return {
        **{f"TELLAL_{name.upper()}__RATE_PER_SECOND": str(rate) for name, rate in RATES.items()},
        "TELLAL_WHATSAPP__PHONE_NUMBER_ID": number,
        "TELLAL_WHATSAPP__BUSINESS_ACCOUNT_ID": "200000000000002",
        "TELLAL_WHATSAPP__ACCESS_TOKEN": "EAAsandboxWhatsApp",
        "TELLAL_WHATSAPP__APP_SECRET": "sandbox-whatsapp-secret",
        "TELLAL_WHATSAPP__VERIFY_TOKEN": _VERIFY,
        "TELLAL_WHATSAPP__API_URL": f"{sandbox}/graph/whatsapp",
        "TELLAL_MESSENGER__PAGE_ID": "600000000000006",
        "TELLAL_MESSENGER__ACCESS_TOKEN": "EAAsandboxMessenger",
        "TELLAL_MESSENGER__APP_SECRET": "sandbox-messenger-secret",
        "TELLAL_MESSENGER__VERIFY_TOKEN": _VERIFY,
        "TELLAL_MESSENGER__API_URL": f"{sandbox}/graph/messenger",
    }


@dataclass
class Meta:
    """`number` is a phone number of this house alone: news of another house's messages is not ours."""

    stage: Stage
    number: str
    people: dict[str, tuple[str, int]] = field(default_factory=dict)  # address: channel, person

    async def open(self) -> None:
        """The number is there, and phones are quick."""
        ask = self.stage.ask
        phone = f"1555{int(self.number) % 10_000_000:07d}"
        await ask("numbers", channel="whatsapp", id=self.number, phone=phone, name="Chaos")
        await ask("limits", channel="whatsapp", per_second=0, pair_seconds=0)
        for channel in _NAMES:
            await ask("pace", channel=channel, **_QUICK)

    async def listen(self, product: str) -> None:
        """Point both webhooks at a product that has just started."""
        for channel in _NAMES:
            await self.stage.ask(
                "webhook", channel=channel, url=f"{product}/webhooks/{channel}",
                verify_token=_VERIFY, retry_seconds=0.3,
            )  # fmt: skip

    async def join(self, channel: str, first: int, count: int) -> None:
        """People `first`… walk in by the door everybody uses. On Messenger they press a button to
        say yes; on WhatsApp their word is enough, and they press none, now or later."""
        crowd = await self.stage.ask(
            "crowd", channel=channel, number=self.number, offset=first, count=count,
            opt_in_share=float(channel == "messenger"), button="s:in",
        )  # fmt: skip

        async def done() -> bool:
            crowds = await self.stage.ask("crowd", channel=channel)
            return any(c["crowd"] == crowd["crowd"] and c["done"] for c in crowds)

        await self.stage.until(f"the people on {channel}", done)

    async def learn(self, channel: str, addresses: list[str]) -> None:
        """Who is behind an address."""
        asked = (
            self.stage.ask("contact", channel=channel, number=self.number, **{_NAMES[channel]: one})
            for one in addresses
        )
        found = await asyncio.gather(*asked)
        self.people |= {
            address: (channel, int(contact["id"]))
            for address, contact in zip(addresses, found, strict=True)
        }

    async def received(self, mark: str) -> dict[str, int]:
        """How many messages with this mark each address got."""
        counts: dict[tuple[str, int], int] = {}
        for channel in _NAMES:
            found = await self.stage.ask(
                "received", "GET", channel=channel, number=self.number, contains=mark
            )
            counts |= {(channel, int(who)): n for who, n in found["counts"].items()}
        known = {person: address for address, person in self.people.items()}
        return {known.get(person, f"{person[0]}:{person[1]}"): n for person, n in counts.items()}

    async def asked(self) -> dict[tuple[str, str], int]:
        """How often somebody was asked to be sent to, by channel and address."""
        known = {(channel, str(who)): one for one, (channel, who) in self.people.items()}
        counts: dict[tuple[str, str], int] = {}
        for channel in _NAMES:
            found = await self.stage.ask("asked", "GET", channel=channel, method="*messages")
            for person, n in found.items():
                if (address := known.get((channel, person))) is not None:
                    counts[channel, address] = int(n)
        return counts

    async def leave(self, address: str) -> None:
        """One of them says STOP."""
        channel, person = self.people[address]
        await self.stage.ask("say", channel=channel, number=self.number, person=person, text="STOP")

    def on(self, channel: str) -> set[str]:
        """The addresses there."""
        return {address for address, (where, _) in self.people.items() if where == channel}
