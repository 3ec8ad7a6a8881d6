"""The stage of `bench flood`: the product as a process, on a sandbox in this one that is watched.

What counts is seen from outside: when the sandbox got what a person wrote, when the product's
database holds it, and when somebody's phone showed what.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp

from lab.bench import host
from lab.child_process import Child
from lab.processes import environment, free_port
from sandbox.people import FIRST_ID
from sandbox.server import Sandbox, running
from sandbox.stage import Stage

TOKEN = "7000:bench-token"
AUTHOR, APPROVER = 7001, 7002
RATE = 30.0  # what the platform lets through a second
_LOOK_SECONDS = 0.01
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MARK = re.compile(r"\[(\w+)\]")


@dataclass(kw_only=True)
class Scene(Stage):
    """`phones`: (person, mark of the broadcast) with the moment each showed; `latest` of a mark."""

    folder: Path
    sandbox: Sandbox
    people: int  # the first so many of the sandbox's are subscribers
    product: Child | None = None
    phones: dict[tuple[int, str], float] = field(default_factory=dict)
    latest: dict[str, float] = field(default_factory=dict)
    received: Counter[int] = field(default_factory=Counter)  # of anything, by person
    left: dict[int, float] = field(default_factory=dict)  # in force since
    cancelled: dict[int, float] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "tellal.db"

    @property
    def hand(self) -> Any:
        return self.sandbox.simulator("telegram").hand

    @property
    def platform(self) -> Any:
        return self.sandbox.simulator("telegram").platform

    def say(self, person: int, text: str) -> float:
        """When the platform had it."""
        self.hand.say(self.platform.find_account(), person, {"text": text})
        return monotonic()

    def listen(self, _: Any, person: int, message: dict[str, Any]) -> None:
        """Somebody's phone shows a message."""
        self.received[person] += 1
        if person >= FIRST_ID and (hit := _MARK.search(str(message.get("text") or ""))):
            self.phones[person, hit[1]] = self.latest[hit[1]] = monotonic()

    def reached(self, mark: str) -> int:
        return sum(1 for _, of in self.phones if of == mark)

    async def around(self) -> str:
        printed = self.product.output[-2000:] if self.product else ""
        said = [str(m.get("text")) for m in (await self.messages(APPROVER))[-4:]]
        return f"; the approver's chat ends {said}; the product printed {printed}"

    def memory_mb(self) -> float:
        assert self.product is not None
        statm = Path(f"/proc/{self.product.process.pid}/statm").read_text(encoding="utf-8")
        return int(statm.split()[1]) * _PAGE / 2**20

    async def look(self) -> None:
        """Read the database again and again: what is in force, since when at the latest."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=20)) as db:
            seen = 0
            while True:
                rows = db.execute(
                    "SELECT e.consent_event_id, a.value FROM consent_event e "
                    "JOIN address a ON a.address_id = e.address_id "
                    "WHERE e.kind = 'opt_out' AND e.consent_event_id > ? ORDER BY 1",
                    (seen,),
                ).fetchall()
                for event_id, value in rows:
                    seen = event_id
                    self.left.setdefault(int(value), monotonic())
                for (number,) in db.execute(
                    "SELECT broadcast_id FROM broadcast WHERE status = 'cancelled'"
                ).fetchall():
                    self.cancelled.setdefault(int(number), monotonic())
                await asyncio.sleep(_LOOK_SECONDS)

    async def launch(self, mark: str) -> int:
        """Written and approved in the console, as people do it; the broadcast's number."""
        number = await self.new(AUTHOR)
        await self.ask("say", person=AUTHOR, text=f"[{mark}] Water is off tomorrow.")
        await self.press(AUTHOR, f"submit {number}")
        await self.press(APPROVER, f"approve {number}")
        return number


@contextlib.asynccontextmanager
async def scene(folder: Path, people: int) -> AsyncIterator[Scene]:
    """The sandbox in this process and the product beside it, each on a core of its own."""
    async with running(people=people + 100, rates={"telegram": RATE}) as sandbox:
        made = Scene(url=sandbox.url, folder=folder, sandbox=sandbox, people=people)
        async with aiohttp.ClientSession() as made.client:
            await made.ask("bots", token=TOKEN)
            for number, name in ((AUTHOR, "Ayşe Yılmaz"), (APPROVER, "Murat Demir")):
                await made.ask("people", id=number, name=name, language="en")
            await made.ask("start", people=[AUTHOR, APPROVER])
            await made.ask("start", offset=0, count=people)
            made.platform.listeners.append(made.listen)
            settings = environment(
                TELLAL_DATABASE_URL=f"sqlite+aiosqlite:///{made.database}",
                TELLAL_TELEGRAM__TOKEN=TOKEN, TELLAL_TELEGRAM__API_URL=sandbox.url,
                TELLAL_TELEGRAM__RATE_PER_SECOND=str(RATE), TELLAL_HTTP__PORT=str(free_port()),
                TELLAL_OWNERS=f"telegram:{AUTHOR},telegram:{APPROVER}",
                TELLAL_UNDO_HOLD_SECONDS="0",
                TELLAL_SAFETY__OPT_OUT="0",  # so many leave that it would stop by itself
            )  # fmt: skip
            await _take_in(made, settings, people)
            child = await Child.spawn(folder, settings, "-m", "bot", "run")
            made.product = child
            sender, other = host.cores()
            os.sched_setaffinity(child.process.pid, {sender})
            os.sched_setaffinity(0, {other})
            looking = None
            try:
                await child.says("is running", 60)
                looking = asyncio.create_task(made.look())
                yield made
            finally:
                if looking is not None:
                    looking.cancel()
                await child.end()


async def _take_in(made: Scene, settings: dict[str, str], people: int) -> None:
    lines = ["channel,address,name,language,consent,source"]
    lines += [f"telegram,{FIRST_ID + n},,en,opted_in,bench" for n in range(people)]
    (made.folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    child = await Child.spawn(made.folder, settings, "-m", "bot", "import", "people.csv")
    if await child.process.wait():
        raise SystemExit(f"bench: the import failed:\n{child.output}")
