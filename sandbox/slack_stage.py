"""Acting in the fake Slack over the control API: commands, modals, buttons, and what one sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.stage import Deviation, Stage

Json = dict[str, Any]
PLACE = "C0BROADCASTS"


@dataclass(kw_only=True)
class SlackStage(Stage):
    """People are user ids; everything happens in one channel, in modals and in direct messages."""

    async def slack(self, verb: str, user: str, **data: Any) -> Any:
        """One verb of Slack's part of the control API; a click must be acknowledged."""
        done = await self.ask(verb, channel="slack", user=user, **data)
        if isinstance(done, dict) and done.get("acked") is False:
            raise Deviation(f"Slack did not get {verb} through: {done}")
        return done

    async def command(self, user: str, line: str) -> None:
        """Types `/broadcast LINE` in the channel."""
        await self.slack("command", user, place=PLACE, text=line)

    async def submit(self, user: str, **values: Any) -> None:
        """Fills in the form that opens, by block id, and sends it."""

        async def opened() -> bool:
            view = await self.slack("modal", user)
            return bool(view and view.get("submit"))

        await self.until("a form in a modal", opened)
        await self.slack("submit", user, values=values)

    async def surfaces(self, user: str) -> list[tuple[list[Json], Json]]:
        """(blocks, where `press` finds them): messages and threads, then the modal."""
        found: list[tuple[list[Json], Json]] = []
        for where in ({"place": PLACE}, {}):
            for message in await self.slack("messages", user, **where):
                for one in (message, *(message.get("replies") or ())):
                    found.append((one.get("blocks") or [], where | {"ts": one["ts"]}))
        view = await self.slack("modal", user)
        return [*found, (view["blocks"], {})] if view else found

    async def slack_see(self, user: str, what: str, pattern: str) -> re.Match[str]:
        """Wait until something this person sees holds the pattern."""

        async def look() -> re.Match[str] | None:
            for blocks, _ in reversed(await self.surfaces(user)):
                if hit := re.search(pattern, "\n".join(texts(blocks))):
                    return hit
            return None

        found: re.Match[str] = await self.until(what, look)
        return found

    async def slack_button(self, user: str, command: str) -> tuple[str, Json]:
        """Wait for a button that carries this command; (its whole line, where it is)."""

        async def look() -> tuple[str, Json] | None:
            for blocks, where in reversed(await self.surfaces(user)):
                for value in values(blocks):
                    if value.startswith(command):
                        return value, where
            return None

        found: tuple[str, Json] = await self.until(f"a button in Slack for “{command}”", look)
        return found

    async def slack_press(self, user: str, command: str) -> None:
        value, where = await self.slack_button(user, command)
        await self.slack("press", user, value=value, **where)


def texts(node: Any) -> Iterator[str]:
    """The words of blocks, a line for each paragraph."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, dict):
        if str(node.get("type", "")).startswith(
            ("rich_text_section", "rich_text_quote", "rich_text_pre")
        ):
            yield "".join(
                str(leaf.get("text") or leaf.get("url") or "") for leaf in node["elements"]
            )
        elif isinstance(node.get("text"), str):
            yield node["text"]
        else:
            for key in ("text", "label", "elements", "element"):
                yield from texts(node.get(key))


def values(blocks: list[Json]) -> Iterator[str]:
    """The command lines of the buttons."""
    for block in blocks:
        if block.get("type") == "actions":
            yield from (str(e["value"]) for e in block["elements"] if e.get("value"))
