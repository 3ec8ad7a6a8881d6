"""The sandbox and the product as real processes, for the demo and for what tries to break them."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from bot.owner_claim import NO_OWNER
from lab.child_process import Child
from sandbox.keeper import KEY_SETTING
from sandbox.stage import Deviation

TOKEN = "7000:demo-token"
ROOT = str(Path(__file__).resolve().parent.parent)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """This process's own, with nobody's settings but these."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TELLAL_")}
    return clean | {"PYTHONPATH": ROOT} | settings


async def claim_code(folder: Path, settings: dict[str, str]) -> str:
    """What `tellal claim` shows at a terminal; empty when there is an owner already."""
    ours, theirs = pty.openpty()
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "claim", cwd=folder, env=settings, stdin=theirs,
            stdout=theirs, stderr=theirs,
        )  # fmt: skip
        await child.wait()
        os.write(theirs, b"\n")  # so that there is something to read in any case
        shown = os.read(ours, 65536).decode(errors="replace")
    finally:
        os.close(ours)
        os.close(theirs)
    found = re.search(r"claim-([\w-]+)", shown)
    return found[1] if found else ""


class Processes:
    """The sandbox and the product, as two real processes. `sender` empty: the name is not set."""

    def __init__(
        self, folder: Path, port: int, people: int, *, sender: str = "Town Hall", **settings: str
    ) -> None:
        self.first: Callable[[], None] | None = None  # called in each process before anything else
        self.url = f"http://127.0.0.1:{port}"
        self.database = f"sqlite+aiosqlite:///{folder}/tellal.db"
        http_port, watch_port = free_port(), free_port()
        self.product_url = f"http://127.0.0.1:{http_port}"
        self.watch_port = watch_port
        self.keeper_key = secrets.token_urlsafe(24)
        self._sandbox = [
            "sandbox", "--port", str(port), "--people", str(people + 10),
            "--product-url", f"http://127.0.0.1:{watch_port}",
        ]  # fmt: skip
        self._environment = environment(
            **{KEY_SETTING: self.keeper_key},
            TELLAL_DATABASE_URL=self.database, TELLAL_TELEGRAM__TOKEN=TOKEN,
            TELLAL_TELEGRAM__API_URL=self.url, TELLAL_HTTP__PORT=str(http_port),
            TELLAL_HTTP__METRICS_PORT=str(watch_port),
            **({"TELLAL_SENDER_NAME": sender} if sender else {}), **settings,
        )  # fmt: skip
        self._folder = folder
        self._running: list[Child] = []
        self._product: Child | None = None

    def _fork(self, room: str, *arguments: str) -> Child:
        child = Child.fork(self._folder, self._environment, room, *arguments, first=self.first)
        self._running.append(child)
        return child

    async def open_sandbox(self) -> None:
        await self._fork(*self._sandbox).says("listening", 60)

    async def start(self) -> str:
        """Start the product; returns a claim code while it has no owner, else an empty string."""
        self._product = self._fork("bot", "run")
        await self._product.says("is running", 60)
        if NO_OWNER not in self._product.output:
            return ""
        return await claim_code(self._folder, self._environment)

    async def take_in(self, csv: str) -> None:
        """`tellal import` of these lines, as an admin would. Raises Deviation when it refuses."""
        (self._folder / "people.csv").write_text(csv, encoding="utf-8")
        child = self._fork("bot", "import", "people.csv")
        if await child.ended():
            raise Deviation(f"the import failed:\n{child.output}")

    def output(self) -> str:
        """What the product printed since its latest start."""
        return self._product.output if self._product else ""

    def kill(self) -> None:
        assert self._product is not None
        self._product.send(signal.SIGKILL)

    @property
    def down(self) -> bool:
        """Whether the product is not running now."""
        return self._product is None or self._product.process.returncode is not None

    async def ended(self) -> None:
        """Wait until the product has ended."""
        assert self._product is not None
        await self._product.process.wait()

    async def close(self) -> None:
        for child in reversed(self._running):
            await child.end()
