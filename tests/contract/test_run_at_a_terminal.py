"""What somebody sees who runs it at a terminal: the first word, an outage and its end, each said once."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lab.child_process import Child
from lab.processes import environment, free_port

PATIENCE_SECONDS = 90.0
TOKEN = "7000:terminal-token"


class Terminal:
    """`tellal run` with a terminal of its own."""

    def __init__(self, process: asyncio.subprocess.Process, reader: int) -> None:
        self.process, self._reader, self._shown = process, reader, b""
        self._grew = asyncio.Event()
        asyncio.get_running_loop().add_reader(reader, self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(self._reader, 65536)
        except OSError:  # nobody has the other end any more
            chunk = b""
        self._shown += chunk
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._reader)
        self._grew.set()

    @property
    def shown(self) -> str:
        return self._shown.decode(errors="replace")

    async def shows(self, words: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while words not in self.shown:
                    self._grew.clear()
                    await self._grew.wait()
        except TimeoutError:
            pytest.fail(f"never {words!r}:\n{self.shown}")


@asynccontextmanager
async def running(folder: Path, **settings: str) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment(LANG="C.UTF-8", LC_ALL="", TELLAL_HTTP__PORT="0", **settings),
    )  # fmt: skip
    os.close(theirs)
    made = Terminal(process, ours)
    try:
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        asyncio.get_running_loop().remove_reader(ours)
        os.close(ours)


async def sandbox(folder: Path, port: int) -> Child:
    child = Child.fork(folder, environment(), "sandbox", "--port", str(port), "--people", "3")
    await child.says("listening", PATIENCE_SECONDS)
    return child


async def ends_well(there: Terminal) -> None:
    there.process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(there.process.wait(), PATIENCE_SECONDS) == 0
    assert "Traceback" not in there.shown


async def test_an_outage_and_its_end_are_said_once_each(tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "TELLAL_TELEGRAM__TOKEN": TOKEN, "TELLAL_TELEGRAM__API_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    world = await sandbox(tmp_path, port)
    try:
        async with running(tmp_path, **settings) as there:
            await there.shows("Tellal is running")
            start = there.shown
            for line in (
                "is starting",
                "Console",
                "https://t.me/",
                "No owner yet",
                "/start claim-",
            ):
                assert line in start
            assert "http://127.0.0.1:0" not in start and "claim_code" not in start
            assert "Cannot reach" not in start
            await world.end()
            await there.shows("Cannot reach Telegram. I keep trying.")
            await asyncio.sleep(1.5)  # it tries again meanwhile, in vain
            world = await sandbox(tmp_path, port)
            await there.shows("Telegram is back again.")
            assert there.shown.count("Cannot reach") == 1
            await ends_well(there)
    finally:
        await world.end()


async def test_it_starts_without_a_network_and_says_when_it_has_one(tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "TELLAL_TELEGRAM__TOKEN": TOKEN, "TELLAL_LANGUAGE": "tr",
        "TELLAL_TELEGRAM__API_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    async with running(tmp_path, **settings) as there:
        await there.shows("Telegram'a ulaşılamıyor")
        await there.shows("Tellal çalışıyor")
        world = await sandbox(tmp_path, port)
        try:
            await there.shows("Telegram geri geldi")
            assert there.shown.count("Telegram'a ulaşılamıyor") == 1  # though three noticed it
            assert there.shown.count("Telegram geri geldi") == 1
            await ends_well(there)
        finally:
            await world.end()
