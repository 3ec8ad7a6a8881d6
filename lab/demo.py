"""`tellal demo`: a stand-in platform, the bot, and a page; `--play` tells the story and checks it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import monotonic

import aiohttp
from rich.console import Console

from broadcast.language import terminal
from lab import demo_world, reconciliation
from lab.demo_keeper import kept
from lab.demo_place import NoPlace, Place, hold, place, port_from
from lab.processes import Processes, free_port
from sandbox.joining import needed
from sandbox.scenario import Story
from sandbox.stage import Deviation

_SECONDS = 480.0  # a watchdog; the story takes some 40 s on two idle cores
_TICKS_SECONDS = 20.0  # how long the last ticks may take to come back
_UNCERTAIN = (
    "Uncertain: sent or not, nobody here can know. Nobody gets it again unless an admin says so."
)
_META_PEOPLE = 60  # at most, on WhatsApp, and as many on Messenger
# So slow that all three channels are in the middle of it when the process is killed.
_PACE = {
    "TELLAL_UNDO_HOLD_SECONDS": "2",
    "TELLAL_TELEGRAM__RATE_PER_SECOND": "120",
    "TELLAL_WHATSAPP__RATE_PER_SECOND": "10",
    "TELLAL_MESSENGER__RATE_PER_SECOND": "18",
}


async def _play(port: int, people: int) -> int:
    console, meta_people = Console(), min(people, _META_PEOPLE)
    with tempfile.TemporaryDirectory(prefix="tellal-demo-") as folder:
        processes = Processes(
            Path(folder), port, needed(people, meta_people), **_PACE,
            **demo_world.platforms(f"http://127.0.0.1:{port}"),
        )  # fmt: skip
        story = Story(
            url=processes.url, product=processes, people=people, meta_people=meta_people,
            say=console.print,
        )  # fmt: skip
        try:
            await processes.open_sandbox()
            async with asyncio.timeout(_SECONDS), aiohttp.ClientSession() as story.client:
                await story.tell()
                return await _compare(console, processes.database, story)
        except (Deviation, TimeoutError) as wrong:
            console.print(f"The story did not hold: {wrong or 'it took too long'}", markup=False)
            console.print(processes.output()[-3000:], markup=False)
            return 1
        finally:
            await processes.close()


async def _compare(console: Console, database: str, story: Story) -> int:
    """The sums, once the last ticks have come back; 1 where ledger and phones disagree."""
    end = monotonic() + _TICKS_SECONDS
    found = await reconciliation.compare(database, story)
    while found.mistakes and monotonic() < end:
        await asyncio.sleep(0.5)
        found = await reconciliation.compare(database, story)
    console.print(reconciliation.table(found.lines))
    for why in reconciliation.reasons(found.lines):
        console.print(why, highlight=False)
    console.print(_UNCERTAIN)
    if found.mistakes:
        raise Deviation("; ".join(found.mistakes[:5]))
    console.print("Nobody received it twice. The story held.")
    return 0


def _language() -> str:
    """The demo's team speaks as this machine does, where we can."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    named = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "tr" if named.startswith("tr") else "en"


async def _show(port: int, people: int, there: Place) -> int:
    words, language = terminal(), _language()
    sandbox = f"http://127.0.0.1:{port}"
    there.fresh()
    processes = Processes(there.folder, port, people, **demo_world.settings(sandbox, language))
    processes.first = partial(hold, str(there.folder))
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    console = Console(soft_wrap=True, highlight=False)
    opening = asyncio.create_task(demo_world.open_town(processes, people, language, console.print))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return 0
        await opening
        console.print(words.plain("Open {url} (Ctrl+C stops it).", url=processes.url))
        watched = f"TELLAL_HTTP__METRICS_PORT={processes.watch_port} tellal top"
        console.print(words.plain("To watch the numbers, in another terminal:"), watched)
        async with kept(processes):
            await stop.wait()
        return 0
    except (Deviation, TimeoutError, OSError, aiohttp.ClientError) as wrong:
        first = (str(wrong) or type(wrong).__name__).partition("\n")[0]
        print(words.plain("The demo did not start: {why}", why=first), file=sys.stderr)  # noqa: T201
        print("\n".join(processes.output().splitlines()[-3:]), file=sys.stderr)  # noqa: T201
        return 1
    finally:
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await processes.close()


def main(*, play: bool, port: int, people: int) -> int:
    """Run the demo; the exit code says whether it held."""
    if play:
        return asyncio.run(_play(free_port(), people))
    words = terminal()
    try:
        found, there = port_from(port), place()
    except NoPlace as none:
        print(words.plain("There is no place for a demo: {why}", why=none), file=sys.stderr)  # noqa: T201
        return 1
    if found != port and port:
        moved = words.plain(
            "Port {port} is taken, so this demo is on {found}.", port=port, found=found
        )
        print(moved)  # noqa: T201
    if not there.usual:
        print(words.plain("Its folder is {folder}.", folder=there.folder))  # noqa: T201
    try:
        return asyncio.run(_show(found, people, there))
    finally:
        there.leave()
