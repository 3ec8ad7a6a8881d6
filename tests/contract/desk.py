"""One admin at a console, as a person uses it: the same verbs over Telegram and over Slack."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol

from sandbox.server import Sandbox

Json = dict[str, Any]
PLACE = "C0BROADCASTS"
PATIENCE_SECONDS = 60.0


async def until(what: str, look: Callable[[], Awaitable[Any]]) -> Any:
    """The first true value; fails with what was expected."""
    end = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while asyncio.get_running_loop().time() < end:
        if found := await look():
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"expected, but did not see: {what}")


class Desk(Protocol):
    """What a person can do and see at a console, whichever it is."""

    name: str

    async def types(self, line: str) -> None:
        """A command line, such as `status 3`."""

    async def writes(self, text: str) -> None:
        """The message of a new broadcast, where the console asks for it; up to its preview."""

    async def rejects(self, number: int, reason: str) -> None:
        """Press Reject and say why."""

    async def screen(self) -> list[str]:
        """Every text they can see now, oldest first."""

    async def buttons(self) -> list[tuple[str, str]]:
        """(command line, label) of every button they can press now, oldest first."""

    async def press(self, command: str) -> str:
        """The latest button whose command line begins so; the notice it gave, if any."""

    async def presses(self, line: str) -> None:
        """A button with this whole command line, also one that is not shown any more."""

    async def again(self) -> None:
        """The platform delivers their last event a second time."""


async def sees(desk: Desk, pattern: str) -> re.Match[str]:
    """Wait until some text on the screen holds the pattern."""

    async def look() -> re.Match[str] | None:
        for text in reversed(await desk.screen()):
            if hit := re.search(pattern, text):
                return hit
        return None

    try:
        found: re.Match[str] = await until(pattern, look)
    except AssertionError:
        raise AssertionError(f"no {pattern!r} among {await desk.screen()}") from None
    return found


async def offered(desk: Desk, command: str) -> str:
    """Wait for a button; its whole command line."""

    async def look() -> str:
        found = [line for line, _ in await desk.buttons() if line.startswith(command)]
        return found[-1] if found else ""

    try:
        return str(await until(command, look))
    except AssertionError:
        raise AssertionError(f"no button {command!r} among {await desk.buttons()}") from None


class TelegramDesk:
    """In the person's chat with the bot."""

    name = "telegram"

    def __init__(self, sandbox: Sandbox, person: int) -> None:
        self._sandbox, self.person = sandbox, person
        self._update = 0

    async def _messages(self) -> list[Json]:
        chat = await self._sandbox.do("chat", "GET", person=self.person)
        return [m for m in chat["messages"] if m["from"]["is_bot"]]

    async def types(self, line: str) -> None:
        await self._sandbox.do("say", person=self.person, text=f"/{line}")

    async def writes(self, text: str) -> None:
        await sees(self, "send or forward me the message")
        await self._sandbox.do("say", person=self.person, text=text)
        await sees(self, re.escape(text))

    async def rejects(self, number: int, reason: str) -> None:
        await self.press(f"reject {number}")
        await sees(self, "Why\\?")
        await self._sandbox.do("say", person=self.person, text=reason)

    async def screen(self) -> list[str]:
        return [str(m.get("text") or m.get("caption") or "") for m in await self._messages()]

    async def buttons(self) -> list[tuple[str, str]]:
        return [
            (button["callback_data"].removeprefix("a:"), button["text"])
            for message in await self._messages()
            for row in message.get("reply_markup", {}).get("inline_keyboard", [])
            for button in row
            if "callback_data" in button
        ]

    async def press(self, command: str) -> str:
        line = await offered(self, command)
        for message in reversed(await self._messages()):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                if any(button.get("callback_data") == f"a:{line}" for button in row):
                    pressed = await self._sandbox.do(
                        "press",
                        person=self.person,
                        message_id=message["message_id"],
                        data=f"a:{line}",
                        wait=10,
                    )
                    return str(pressed.get("text") or "")
        raise AssertionError(line)

    async def presses(self, line: str) -> None:
        latest = (await self._messages())[-1]["message_id"]
        await self._sandbox.do(
            "press", person=self.person, message_id=latest, data=f"a:{line}", force=True, wait=10
        )

    async def again(self) -> None:
        await self._sandbox.do("redeliver")


