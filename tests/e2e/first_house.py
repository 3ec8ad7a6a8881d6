"""A house of which nobody is the owner yet: the product beside stand-ins, and a page to look at it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from lab import demo_world
from lab.processes import TOKEN, Processes, free_port
from sandbox.meta_stage import MetaStage
from sandbox.people import FIRST_ID
from sandbox.scenario import APPROVER, AUTHOR

NAMES = {AUTHOR: "Ayşe Yılmaz", APPROVER: "Murat Demir"}
# So slow that a broadcast can be watched, and stopped, in the middle.
_PACE = {"TELLAL_UNDO_HOLD_SECONDS": "8", "TELLAL_TELEGRAM__RATE_PER_SECOND": "10"}


@dataclass(frozen=True)
class House:
    """`claim`: what makes whoever writes it the first owner."""

    address: str
    claim: str
    stage: MetaStage

    async def crowd(self, first: int, count: int, **how: object) -> None:
        """People of the sandbox come in and agree; returns when all are in."""
        await self.stage.ask("crowd", offset=first, count=count, opt_in_share=1.0, rate=5, **how)

        async def all_in() -> bool:
            return all(crowd["done"] for crowd in await self.stage.ask("crowd", "GET"))

        await self.stage.until("a crowd that is in", all_in)

    async def writes(self, person: int, text: str, channel: str = "telegram") -> None:
        """Somebody writes to the bot from a phone that nobody looks at."""
        await self.stage.ask("say", person=person, text=text, channel=channel)


@contextlib.asynccontextmanager
async def house(folder: Path, language: str, people: int) -> AsyncIterator[House]:
    """A running house whose team has opened the bot and said nothing yet."""
    port = free_port()
    settings = demo_world.settings(f"http://127.0.0.1:{port}", language) | _PACE
    settings = {
        name: value for name, value in settings.items()
        if name != "TELLAL_OWNERS" and "SLACK" not in name
    }  # fmt: skip
    processes = Processes(folder, port, people, sender="", **settings)
    try:
        await processes.open_sandbox()
        stage = MetaStage(url=processes.url)
        async with aiohttp.ClientSession() as stage.client:
            name = {"en": "Oak Street News", "tr": "Meşe Sokak"}[language]
            await stage.ask("bots", token=TOKEN, username="oak_street_bot", name=name)
            for number, who in NAMES.items():
                await stage.ask(
                    "people", id=number, name=who, language=language, timezone="Europe/Istanbul"
                )
            claim = await processes.start()
            await stage.webhooks(processes.product_url)
            yield House(processes.url, claim, stage)
    finally:
        await processes.close()


def person(number: int) -> int:
    """The id of somebody of the sandbox."""
    return FIRST_ID + number
