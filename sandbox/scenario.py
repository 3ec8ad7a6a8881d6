"""The story `tellal demo --play` tells, by the control API alone: people, buttons, faults, a kill.

Every step waits for what it expects to see and raises Deviation with the sentence that failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from sandbox.stage import Deviation, Stage

AUTHOR, APPROVER = 7001, 7002
MARK = "Su kesintisi"
CAPTION = f"{MARK}: yarın 10:00-14:00. Water will be off tomorrow, 10:00-14:00."


class Product(Protocol):
    """The process under test."""

    async def start(self) -> str: ...

    def kill(self) -> None: ...


@dataclass(kw_only=True)
class Story(Stage):
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
        return f"; Ayşe's chat ends: {seen}"

    async def _opening(self) -> str:
        await self.ask("people", id=AUTHOR, name="Ayşe Yılmaz", language="tr")
        await self.ask("people", id=APPROVER, name="Murat Demir", language="en")
        await self.ask("limits", per_second=0)
        claim = await self.product.start()
        self.say("The bot is up and printed a claim code.")
        return claim

    async def _team(self, claim: str) -> None:
        await self.ask("say", person=AUTHOR, text=f"/start claim-{claim}")
        await self.button(AUTHOR, "new")
        await self.ask("say", person=AUTHOR, text="/invite approver")
        code = (await self.see(AUTHOR, "an invitation link", r"invite-[\w-]+"))[0]
        await self.ask("say", person=APPROVER, text=f"/start {code}")
        await self.button(APPROVER, "status")
        self.say("Ayşe claimed the install; Murat joined as approver.")

    async def _subscribers(self) -> None:
        await self.ask("crowd", count=self.people, opt_in_share=0.9)

        async def done() -> bool:
            return bool((await self.ask("crowd", "GET"))[0]["done"])

        await self.until("everybody answered by the bot", done)
        crowd = (await self.ask("crowd", "GET"))[0]
        self.say(f"{self.people} people pressed /start; {crowd['confirmed']} opted in.")

    async def _compose(self) -> int:
        await self.ask("say", person=AUTHOR, text="/new")
        await self.see(AUTHOR, "a new draft", r"#\d+")
        await self.ask(
            "say", person=AUTHOR, photo="photo", caption=CAPTION,
            entities=[{"type": "bold", "offset": 0, "length": len(MARK)}],
        )  # fmt: skip
        _, data = await self.button(AUTHOR, "submit")
        broadcast = int(data.split()[1])
        await self.ask(
            "say", person=AUTHOR, text=f"/button {broadcast} Read more - https://example.org/water"
        )

        async def preview() -> bool:
            return any(
                m["from"]["is_bot"] and m.get("photo") and m.get("reply_markup")
                and m.get("caption_entities", [{}])[0].get("type") == "bold"
                for m in await self.messages(AUTHOR)
            )  # fmt: skip

        await self.until("the preview with photo, bold words and button", preview)
        self.say(f"Ayşe wrote broadcast {broadcast} with a photo and a button, and saw it.")
        return broadcast

    async def _approve(self, broadcast: int) -> None:
        await self.press(AUTHOR, f"submit {broadcast}")
        _, data = await self.button(APPROVER, f"approve {broadcast}")
        await self.ask("say", person=AUTHOR, text="/" + data.removeprefix("a:"))
        await asyncio.sleep(1.0)
        if await self.received():
            raise Deviation("something was sent before the approval")
        await self.button(APPROVER, f"approve {broadcast}")
        self.say("Ayşe tried to approve her own broadcast: refused.")
        await self._faults()
        await self.press(APPROVER, f"approve {broadcast}")
        await self.button(AUTHOR, f"cancel {broadcast}")
        if await self.received():
            raise Deviation("something was sent during the undo hold")
        self.say("Murat approved; the hold counts down with a Cancel button.")

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
        self.say("The final report arrived.")