class SlackDesk:
    """In the team's channel: cards, threads, private lines; and the person's modal and messages."""

    name = "slack"

    def __init__(self, sandbox: Sandbox, user: str) -> None:
        self._sandbox, self.user = sandbox, user

    async def do(self, verb: str, /, **data: Any) -> Any:
        return await self._sandbox.do(verb, channel="slack", user=self.user, **data)

    async def types(self, line: str) -> None:
        answer = await self.do("command", place=PLACE, text=line)
        assert answer["acked"], answer

    async def writes(self, text: str) -> None:
        await self.submit(Message=text)
        await sees(self, re.escape(text))

    async def submit(self, **values: Any) -> Json:
        """The modal that is open, once it is a form."""

        async def form() -> bool:
            view = await self.do("modal")
            return bool(view and view["submit"])

        await until("a form", form)
        answer: Json = await self.do("submit", values=values)
        assert answer["acked"], answer
        return answer

    async def rejects(self, number: int, reason: str) -> None:
        await self.press(f"reject {number}")
        view = await until("a form", lambda: self.do("modal"))
        label = next(b["label"]["text"] for b in view["blocks"] if b["type"] == "input")
        await self.submit(**{label: reason})

    async def messages(self) -> list[tuple[Json, str | None]]:
        """(message, place) of the channel and the direct messages, threads included."""
        found: list[tuple[Json, str | None]] = []
        for place in (PLACE, None):
            where = {"place": place} if place else {}
            for message in await self.do("messages", **where):
                found.append((message, place))
                found += [(reply, place) for reply in message.get("replies") or []]
        return sorted(found, key=lambda one: float(one[0]["ts"]))

    async def _blocks(self) -> list[list[Json]]:
        blocks = [
            message.get("blocks") or [{"text": message["text"]}]
            for message, _ in await self.messages()
        ]
        view = await self.do("modal")
        return [*blocks, view["blocks"] if view else []]

    async def screen(self) -> list[str]:
        return ["\n".join(texts(blocks)) for blocks in await self._blocks()]

    async def buttons(self) -> list[tuple[str, str]]:
        return [button for blocks in await self._blocks() for button in _buttons(blocks)]

    async def press(self, command: str) -> str:
        line = await offered(self, command)
        view = await self.do("modal")
        if view and line in dict(_buttons(view["blocks"])):
            answer = await self.do("press", value=line)
        else:
            message, place = next(
                (message, place)
                for message, place in reversed(await self.messages())
                if line in dict(_buttons(message.get("blocks") or []))
            )
            where = {"place": place} if place else {}
            answer = await self.do("press", ts=message["ts"], value=line, **where)
        assert answer["acked"], answer
        return ""

    async def presses(self, line: str) -> None:
        message, place = (await self.messages())[-1]
        where = {"place": place} if place else {}
        answer = await self.do(
            "press", ts=message["ts"], value=line, action_id="command.99", force=True, **where
        )
        assert answer["acked"], answer

    async def again(self) -> None:
        await self._sandbox.do("duplicate", channel="slack", latest=True)


def texts(node: Any) -> Iterator[str]:
    """The words of blocks, a line for each element."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, dict):
        if node.get("type") in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}:
            yield "".join(
                str(leaf.get("text") or leaf.get("url") or "") for leaf in node["elements"]
            )
        elif isinstance(node.get("text"), str):
            yield node["text"]
        else:
            yield from texts(
                [node[key] for key in ("text", "label", "elements", "element") if key in node]
            )


def _buttons(blocks: list[Json]) -> list[tuple[str, str]]:
    return [
        (element["value"], element["text"]["text"])
        for block in blocks
        if block.get("type") == "actions"
        for element in block["elements"]
        if element.get("value")
    ]


def slack(desk: Any) -> SlackDesk:
    """Whoever's desk is known to be in Slack."""
    assert isinstance(desk, SlackDesk)
    return desk
