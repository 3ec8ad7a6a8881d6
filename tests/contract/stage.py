"""The real house on the sandbox's platforms: real settings, real HTTP, real callbacks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.bootstrap import House
from bot.settings import load
from broadcast.clock import steady_unix
from broadcast.message import Media, MediaKind, Message, RichText
from broadcast.models import Admin, Role
from broadcast.services import compose, media, review, templates
from broadcast.states import BroadcastStatus, DeliveryStatus
from lab.processes import free_port
from sandbox.server import Sandbox
from tests.contract.channels import ENTRIES
from tests.database import migrated

Row = tuple[DeliveryStatus, str | None]


class Stage:
    """A running house and the world it plays in."""

    def __init__(self, sandbox: Sandbox, house: House) -> None:
        self.sandbox, self.house, self.core = sandbox, house, house.core

    async def do(self, channel: str, verb: str, /, **data: Any) -> Any:
        """A verb of one platform's control API."""
        method = "GET" if verb in {"chat", "contact", "received"} else "POST"
        return await self.sandbox.do(verb, method, channel=channel, **data)

    async def until(self, look: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
        """What `look` finds, as soon as it finds something."""
        async with asyncio.timeout(seconds):
            while not (found := await look()):
                await asyncio.sleep(0.02)
        return found

    async def joined(self, channel: str, person: int) -> None:
        """The person opts in as people do there, and the answer has reached them."""
        before = await self.consents(channel)
        await ENTRIES[channel].join(self.sandbox, person)

        async def more() -> bool:
            return len(await self.consents(channel)) > len(before)

        await self.until(more)
        if channel != "telegram":  # a fault that is asked for next is not for this answer
            await self.until(lambda: self.bubbles(channel, person))

    async def ask(self, sql: str, **values: Any) -> list[Any]:
        async with self.core.store.read() as session:
            return list((await session.execute(text(sql), values)).all())

    async def change(self, sql: str, **values: Any) -> None:
        async with self.core.store.write() as session:
            await session.execute(text(sql), values)

    async def consents(self, channel: str, wanted: str = "opted_in") -> set[str]:
        """Addresses with that consent."""
        sql = "SELECT value FROM address WHERE channel = :channel AND consent = :wanted"
        return {row[0] for row in await self.ask(sql, channel=channel, wanted=wanted)}

    async def close_windows(self, *channels: str) -> None:
        """A day and an hour pass on the platforms, and since everybody last wrote to us."""
        for channel in channels:
            await self.do(channel, "advance", seconds=90_000)
            await self.change(
                "UPDATE address SET wrote_at = :then WHERE channel = :channel",
                channel=channel, then=steady_unix() - 90_000,
            )  # fmt: skip

    async def approved(self, message: Message | str = "Water is off", **choice: str) -> int:
        """A broadcast written by one admin, approved by another, on its way."""
        core = self.core
        author, approver = await self.admins()
        row = await compose.new(core, author)
        number = row.broadcast_id or 0
        if isinstance(message, str):
            message = Message(text=RichText(text=message))
        await templates.look_again(core, message)  # as whoever chose one has seen them
        await compose.set_message(core, author, number, message)
        if choice:
            await compose.set_reach(core, author, number, **choice)
        seen = await review.submit(core, author, number)
        await review.approve(core, approver, number, seen.submission)
        return number

    async def file(self, kind: str, name: str = "") -> Media:
        """A sample as an author would have sent it."""
        filename, mime, data = self.sandbox.world.sample(name or kind)
        return await media.keep(self.core, MediaKind(kind), data, filename=filename, mime=mime)

    async def bubbles(self, channel: str, person: int) -> list[dict[str, Any]]:
        """What we wrote to somebody since they last wrote, as their phone shows it."""
        chat = (await self.do(channel, "chat", person=person))["messages"]
        theirs = [i for i, one in enumerate(chat) if not one["from_business"]]
        return [one for one in chat[theirs[-1] + 1 if theirs else 0 :] if one["from_business"]]

    async def admins(self) -> tuple[Admin, Admin]:
        if not hasattr(self, "_admins"):
            made = [Admin(name=role, role=role, created_at=self.core.clock())
                    for role in (Role.AUTHOR, Role.APPROVER)]  # fmt: skip
            async with self.core.store.write() as session:
                session.add_all(made)
            self._admins = (made[0], made[1])
        return self._admins

    async def became(self, number: int, *wanted: BroadcastStatus) -> None:
        async def is_it() -> bool:
            row = await compose.get(self.core, number)
            return BroadcastStatus(row.status) in wanted

        await self.until(is_it)

    async def rows(self, number: int) -> dict[str, Row]:
        """By `channel:address`: status and reason of each delivery."""
        sql = """SELECT a.channel || ':' || a.value, d.status, d.reason FROM delivery d
        JOIN address a ON a.address_id = d.address_id WHERE d.broadcast_id = :b"""
        found = await self.ask(sql, b=number)
        return {row[0]: (DeliveryStatus(row[1]), row[2]) for row in found}

    async def settled(self, number: int, *wanted: DeliveryStatus) -> dict[str, Row]:
        """The rows, once every one stands where it should."""

        async def there() -> dict[str, Row] | None:
            rows = await self.rows(number)
            return rows if rows and all(row[0] in wanted for row in rows.values()) else None

        try:
            return dict(await self.until(there))
        except TimeoutError:
            raise AssertionError(await self.rows(number)) from None

    async def got(self, channel: str, words: str) -> dict[str, int]:
        """How often each person got a message with these words, by person."""
        told = await self.do(channel, "received", contains=words)
        return dict(told["counts"])


@contextlib.asynccontextmanager
async def stage(
    sandbox: Sandbox, folder: Path, *channels: str, **instead: str
) -> AsyncIterator[Stage]:
    """A house open on these channels, the platforms' callbacks pointed at it, phones fast.
    `instead`: other lines for a channel's settings, at their end."""
    port = free_port()
    sections = ""
    for name in channels:
        lines = ENTRIES[name].section(sandbox.url).splitlines()
        changed = {line.partition(" ")[0] for line in instead.get(name, "").splitlines()}
        kept = [line for line in lines if line.partition(" ")[0] not in changed]
        sections += "\n".join([*kept, instead.get(name, ""), ""])
    (folder / "tellal.toml").write_text(
        f'database_url = "sqlite+aiosqlite:///{folder}/t.db"\nowners = "telegram:501"\n'
        f"undo_hold_seconds = 0\n[http]\nport = {port}\n"
        f'public_url = "http://127.0.0.1:{port}"\n' + sections
    )
    with contextlib.chdir(folder):
        settings = load()
    await migrated(folder / "t.db")
    house = House(settings)
    await house.open()
    try:
        made = Stage(sandbox, house)
        for name in channels:
            await ENTRIES[name].connect(sandbox, f"http://127.0.0.1:{port}")
        yield made
    finally:
        await house.close()
