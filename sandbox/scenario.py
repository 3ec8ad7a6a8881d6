"""The story `tellal demo --play` tells, by the control API alone: people, buttons, faults, a kill.

Every step waits for what it expects to see and raises Deviation with the sentence that failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from sandbox.slack_stage import SlackStage, texts
from sandbox.stage import Deviation

AUTHOR, APPROVER = 7001, 7002
WRITER = "U0ECE"  # the author in Slack; AUTHOR is her phone
MARK = "Su kesintisi"
CAPTION = f"{MARK}: yarın 10:00-14:00. Water will be off tomorrow, 10:00-14:00."


class Product(Protocol):
    """The process under test."""

    async def start(self) -> str: ...

    def kill(self) -> None: ...


@dataclass(kw_only=True)
class Story(SlackStage):
    """`say` prints a line; `stopped` is who says STOP before their turn."""

    product: Product
    people: int
    say: Callable[[str], None]
    stopped: int = 0

    async def tell(self) -> None:
        async with aiohttp.ClientSession() as self.client:
            claim = await self._opening()
            await self._team(claim)
            await self._subscribers()
            broadcast = await self._compose()
            await self._approve(broadcast)
            await self._storm()
            await self._ending()

    async def received(self) -> dict[str, int]:
        counts: dict[str, int] = (await self.ask("received", "GET", contains=MARK))["counts"]
        return {k: n for k, n in counts.items() if int(k) not in {AUTHOR, APPROVER}}

    async def around(self) -> str:
        seen = [m.get("text") or m.get("caption") for m in (await self.messages(AUTHOR))[-6:]]
        there = ["\n".join(texts(blocks)) for blocks, _ in (await self.surfaces(WRITER))[-6:]]
        return f"; Ece's phone ends: {seen}; her Slack ends: {there}"

    async def _opening(self) -> str:
        await self.ask("people", id=AUTHOR, name="Ece Yılmaz", language="tr")
        await self.ask("people", id=APPROVER, name="Murat Demir", language="en")
        await self.ask("limits", per_second=0)
        claim = await self.product.start()
        self.say("The bot is up and printed a claim code.")
        return claim

    async def _team(self, claim: str) -> None:
        await self.command(WRITER, f"join claim-{claim}")
        await self.slack_button(WRITER, "new")
        await self.command(WRITER, "invite approver")
        code = (await self.slack_see(WRITER, "an invitation", r"invite-[\w-]+"))[0]
        await self.ask("say", person=APPROVER, text=f"/start {code}")
        await self.button(APPROVER, "status")
        self.say("Ece claimed the install in Slack; Murat joined from his phone as approver.")
        await self.command(WRITER, "link")
        code = (await self.slack_see(WRITER, "a code for her phone", r"link (\w{8})"))[1]
        await self.ask("say", person=AUTHOR, text=f"/link {code}")
        await self.button(AUTHOR, "new")
        self.say("Ece linked her phone: on both she is the same person.")

    async def _subscribers(self) -> None:
        await self.ask("crowd", count=self.people, opt_in_share=0.9)

        async def done() -> bool:
            return bool((await self.ask("crowd", "GET"))[0]["done"])

        await self.until("everybody answered by the bot", done)
        crowd = (await self.ask("crowd", "GET"))[0]
        self.say(f"{self.people} people pressed /start; {crowd['confirmed']} opted in.")

    async def _compose(self) -> int:
        await self.command(WRITER, "new")
        await self.submit(
            WRITER,
            text=CAPTION.replace(MARK, f"*{MARK}*", 1),
            files=["photo"],
            buttons="Read more - https://example.org/water",
        )
        line, _ = await self.slack_button(WRITER, "submit")

        async def preview() -> bool:
            view = await self.slack("modal", WRITER)
            blocks = view["blocks"] if view else []
            kinds = {block["type"] for block in blocks}
            drawn = str(blocks)
            bold = f"'text': '{MARK}', 'style': {{'bold': True}}" in drawn
            return bold and "image" in kinds and "https://example.org/water" in drawn

        await self.until("the preview with photo, bold words and button", preview)
        broadcast = int(line.split()[1])
        self.say(
            f"Ece wrote broadcast {broadcast} in Slack, with a photo and a button, and saw it."
        )
        return broadcast

    async def _approve(self, broadcast: int) -> None:
        await self.slack_press(WRITER, f"submit {broadcast}")
        await self.slack("close", WRITER)
        await self.slack_button(WRITER, f"approve {broadcast} ")
        _, data = await self.button(APPROVER, f"approve {broadcast}")
        await self.ask("say", person=AUTHOR, text="/" + data.removeprefix("a:"))
        await self.slack_press(WRITER, f"approve {broadcast} ")
        await asyncio.sleep(1.0)
        if await self.received():
            raise Deviation("something was sent before the approval")
        await self.button(APPROVER, f"approve {broadcast}")
        self.say("Ece tried to approve her own, in Slack and from her phone: refused.")
        await self._faults()
        await self.press(APPROVER, f"approve {broadcast}")
        await self.button(AUTHOR, f"cancel {broadcast}")
        await self.slack_see(WRITER, "the card that says who decided", "Murat Demir, ")
        if await self.received():
            raise Deviation("something was sent during the undo hold")
        self.say("Murat approved on Telegram; the card in Slack says so, the hold counts down.")

    async def _faults(self) -> None:
        everyone = (await self.ask("people", "GET", offset=0, count=self.people))["people"]
        blockers = [p["id"] for p in everyone[20:60:4]]
        await self.ask("block", people=blockers, silent=True)
        faults: tuple[dict[str, Any], ...] = (
            {"kind": "flood", "count": 3, "skip": 40, "retry_after": 1},
            {"kind": "error", "count": 6, "skip": 60, "status": 500},
            {"kind": "drop_after", "count": 2, "skip": 90},
        )
        for fault in faults:
            await self.ask("faults", method="sendPhoto", **fault)
        self.stopped = everyone[-1]["id"]

    async def _storm(self) -> None:
        async def begun() -> bool:
            return len(await self.received()) >= 10

        await self.until("the fan-out under way", begun)
        await self.ask("say", person=self.stopped, text="STOP")

        async def half() -> bool:
            return len(await self.received()) >= self.people * 0.4

        await self.until("half of it sent", half)
        self.product.kill()
        self.say(f"Killed with SIGKILL after {len(await self.received())} messages.")
        await self.product.start()
        self.say("Started again on the same database.")

    async def _ending(self) -> None:
        await self.button(AUTHOR, "missed")
        await self.slack_button(WRITER, "missed")
        self.say("The final report arrived, on the phone and in the thread under the card.")
