"""The product as a process that is started often: imported once, forked for every start.

What runs is `tellal run` itself, in a process of its own with its own settings; forking only saves
the seconds that importing takes.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from bot.processes import environment
from sandbox.stage import Deviation

_KEPT = 1_000_000  # bytes of what one process printed
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["bot.chaos.imported"])


class Product:
    """One process; its web server is at `port`. `output` is the last of what it printed."""

    def __init__(self, folder: Path, clock: Path, settings: dict[str, str], port: int) -> None:
        self.port = port
        reader, writer = _FORKS.Pipe(duplex=False)
        self._process = _FORKS.Process(
            target=_run, args=(str(folder), clock, environment(**settings), writer), daemon=True
        )
        self._process.start()
        writer.close()
        self._reader = reader
        self._printed = b""
        self._grew = asyncio.Event()
        self.pid = self._process.pid or 0
        asyncio.get_running_loop().add_reader(reader.fileno(), self._read)

    def _read(self) -> None:
        chunk = os.read(self._reader.fileno(), 65536)
        self._printed = (self._printed + chunk)[-_KEPT:]
        self._grew.set()
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._reader.fileno())
            self._reader.close()

    @property
    def output(self) -> str:
        return self._printed.decode(errors="replace")

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def exit_code(self) -> int | None:
        return self._process.exitcode

    async def running(self, seconds: float = 40.0) -> bool:
        """Wait until it says that it is running; False when it ended instead."""
        try:
            async with asyncio.timeout(seconds):
                while "Tellal is running" not in self.output:
                    if not self.alive:
                        return False
                    self._grew.clear()
                    try:
                        await asyncio.wait_for(self._grew.wait(), 0.2)
                    except TimeoutError:
                        continue
                return True
        except TimeoutError:
            raise Deviation(f"the product did not start in time:\n{self.output[-3000:]}") from None

    async def gone(self) -> None:
        """Wait for its end."""
        while self.alive:
            await asyncio.sleep(0.005)

    def send(self, number: signal.Signals) -> None:
        if self.alive:
            os.kill(self.pid, number)

    async def kill(self) -> None:
        """SIGKILL, and wait until it is dead."""
        self.send(signal.SIGKILL)
        await self.gone()

    async def end(self) -> None:
        """Ask it to stop; insist if it does not."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        for _ in range(1000):
            if not self.alive:
                return
            await asyncio.sleep(0.01)
        await self.kill()


def _run(folder: str, clock: Path, settings: dict[str, str], out: Connection) -> None:
    """In the product's process."""
    from bot.chaos import shifted

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(settings)
    os.dup2(out.fileno(), 1)
    os.dup2(1, 2)
    # Python made these for the parent's pipes; line by line, as nobody may lose the last words.
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = sys.stdout
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.getLogger().setLevel(logging.DEBUG)  # libraries say all they can; it must not get out
    shifted.follow(clock)
    from bot.cli import app

    app(["run"])
