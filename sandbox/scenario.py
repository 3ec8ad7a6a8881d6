"""The story `tellal demo --play` tells, by the control API alone: people, buttons, faults, a kill.

Every step waits for what it expects to see and raises Deviation with the sentence that failed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

import aiohttp

AUTHOR, APPROVER = 7001, 7002
MARK = "Su kesintisi"
CAPTION = f"{MARK}: yarın 10:00-14:00. Water will be off tomorrow, 10:00-14:00."
_PATIENCE = 20.0


class Deviation(Exception):
    """The story did not go as it should."""


class Product(Protocol):
    """The process under test."""

    async def start(self) -> str: ...

    def kill(self) -> None: ...


@dataclass
class Story:
    """`say` prints a line; `claim` is the code the product printed at its first start."""

    url: str
    product: Product
    people: int
    say: Callable[[str], None]
    client: aiohttp.ClientSession = field(init=False)
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

    async def ask(self, verb: str, http: str = "POST", **data: Any) -> Any:
        sent: dict[str, Any] = {"json": data} if http == "POST" else {"params": data}
        async with self.client.request(http, f"{self.url}/control/{verb}", **sent) as answer:
            body = await answer.json()
            if answer.status >= 400:
                raise Deviation(f"the sandbox refused {verb}: {body}")
            return body

    async def received(self) -> dict[str, int]:
        counts: dict[str, int] = (await self.ask("received", "GET", contains=MARK))["counts"]
        return {k: n for k, n in counts.items() if int(k) not in {AUTHOR, APPROVER}}

    async def _until(self, what: str, look: Callable[[], Awaitable[Any]]) -> Any:
        end = monotonic() + _PATIENCE
        while monotonic() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.05)
        seen = [m.get("text") or m.get("caption") for m in (await self._messages(AUTHOR))[-6:]]
        raise Deviation(f"expected, but did not see: {what}; Ayşe's chat ends: {seen}")

    async def _messages(self, person: int) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = (await self.ask("chat", "GET", person=person))["messages"]
        return messages

    async def _see(self, person: int, what: str, pattern: str) -> re.Match[str]:
        """Wait until the bot's words in this chat hold the pattern."""

        async def look() -> re.Match[str] | None:
            for message in reversed(await self._messages(person)):
                text = message.get("text") or message.get("caption") or ""
                if message["from"]["is_bot"] and (hit := re.search(pattern, text)):
                    return hit
            return None

        found: re.Match[str] = await self._until(what, look)
        return found

    async def _button(self, person: int, command: str) -> tuple[int, str]:
        """Wait for a button that carries this command; (message id, its data)."""

        async def look() -> tuple[int, str] | None:
            for message in reversed(await self._messages(person)):
                for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                    for button in row:
                        if button.get("callback_data", "").startswith(f"a:{command}"):
                            return message["message_id"], button["callback_data"]
            return None

        found: tuple[int, str] = await self._until(f"a button for “{command}”", look)
        return found

    async def _press(self, person: int, command: str) -> None:
        message_id, data = await self._button(person, command)
        await self.ask("press", person=person, message_id=message_id, data=data)

    async def _opening(self) -> str:
        await self.ask("people", id=AUTHOR, name="Ayşe Yılmaz", language="tr")
        await self.ask("people", id=APPROVER, name="Murat Demir", language="en")
        await self.ask("limits", per_second=0)
        claim = await self.product.start()
        self.say("The bot is up and printed a claim code.")
        return claim

    async def _team(self, claim: str) -> None:
        await self.ask("say", person=AUTHOR, text=f"/start claim-{claim}")
        await self._button(AUTHOR, "new")
        await self.ask("say", person=AUTHOR, text="/invite approver")
        code = (await self._see(AUTHOR, "an invitation link", r"invite-[\w-]+"))[0]
        await self.ask("say", person=APPROVER, text=f"/start {code}")
        await self._button(APPROVER, "status")
        self.say("Ayşe claimed the install; Murat joined as approver.")

    async def _subscribers(self) -> None:
        await self.ask("crowd", count=self.people, opt_in_share=0.9)

        async def done() -> bool:
            return bool((await self.ask("crowd", "GET"))[0]["done"])

        await self._until("everybody answered by the bot", done)
        crowd = (await self.ask("crowd", "GET"))[0]
        self.say(f"{self.people} people pressed /start; {crowd['confirmed']} opted in.")

    async def _compose(self) -> int:
        await self.ask("say", person=AUTHOR, text="/new")
        await self._see(AUTHOR, "a new draft", r"#\d+")
        await self.ask(
            "say", person=AUTHOR, photo="photo", caption=CAPTION,
            entities=[{"type": "bold", "offset": 0, "length": len(MARK)}],
        )  # fmt: skip
        _, data = await self._button(AUTHOR, "submit")
        broadcast = int(data.split()[1])
        await self.ask(
            "say", person=AUTHOR, text=f"/button {broadcast} Read more - https://example.org/water"
        )

        async def preview() -> bool:
            return any(
                m["from"]["is_bot"] and m.get("photo") and m.get("reply_markup")
                and m.get("caption_entities", [{}])[0].get("type") == "bold"
                for m in await self._messages(AUTHOR)
            )  # fmt: skip

        await self._until("the preview with photo, bold words and button", preview)
        self.say(f"Ayşe wrote broadcast {broadcast} with a photo and a button, and saw it.")
        return broadcast

    async def _approve(self, broadcast: int) -> None:
        await self._press(AUTHOR, f"submit {broadcast}")
        _, data = await self._button(APPROVER, f"approve {broadcast}")
        await self.ask("say", person=AUTHOR, text="/" + data.removeprefix("a:"))
        await asyncio.sleep(1.0)
        if await self.received():
            raise Deviation("something was sent before the approval")
        await self._button(APPROVER, f"approve {broadcast}")
        self.say("Ayşe tried to approve her own broadcast: refused.")
        await self._faults()
        await self._press(APPROVER, f"approve {broadcast}")
        await self._button(AUTHOR, f"cancel {broadcast}")
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

        await self._until("the fan-out under way", begun)
        await self.ask("say", person=self.stopped, text="STOP")

        async def half() -> bool:
            return len(await self.received()) >= self.people * 0.4

        await self._until("half of it sent", half)
        self.product.kill()
        self.say(f"Killed with SIGKILL after {len(await self.received())} messages.")
        await self.product.start()
        self.say("Started again on the same database.")

    async def _ending(self) -> None:
        await self._button(AUTHOR, "missed")
        self.say("The final report arrived.")
