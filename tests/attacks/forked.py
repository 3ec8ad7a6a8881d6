"""`python -m bot …` and `python -m sandbox …` as processes of their own, forked from one that has
imported them: an attack starts many, and importing takes most of the seconds."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from sandbox.stage import Deviation

_KEPT_OUTPUT = 200_000
_STOP_SECONDS = 10.0
_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:  # whoever forks has to find this file too
    sys.path.append(_ROOT)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.attacks.imported"])


class _Ended:
    """As asyncio's process tells it: `returncode`, None while it runs; `wait`."""

    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    async def wait(self) -> int:
        while self._process.exitcode is None:
            await asyncio.sleep(0.005)
        return self._process.exitcode


class Child:
    """One running process, used as `bot.processes.Child` is; what it prints is read all the time."""

    def __init__(self, folder: Path, settings: dict[str, str], *arguments: str) -> None:
        reader, writer = _FORKS.Pipe(duplex=False)
        process = _FORKS.Process(
            target=_run, args=(str(folder), settings, arguments, writer), daemon=False
        )
        process.start()
        writer.close()
        self.process = _Ended(process)
        self._reader, self._output, self._over = reader, b"", False
        self._grew = asyncio.Event()
        asyncio.get_running_loop().add_reader(reader.fileno(), self._read)

    @classmethod
    async def spawn(cls, folder: Path, settings: dict[str, str], *arguments: str) -> Child:
        """`arguments` begin with `-m` and bot or sandbox."""
        return cls(folder, settings, *arguments)

    def _read(self) -> None:
        chunk = os.read(self._reader.fileno(), 65536)
        self._output = (self._output + chunk)[-_KEPT_OUTPUT:]
        self._grew.set()
        if not chunk:
            self._over = True
            asyncio.get_running_loop().remove_reader(self._reader.fileno())
            self._reader.close()

    @property
    def output(self) -> str:
        return self._output.decode(errors="replace")

    async def says(self, words: str, seconds: float) -> None:
        """Wait for these words. Raises Deviation when the process ends without them."""
        try:
            async with asyncio.timeout(seconds):
                while words not in self.output:
                    if self._over:
                        raise Deviation(f"it ended without saying {words!r}:\n{self.output}")
                    self._grew.clear()
                    await self._grew.wait()
        except TimeoutError:
            raise Deviation(f"it did not say {words!r} in time:\n{self.output}") from None

    def send(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            os.kill(self.process.pid, number)

    async def ended(self) -> int:
        """Wait for its end and its last words; its exit code."""
        code = await self.process.wait()
        while not self._over:
            self._grew.clear()
            await self._grew.wait()
        return code

    async def end(self) -> int:
        """Ask it to stop, insist if it does not; its exit code."""
        self.send(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.ended(), _STOP_SECONDS)
        except TimeoutError:
            self.send(signal.SIGKILL)
            return await self.ended()


def _run(
    folder: str, settings: dict[str, str], arguments: tuple[str, ...], out: Connection
) -> None:
    """In the new process: everything is as if it had been started with these settings alone."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(settings)
    os.dup2(out.fileno(), 1)
    os.dup2(1, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = sys.stdout
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _, room, *rest = arguments
    if room == "sandbox":
        from sandbox.__main__ import main as serve

        serve(rest)
        return
    from bot.cli import main

    sys.argv = ["tellal", *rest]
    main()
