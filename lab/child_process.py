"""One process beside this one: a new interpreter, or a fork of one that has imported everything, which
saves the seconds that importing takes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol, Self

from sandbox.stage import Deviation

_KEPT = 1_000_000  # bytes of what one process printed
_STOP_SECONDS = 10.0
_FORKS = multiprocessing.get_context("forkserver")
_ROOT = str(Path(__file__).resolve().parent.parent)
if _ROOT not in sys.path:  # the process that forks has to find it too
    sys.path.append(_ROOT)


def preload(module: str) -> None:
    """What forked processes have imported; to be said before the first of them."""
    _FORKS.set_forkserver_preload([module])


preload("lab.preloaded")


class Process(Protocol):
    """As asyncio's own tells of itself; `returncode` is None while it runs."""

    pid: int

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...


class _Forked:
    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    async def wait(self) -> int:
        while (code := self.returncode) is None:
            await asyncio.sleep(0.005)
        return code


class Child:
    """One running process; what it prints is read all the time, its end is kept."""

    def __init__(self, process: Process, reader: int) -> None:
        self.process = process
        self._reader, self._output, self._over = reader, bytearray(), False
        self._grew = asyncio.Event()
        asyncio.get_running_loop().add_reader(reader, self._read)

    @classmethod
    async def spawn(cls, folder: Path, settings: dict[str, str], *arguments: str) -> Self:
        """Start a new interpreter with these arguments and this environment alone."""
        reader, writer = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, cwd=folder, env=settings, stdout=writer, stderr=writer
            )
        finally:
            os.close(writer)
        return cls(process, reader)

    @classmethod
    def fork(
        cls, folder: Path, settings: dict[str, str], room: str, *arguments: str,
        first: Callable[[], None] | None = None,
    ) -> Self:  # fmt: skip
        """Start `python -m ROOM …`, bot or sandbox, in a fork; `first` is called there before it."""
        reader, writer = os.pipe()
        end = Connection(writer, readable=False)
        given = (str(folder), settings, room, arguments, end, first)
        process = _FORKS.Process(target=_run, args=given, daemon=True)
        try:
            process.start()
        finally:
            end.close()
        return cls(_Forked(process), reader)

    def _read(self) -> None:
        chunk = os.read(self._reader, 65536)
        self._output += chunk
        if len(self._output) > 2 * _KEPT:
            del self._output[:-_KEPT]
        if not chunk:
            self._over = True
            asyncio.get_running_loop().remove_reader(self._reader)
            os.close(self._reader)
        self._grew.set()

    @property
    def output(self) -> str:
        """The last of what it printed."""
        return self._output.decode(errors="replace")

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def says(self, words: str, seconds: float) -> None:
        """Wait for these words. Raises Deviation when the process ends without them."""
        try:
            async with asyncio.timeout(seconds):
                while words.encode() not in self._output:
                    if self._over:
                        raise Deviation(f"it ended without saying {words!r}:\n{self.output}")
                    self._grew.clear()
                    await self._grew.wait()
        except TimeoutError:
            raise Deviation(f"it did not say {words!r} in time:\n{self.output}") from None

    def send(self, number: signal.Signals) -> None:
        if self.alive:
            os.kill(self.process.pid, number)

    async def ended(self) -> int:
        """Wait for its end and its last words; its exit code."""
        code = await self.process.wait()
        while not self._over:
            self._grew.clear()
            await self._grew.wait()
        return code

    async def kill(self) -> int:
        """SIGKILL, and wait until it is dead."""
        self.send(signal.SIGKILL)
        return await self.ended()

    async def end(self) -> int:
        """Ask it to stop, also one that is frozen; insist if it does not; its exit code."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.ended(), _STOP_SECONDS)
        except TimeoutError:
            return await self.kill()


def _run(
    folder: str, settings: dict[str, str], room: str, arguments: tuple[str, ...], out: Connection,
    first: Callable[[], None] | None,
) -> None:  # fmt: skip
    """In the new process: everything is as if it had been started with these settings alone."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(settings)
    os.dup2(out.fileno(), 1)
    os.dup2(1, 2)
    out.close()
    # Python made these for the parent's; line by line, as nobody may lose the last words.
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = sys.stdout
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if first is not None:
        first()
    if room == "sandbox":
        from sandbox.__main__ import main as serve

        serve(list(arguments))
        return
    from bot.cli import main

    sys.argv = ["tellal", *arguments]
    main()
