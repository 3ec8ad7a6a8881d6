"""The sandbox and the product as real processes, for the demo and for what tries to break them."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import socket
import sys
from pathlib import Path

from bot.claiming import NO_OWNER
from sandbox.stage import Deviation

TOKEN = "7000:demo-token"
ROOT = str(Path(__file__).resolve().parent.parent)
_KEPT_OUTPUT = 20_000
_STOP_SECONDS = 8.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """This process's own, with nobody's settings but these."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TELLAL_")}
    return clean | {"PYTHONPATH": ROOT} | settings


class Child:
    """One running process; what it prints is read all the time, its end is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._output = b""
        self._reader = asyncio.create_task(self._read())
        self._grew = asyncio.Event()

    @classmethod
    async def spawn(
        cls, folder: Path, settings: dict[str, str], *arguments: str, keep: tuple[int, ...] = ()
    ) -> Child:
        """`keep`: descriptors that it holds open as long as it lives."""
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, *arguments, cwd=folder, env=settings, pass_fds=keep,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )
        )  # fmt: skip

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := await self.process.stdout.read(65536):
            self._output = (self._output + chunk)[-_KEPT_OUTPUT:]
            self._grew.set()
        self._grew.set()

    @property
    def output(self) -> str:
        return self._output.decode(errors="replace")

    async def says(self, words: str, seconds: float) -> None:
        """Wait for these words. Raises Deviation when the process ends without them."""
        try:
            async with asyncio.timeout(seconds):
                while words not in self.output:
                    if self._reader.done():
                        raise Deviation(f"it ended without saying {words!r}:\n{self.output}")
                    self._grew.clear()
                    await self._grew.wait()
        except TimeoutError:
            raise Deviation(f"it did not say {words!r} in time:\n{self.output}") from None

    def send(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def end(self) -> int:
        """Ask it to stop, insist if it does not; its exit code."""
        self.send(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self.send(signal.SIGKILL)
            return await self.process.wait()


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
    """The sandbox and the product, as two real processes."""

    def __init__(
        self, folder: Path, port: int, people: int, *, keep: tuple[int, ...] = (), **settings: str
    ) -> None:
        """`keep`: descriptors that both hold open, such as a lock of the folder."""
        self._keep = keep
        self.url = f"http://127.0.0.1:{port}"
        self.database = f"sqlite+aiosqlite:///{folder}/tellal.db"
        http_port, watch_port = free_port(), free_port()
        self.product_url = f"http://127.0.0.1:{http_port}"
        self.watch_port = watch_port
        self._sandbox = [
            "-m", "sandbox", "--port", str(port), "--people", str(people + 10),
            "--product-url", f"http://127.0.0.1:{watch_port}",
        ]  # fmt: skip
        self._environment = environment(
            TELLAL_DATABASE_URL=self.database, TELLAL_TELEGRAM__TOKEN=TOKEN,
            TELLAL_TELEGRAM__API_URL=self.url, TELLAL_HTTP__PORT=str(http_port),
            TELLAL_HTTP__METRICS_PORT=str(watch_port),
            TELLAL_SENDER_NAME="Town Hall", **settings,
        )  # fmt: skip
        self._folder = folder
        self._running: list[Child] = []
        self._product: Child | None = None

    async def _spawn(self, *arguments: str) -> Child:
        child = await Child.spawn(self._folder, self._environment, *arguments, keep=self._keep)
        self._running.append(child)
        return child

    async def open_sandbox(self) -> None:
        await (await self._spawn(*self._sandbox)).says("listening", 20)

    async def start(self) -> str:
        """Start the product; returns a claim code while it has no owner, else an empty string."""
        self._product = await self._spawn("-m", "bot", "run")
        await self._product.says("is running", 40)
        if NO_OWNER not in self._product.output:
            return ""
        return await claim_code(self._folder, self._environment)

    async def take_in(self, csv: str) -> None:
        """`tellal import` of these lines, as an admin would. Raises Deviation when it refuses."""
        (self._folder / "people.csv").write_text(csv, encoding="utf-8")
        child = await self._spawn("-m", "bot", "import", "people.csv")
        if await child.process.wait():
            raise Deviation(f"the import failed:\n{child.output}")

    def output(self) -> str:
        """What the product printed since its latest start."""
        return self._product.output if self._product else ""

    def kill(self) -> None:
        assert self._product is not None
        self._product.send(signal.SIGKILL)

    async def close(self) -> None:
        for child in reversed(self._running):
            await child.end()
