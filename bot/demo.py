"""`tellal demo`: a stand-in platform, the bot, and a page; `--play` tells the story and checks it."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bot import town
from bot.processes import Processes, free_port
from broadcast.machine import BroadcastStatus, DeliveryStatus
from broadcast.store.session import Store
from sandbox.scenario import Story
from sandbox.stage import Deviation

_SECONDS = 150.0  # a watchdog; the story itself takes a third of it


def _slack(port: int) -> dict[str, str]:
    """The stand-in Slack takes these tokens for the app's own."""
    return {
        "TELLAL_SLACK__BOT_TOKEN": "xoxb-1-2-demo", "TELLAL_SLACK__APP_TOKEN": "xapp-1-A0-demo",
        "TELLAL_SLACK__CHANNEL": "C0BROADCASTS",
        "TELLAL_SLACK__API_URL": f"http://127.0.0.1:{port}/slack/api/",
    }  # fmt: skip


async def _ledger(database: str) -> tuple[str, dict[str, int]]:
    """(status of the one broadcast, delivery status by address)."""
    store = Store(database)
    async with store.read() as session:
        status = (await session.execute(text("SELECT status FROM broadcast"))).scalar_one()
        rows = await session.execute(
            text("""SELECT a.value, d.status FROM delivery d
            JOIN address a ON a.address_id = d.address_id""")
        )
        found = {str(row[0]): int(row[1]) for row in rows}
    await store.close()
    return status, found


def compare(status: str, ledger: dict[str, int], received: dict[str, int], stopped: int) -> Table:
    """The table of counts, sandbox beside ledger. Raises Deviation where they disagree."""
    table = Table("ledger", "people", "received by them", title="Ledger beside sandbox")
    for rank in sorted(set(ledger.values())):
        people = [value for value, number in ledger.items() if number == rank]
        got = sum(received.get(value, 0) for value in people)
        table.add_row(DeliveryStatus(rank).name.lower(), str(len(people)), str(got))
    table.add_row("planned", str(len(ledger)), str(sum(received.values())))
    wrong = []
    if status != BroadcastStatus.COMPLETED:
        wrong.append(f"the broadcast is {status}, not completed")
    for value, number in ledger.items():
        count = received.get(value, 0)
        least, most = {DeliveryStatus.SENT: (1, 1), DeliveryStatus.UNCERTAIN: (0, 1)}.get(
            DeliveryStatus(number), (0, 0)
        )
        if not least <= count <= most:
            wrong.append(f"{value} is {DeliveryStatus(number).name} but received {count}")
    if strangers := set(received) - set(ledger):
        wrong.append(f"{len(strangers)} people received it without being planned")
    if received.get(str(stopped)):
        wrong.append("the person who said STOP was messaged")
    if wrong:
        raise Deviation("; ".join(wrong[:5]))
    return table


async def _play(port: int, people: int) -> int:
    console = Console()
    with tempfile.TemporaryDirectory(prefix="tellal-demo-") as folder:
        processes = Processes(
            Path(folder), port, people,
            TELLAL_UNDO_HOLD_SECONDS="2", TELLAL_TELEGRAM__RATE_PER_SECOND="120", **_slack(port),
        )  # fmt: skip
        story = Story(url=processes.url, product=processes, people=people, say=console.print)
        try:
            await processes.open_sandbox()
            async with asyncio.timeout(_SECONDS):
                await story.tell()
            status, ledger = await _ledger(processes.database)
            import aiohttp

            async with aiohttp.ClientSession() as story.client:
                received = await story.received()
            console.print(compare(status, ledger, received, story.stopped))
            console.print("The story held.")
            return 0
        except (Deviation, TimeoutError) as wrong:
            console.print(f"The story did not hold: {wrong or 'it took too long'}", markup=False)
            console.print(processes.output()[-3000:], markup=False)
            return 1
        finally:
            await processes.close()


def _fresh_folder() -> Path:
    """The demo starts from nothing each time."""
    folder = Path(".demo").resolve()
    folder.mkdir(exist_ok=True)
    for old in folder.glob("tellal.db*"):
        old.unlink()
    return folder


def _language() -> str:
    """The demo's team speaks as this machine does, where we can."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    named = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "tr" if named.startswith("tr") else "en"


async def _show(port: int, people: int) -> int:
    language = _language()
    sandbox = f"http://127.0.0.1:{port}"
    processes = Processes(_fresh_folder(), port, people, **town.settings(sandbox, language))
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        await town.open_town(processes, people, language)
        Console().print(f"Open {processes.url} — Ctrl+C stops it.")
        await stop.wait()
        return 0
    finally:
        await processes.close()


def main(*, play: bool, port: int, people: int) -> int:
    """Run the demo; the exit code says whether it held."""
    if play:
        return asyncio.run(_play(free_port(), people))
    return asyncio.run(_show(port, people))
