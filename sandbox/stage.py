"""Acting in the fake world over its control API: say, press, and wait for what one expects to see.

Every wait ends with what it waited for, or raises Deviation with the sentence that failed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import aiohttp

PATIENCE_SECONDS = 120.0
_OF_ALL_BOTS = frozenset({"faults", "people", "limits"})


class Deviation(Exception):
    """It did not go as it should."""


@dataclass(kw_only=True)
class Stage:
    """`client` is opened by whoever plays; `bot`: which bot is meant, where there are several."""

    url: str
    bot: str = ""
    client: aiohttp.ClientSession = field(init=False)

    async def ask(self, verb: str, http: str = "POST", **data: Any) -> Any:
        """One verb of the control API."""
        if self.bot and verb not in _OF_ALL_BOTS:
            data.setdefault("bot", self.bot)
        sent: dict[str, Any] = {"json": data} if http == "POST" else {"params": data}
        async with self.client.request(http, f"{self.url}/control/{verb}", **sent) as answer:
            body = await answer.json()
            if answer.status >= 400:
                raise Deviation(f"the sandbox refused {verb}: {body}")
            return body

    async def until(
        self, what: str, look: Callable[[], Awaitable[Any]], seconds: float = PATIENCE_SECONDS
    ) -> Any:
        """Look again and again until something is there."""
        end = monotonic() + seconds
        while monotonic() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.05)
        raise Deviation(f"expected, but did not see: {what}{await self.around()}")

    async def around(self) -> str:
        """What a Deviation says of the rest of the stage."""
        return ""

    async def messages(self, person: int) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = (await self.ask("chat", "GET", person=person))["messages"]
        return messages

    async def see(self, person: int, what: str, pattern: str) -> re.Match[str]:
        """Wait until the bot's words in this chat hold the pattern."""

        async def look() -> re.Match[str] | None:
            for message in reversed(await self.messages(person)):
                text = message.get("text") or message.get("caption") or ""
                if message["from"]["is_bot"] and (hit := re.search(pattern, text)):
                    return hit
            return None

        found: re.Match[str] = await self.until(what, look)
        return found

    async def button(self, person: int, command: str) -> tuple[int, str]:
        """Wait for a button that carries this command; (message id, its data)."""

        async def look() -> tuple[int, str] | None:
            for message in reversed(await self.messages(person)):
                for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                    for button in row:
                        if button.get("callback_data", "").startswith(f"a:{command}"):
                            return message["message_id"], button["callback_data"]
            return None

        found: tuple[int, str] = await self.until(f"a button for “{command}”", look)
        return found

    async def new(self, author: int) -> int:
        """Begin a broadcast in the console, by `/new`; its number."""
        marker = (await self.ask("received", "GET"))["marker"]
        await self.ask("say", person=author, text="/new")

        async def opened() -> int | None:
            for message in reversed(await self.messages(author)):
                if message["message_id"] <= marker or not message["from"]["is_bot"]:
                    continue
                if hit := re.search(r"#(\d+) is open", message.get("text") or ""):
                    return int(hit[1])
            return None

        return int(await self.until("a new draft", opened))

    async def press(self, person: int, command: str) -> None:
        """Wait for a button that carries this command, and press it."""
        message_id, data = await self.button(person, command)
        await self.ask("press", person=person, message_id=message_id, data=data)
