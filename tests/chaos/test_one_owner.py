"""One process at a time sends from a database, and only from the database that is its own."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import sys

import pytest

from broadcast.states import BroadcastStatus
from lab.chaos.reconciliation import Books
from lab.chaos.world import AUTHOR, House
from lab.processes import environment
from tests.chaos.conftest import PEOPLE

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]


async def received(home: House, mark: str) -> dict[str, int]:
    counts = (await home.ask("received", "GET", contains=mark))["counts"]
    return {person: n for person, n in counts.items() if int(person) > 10_000}


async def test_a_second_process_is_refused_while_the_first_lives(home: House) -> None:
    second = home.process()
    assert not await second.running()
    assert "is already using this database" in second.output
    assert second.process.returncode == 1
    assert home.product is not None and home.product.alive


async def test_who_was_frozen_past_the_lease_and_wakes_sends_nothing(home: House) -> None:
    await home.ask("faults", kind="latency", method="sendMessage", seconds=0.3)
    broadcast = await home.launch("frozen half-way")

    async def under_way() -> bool:
        return 0 < len(await received(home, "frozen")) < PEOPLE

    await home.until("the sending under way", under_way)
    first = home.product
    assert first is not None
    first.send(signal.SIGSTOP)
    await home.ask("faults", "DELETE")
    home.product = second = home.process()
    assert await second.running(), second.output
    first.send(signal.SIGCONT)
    await asyncio.wait_for(first.ended(), 60)
    assert "taken over" in first.output

    async def over() -> bool:
        return Books.read(home.database, broadcast).status == BroadcastStatus.COMPLETED

    await home.until("its end", over)
    books, got = Books.read(home.database, broadcast), await received(home, "frozen")
    assert set(got.values()) == {1}
    assert len(books.deliveries) == PEOPLE
    missing = books.deliveries.keys() - got.keys()
    assert missing <= books.uncertain()


async def test_a_copy_sends_nothing_until_it_is_adopted(home: House) -> None:
    await home.ask("faults", kind="latency", method="sendMessage", seconds=0.3)
    broadcast = await home.launch("copied half-way")

    async def begun() -> bool:
        return bool(await received(home, "copied"))

    await home.until("the sending under way", begun)
    assert home.product is not None
    await home.product.kill()
    await home.ask("faults", "DELETE")
    original, home.database = home.database, home.database.with_name("restored.db")
    for ending in ("", "-wal", ".instance"):
        if (file := original.with_name(original.name + ending)).exists():
            shutil.copy(file, home.database.with_name(home.database.name + ending))

    copy = home.process()
    assert not await copy.running()
    assert copy.process.returncode == 1
    assert "tellal db adopt" in copy.output

    settings = {"TELLAL_DATABASE_URL": f"sqlite+aiosqlite:///{home.database}"}
    adopting = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "db", "adopt", env=environment(**settings),
        cwd=home.lane.folder, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await adopting.communicate()
    assert b"wait for a decision: 1" in said
    before = await received(home, "copied")  # what the dead one had under way has arrived by now
    await home.start()
    books = Books.read(home.database, broadcast)
    assert (books.status, books.pause_reason) == (BroadcastStatus.PAUSED, "restored")
    assert await received(home, "copied") == before, "nothing leaves before somebody says so"
    await home.ask("say", person=AUTHOR, text=f"/resume {broadcast}")

    async def over() -> bool:
        return Books.read(home.database, broadcast).status == BroadcastStatus.COMPLETED

    await home.until("its end", over)
    assert set((await received(home, "copied")).values()) == {1}


async def test_what_runs_cannot_be_adopted_away_from_under_it(home: House) -> None:
    await home.ask("faults", kind="latency", method="sendMessage", seconds=0.3)
    broadcast = await home.launch("goes on")

    async def begun() -> bool:
        return bool(await received(home, "goes on"))

    await home.until("the sending under way", begun)
    adopting = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "db", "adopt",
        env=environment(TELLAL_DATABASE_URL=f"sqlite+aiosqlite:///{home.database}"),
        cwd=home.lane.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await adopting.communicate()
    assert adopting.returncode == 1
    assert b"Stop it first; nothing was changed" in said

    async def over() -> bool:
        return Books.read(home.database, broadcast).status == BroadcastStatus.COMPLETED

    await home.until("its end", over)
    assert not Books.read(home.database, broadcast).uncertain()


async def test_a_backup_put_back_in_place_is_noticed(home: House) -> None:
    assert home.product is not None
    backup = home.database.with_name("backup.db")
    with sqlite3.connect(home.database) as reader:
        reader.execute("VACUUM INTO ?", (str(backup),))
    beat = home.database.with_name(home.database.name + ".instance").read_bytes()

    async def later() -> bool:
        now = home.database.with_name(home.database.name + ".instance").read_bytes()
        return now != beat

    await home.until("a later beat", later)
    await home.product.end()
    for ending in ("-wal", "-shm"):
        home.database.with_name(home.database.name + ending).unlink(missing_ok=True)
    with backup.open("rb") as old, home.database.open("r+b") as place:  # the same file, older
        shutil.copyfileobj(old, place)
        place.truncate()
    again = home.process()
    assert not await again.running()
    assert "copied or restored" in again.output
