"""How the people of the story come: by three doors, one by two of them, and two from a paper list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.meta_stage import MetaStage
from sandbox.people import FIRST_ID

NONE = "none"  # no button: the word is all it takes, and a later goodbye's is not for the crowd
_WORDS = ("JOIN", "KATIL")
_SPARE = 20  # people beyond the crowds, and how many are looked at to find some
_TOLD = {
    "telegram": "{count} people pressed /start on Telegram; {confirmed} opted in.",
    "whatsapp": "{answered} wrote JOIN or KATIL on WhatsApp.",
    "messenger": "{count} came to Messenger by a poster's link; {confirmed} opted in.",
}


def needed(people: int, meta_people: int) -> int:
    """How many people there must be in the sandbox."""
    return people + 2 * meta_people + _SPARE


class Product(Protocol):
    """The process under test."""

    @property
    def product_url(self) -> str: ...

    async def start(self) -> str: ...

    async def take_in(self, csv: str) -> None:
        """`tellal import` of these lines."""

    def kill(self) -> None: ...


@dataclass(kw_only=True)
class Joining(MetaStage):
    """`people` come by Telegram, `meta_people` by WhatsApp and as many by Messenger. `both` is on
    Telegram and on WhatsApp, `away` are known by number only: no window is open to them."""

    product: Product
    people: int
    meta_people: int
    say: Callable[[str], None]
    both: int = 0
    away: tuple[int, ...] = ()

    def place(self, channel: str) -> int:
        """The index at which a channel's own people begin."""
        before = {"telegram": 0, "whatsapp": self.people}
        return before.get(channel, self.people + self.meta_people)

    async def come(self) -> None:
        """Everybody comes, is answered, and agrees or does not."""
        half = self.meta_people // 2
        await self._crowd("telegram", 0, self.people)
        for number, word in enumerate(_WORDS):
            first = self.place("whatsapp") + number * half
            await self._crowd("whatsapp", first, half, text=word, button=NONE)
        await self._crowd("messenger", self.place("messenger"), self.meta_people, ref="poster")
        for channel, told in _TOLD.items():
            self.say(told.format(**await self._settled(channel)))
        await self._link()
        await self._from_paper()

    async def _crowd(self, channel: str, offset: int, count: int, **how: Any) -> None:
        how = {"opt_in_share": 0.9, "button": "s:in", **how}
        await self.ask("crowd", channel=channel, offset=offset, count=count, **how)

    async def _settled(self, channel: str) -> dict[str, int]:
        """Wait until everybody was answered; the sums of the crowds."""

        async def done() -> list[dict[str, Any]] | None:
            crowds: list[dict[str, Any]] = await self.ask("crowd", "GET", channel=channel)
            return crowds if all(crowd["done"] for crowd in crowds) else None

        crowds = await self.until(f"everybody on {channel} answered by the bot", done)
        names = ("count", "answered", "absent", "confirmed")
        return {name: sum(crowd.get(name, 0) for crowd in crowds) for name in names}

    async def _on_whatsapp(self, first: int, count: int) -> list[int]:
        """Some people from an index on who use WhatsApp and show their number."""
        found: list[int] = []
        for person in range(FIRST_ID + first, FIRST_ID + first + _SPARE):
            contact = await self.contact("whatsapp", person=person)
            if contact["on_whatsapp"] and not contact["hides_number"]:
                found.append(person)
        return found[:count]

    async def _link(self) -> None:
        """One of Telegram's people is on WhatsApp too, says so, and likes it better there."""
        (self.both,) = await self._on_whatsapp(0, 1)
        await self.ask("say", person=self.both, text="JOIN")
        await self.ask("say", channel="whatsapp", person=self.both, text="KATIL")
        await self.phone_see("whatsapp", self.both, "a welcome on WhatsApp", "STOP|DUR")
        await self.ask("say", person=self.both, text="/link")
        code = (await self.see(self.both, "a code to link by", r"LINK (\d{8})"))[1]
        await self.ask("say", channel="whatsapp", person=self.both, text=f"LINK {code}")
        await self.phone_press("whatsapp", self.both, "s:on:whatsapp")
        await self.phone_see("whatsapp", self.both, "where it will come from now on", "WhatsApp")
        self.say("One is on Telegram and on WhatsApp, linked the two, and chose WhatsApp.")

    async def _from_paper(self) -> None:
        self.away = tuple(await self._on_whatsapp(self.people + 2 * self.meta_people, 2))
        lines = ["channel,address,name,language,consent,source"]
        for person in self.away:
            contact = await self.contact("whatsapp", person=person)
            lines.append(f"whatsapp,{contact['phone']},{contact['name']},tr,opted_in,fair 2026")
        await self.product.take_in("\n".join(lines) + "\n")
        self.say("Two more signed on paper and were imported: no 24-hour window is open to them.")
