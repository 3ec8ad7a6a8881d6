"""Where attacks are played: the real product as a process, on a sandbox of its own, with its team.

`town(folder, …)` opens a sandbox, imports `people` on Telegram, and starts `tellal run`. What an
attack needs otherwise (a restart under other settings, the database, what phones received) is a
method of `Town`; Slack and Meta are spoken to as in `sandbox/slack_stage.py` and `meta_stage.py`.
"""

from __future__ import annotations

import re
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from lab import demo_world as demo_town
from lab.child_process import Child
from lab.processes import environment, free_port
from sandbox.meta_stage import MetaStage
from sandbox.people import FIRST_ID
from sandbox.slack_stage import SlackStage
from tests.database import migrated

TOKEN = "7000:attack-token"
OWNER, AUTHOR, APPROVER = 7001, 7002, 7003
TEAM = {OWNER: "Ayşe Yılmaz", AUTHOR: "Ece Kaya", APPROVER: "Murat Demir"}
HEADER = "channel,address,name,language,consent,source"
_START_SECONDS, _SANDBOX_PEOPLE = 60.0, 4000


@dataclass(kw_only=True)
class Town(SlackStage, MetaStage):
    """One installation under attack. `settings` are the product's, over its defaults here."""

    folder: Path
    settings: dict[str, str]
    product: Child | None = None
    first: Callable[[], None] | None = None
    port: int = 0
    children: list[Child] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "tellal.db"

    @property
    def product_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """The product's settings as environment; a new port each time."""
        self.port = free_port()
        return environment(
            **{
                "TELLAL_DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
                "TELLAL_TELEGRAM__TOKEN": TOKEN,
                "TELLAL_TELEGRAM__API_URL": self.url,
                "TELLAL_TELEGRAM__RATE_PER_SECOND": "0",  # nor a pause between a chat's messages
                "TELLAL_HTTP__PORT": str(self.port),
                "TELLAL_SENDER_NAME": "Town Hall",
                "TELLAL_OWNERS": f"telegram:{OWNER}",
                "TELLAL_UNDO_HOLD_SECONDS": "0",
                **self.settings,
            }
        )

    async def run(self, *arguments: str) -> Child:
        """One `tellal …` command beside the product, run to its end."""
        child = Child.fork(self.folder, self.environment(), "bot", *arguments)
        self.children.append(child)
        await child.ended()
        return child

    async def start(self, **settings: str) -> Child:
        """Start the product, with settings changed for good; a dead one's place is taken."""
        self.settings |= settings
        child = Child.fork(self.folder, self.environment(), "bot", "run", first=self.first)
        self.product = child
        self.children.append(child)
        await child.says("is running", _START_SECONDS)
        if "TELLAL_WHATSAPP__ACCESS_TOKEN" in self.settings:
            await self.webhooks(self.product_url)
        return child

    async def hold_ends(self) -> None:
        """What is held goes on now: a process that finds it in the database waits as today's
        settings say."""
        await self.restart(TELLAL_UNDO_HOLD_SECONDS="0")

    async def restart(self, **settings: str) -> Child:
        """As an operator does: stop, change settings, start."""
        if self.product is not None:
            await self.product.end()
        return await self.start(**settings)

    def freeze(self) -> None:
        """The process stands still: what people do now waits for it."""
        assert self.product is not None
        self.product.send(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.product is not None
        self.product.send(signal.SIGCONT)

    async def take_in(self, lines: list[str], header: str = HEADER) -> Child:
        """`tellal import` of these CSV lines, while the product runs or before."""
        file = self.folder / f"people-{len(self.children)}.csv"
        file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return await self.run("import", file.name)

    async def subscribers(self, count: int, first: int = 0) -> list[int]:
        """So many people on Telegram, opted in on paper, who have opened the bot before."""
        people = [FIRST_ID + first + n for n in range(count)]
        await self.ask("start", offset=first, count=count)
        done = await self.take_in([f"telegram,{p},,en,opted_in,fair" for p in people])
        assert done.process.returncode == 0, done.output
        return people

    async def join(self, person: int, role: str) -> None:
        """Invited by the owner, and in."""
        before = len(await self.said(OWNER))
        await self.ask("say", person=OWNER, text=f"/invite {role}")

        async def invited() -> str | None:
            words = "\n".join((await self.said(OWNER))[before:])
            found = re.search(r"invite-[\w-]+", words)
            return found[0] if found else None

        code = await self.until("an invitation", invited)
        await self.ask("say", person=person, text=f"/start {code}")
        await self.button(person, "status")

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read the product's database as it stands."""
        with closing(sqlite3.connect(self.database, timeout=20)) as db:
            return db.execute(sql, values).fetchall()

    def change(self, sql: str, *values: Any) -> None:
        """Change the database beside the product: what time or another program did to it."""
        with closing(sqlite3.connect(self.database, timeout=20)) as db, db:
            db.execute(sql, values)

    def value(self, sql: str, *values: Any) -> Any:
        """The first value of the first row; None for no row."""
        rows = self.query(sql, *values)
        return rows[0][0] if rows else None

    def status(self, broadcast: int) -> str:
        return str(self.value("SELECT status FROM broadcast WHERE broadcast_id = ?", broadcast))

    async def becomes(self, broadcast: int, *statuses: str) -> str:
        """Wait until the broadcast has one of these states."""

        async def look() -> str | None:
            now = self.status(broadcast)
            return now if now in statuses else None

        found: str = await self.until(f"broadcast {broadcast} {' or '.join(statuses)}", look)
        return found

    async def received(self, words: str) -> Counter[int]:
        """How often each subscriber's Telegram shows these words."""
        found = await self.ask("received", "GET", contains=words)
        counts = {int(person): n for person, n in found["counts"].items()}
        return Counter({p: n for p, n in counts.items() if p >= FIRST_ID})

    async def draft(self, words: str, author: int = AUTHOR, **media: str) -> int:
        """Written in Telegram's console; the broadcast's number."""
        before = self.value("SELECT coalesce(max(broadcast_id), 0) FROM broadcast")
        await self.ask("say", person=author, text="/new")

        async def opened() -> int | None:
            newest = self.value("SELECT max(broadcast_id) FROM broadcast") or 0
            return newest if newest > before else None

        number = int(await self.until("a new draft", opened))
        await self.see(author, "the open draft", rf"#{number} is open")
        said = {"caption": words, **media} if media else {"text": words}
        await self.ask("say", person=author, **said)
        await self.button(author, f"submit {number}")
        return number

    async def submitted(self, words: str, author: int = AUTHOR, **media: str) -> int:
        """A draft that waits for approval, its card before the approver."""
        number = await self.draft(words, author, **media)
        await self.press(author, f"submit {number}")
        await self.button(APPROVER, f"approve {number}")
        return number

    async def launched(self, words: str, author: int = AUTHOR, **media: str) -> int:
        """Submitted, and approved by the approver's button."""
        number = await self.submitted(words, author, **media)
        await self.press(APPROVER, f"approve {number}")
        return number

    async def said(self, person: int) -> list[str]:
        """All the bot's words in this chat, oldest first."""
        return [
            str(m.get("text") or m.get("caption") or "")
            for m in await self.messages(person)
            if m["from"]["is_bot"]
        ]

    async def around(self) -> str:
        chats = {TEAM[who]: (await self.said(who))[-4:] for who in TEAM}
        printed = self.product.output[-2000:] if self.product else ""
        return f"; the chats end {chats}; the product printed {printed}"


@asynccontextmanager
async def town(
    folder: Path, *, people: int = 6, team: bool = True, slack: bool = False, meta: bool = False,
    start: bool = True, new: bool = False, spaced: bool = True, **settings: str,
) -> AsyncIterator[Town]:  # fmt: skip
    """An installation that runs: one owner, and (`team`) an author and an approver.

    `new`: the product makes its database itself. `slack`, `meta`: the stand-ins of these too (`demo_town.platforms`). `spaced`: at a rate, the
    second that lies between a chat's messages.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    platforms = demo_town.platforms(url)
    wanted = ("TELLAL_SLACK",) * slack + ("TELLAL_WHATSAPP", "TELLAL_MESSENGER") * meta
    chosen = {k: v for k, v in platforms.items() if wanted and k.startswith(wanted)}
    made = Town(
        url=url, folder=folder, settings=chosen | settings, first=None if spaced else _not_spaced
    )
    if not new:
        await migrated(made.database)
    sandbox = Child.fork(
        folder, environment(), "sandbox", "--port", str(port), "--people", str(_SANDBOX_PEOPLE),
        "--rate", "0",
    )  # fmt: skip
    try:
        await sandbox.says("listening", _START_SECONDS)
        async with aiohttp.ClientSession() as made.client:
            await made.ask("bots", token=TOKEN, username="attacked_bot", name="Town Hall")
            for number, name in TEAM.items():
                await made.ask("people", id=number, name=name, language="en")
            await made.ask("start", people=list(TEAM))
            if people:
                await made.subscribers(people)
            if start:
                await made.start()
                if team:
                    await made.join(AUTHOR, "author")
                    await made.join(APPROVER, "approver")
            yield made
    finally:
        for child in reversed(made.children):
            child.send(signal.SIGCONT)
            await child.end()
        await sandbox.end()


def _not_spaced() -> None:
    from broadcast.engine import pacing

    pacing._CHAT_SPACING_SECONDS = 0.0


def last(pattern: str, words: list[str]) -> re.Match[str]:
    """The newest of the bot's messages that holds the pattern."""
    return next(hit for text in reversed(words) if (hit := re.search(pattern, text)))
