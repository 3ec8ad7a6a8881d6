"""This machine during a measurement: a core for the sender, a core for the sink, CPU and memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp


def cores() -> tuple[int, int]:
    """(the sender's core, the sink's): the same where there is only one."""
    usable = sorted(os.sched_getaffinity(os.getppid() or 0))
    return usable[0], usable[-1]


def take_sender_core() -> None:
    """Keep this process, and the threads it will start, on one core."""
    os.sched_setaffinity(0, {cores()[0]})


def rss_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class SinkProcess:
    """What a running sink is asked."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def ask(self, what: str) -> Any:
        async with aiohttp.ClientSession() as client, client.get(f"{self.url}/sink/{what}") as got:
            return await got.json()


@contextlib.asynccontextmanager
async def sink(
    channel: str, rate: float = 0.0, people: bool = False, more: Sequence[str] = ()
) -> AsyncIterator[SinkProcess]:
    """`more`: further options of the sink's."""
    with tempfile.TemporaryDirectory(prefix="tellal-sink-") as folder:
        port_file = Path(folder) / "port"
        command = [sys.executable, "-m", "lab.bench.sink", str(port_file), channel]
        command += ["--rate", str(rate), "--core", str(cores()[1])] + ["--people"] * people
        command += more
        process = await asyncio.create_subprocess_exec(*command)
        try:
            while not port_file.exists():
                if process.returncode is not None:
                    raise SystemExit("bench: the sink did not start")
                await asyncio.sleep(0.02)
            yield SinkProcess(f"http://127.0.0.1:{port_file.read_text()}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
