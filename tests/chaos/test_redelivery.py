"""The console process is really killed, before and after a turn is committed, and started again."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from broadcast.services import compose
from tests.contract.bot_api import AUTHOR, BotApi, photo, serving, wrote
from tests.scenario.house import House

HOUSE = Path(__file__).resolve().parents[2]
LIFE = """
import asyncio, json, os, sys
from pathlib import Path
from tests.telegram_console import telegram_console
from broadcast.context import Core
from broadcast.engine.pacing import Pacer
from broadcast.engine.intake import Intake
from broadcast.store.session import Store
from broadcast.store.unit_of_work import Together
from tests.contract.bot_api import fed

url, database, where, fatal, updates = sys.argv[1:]
core = Core(Store(database), media_folder=Path(database.partition(":///")[2]).parent / "media")
commit = Together.__aexit__

async def main():
    console = telegram_console(core, url)
    async def handle(_, update):
        last = update["update_id"] == int(fatal)
        async def dies(*_):
            os._exit(9)
        Together.__aexit__ = dies if last and where == "before the commit" else commit
        await fed(console, update)
        if last and where == "after the answer":
            os._exit(9)
        if str(update["update_id"]) == kept[-1][0]:
            done.set()

    done = asyncio.Event()
    kept = [(str(u["update_id"]), u) for u in json.loads(updates)]
    await console.open()
    intake = Intake(core, handle, lambda *_: "")
    await intake.keep("telegram", kept)
    running = asyncio.create_task(intake.run())
    await done.wait()
    await console.close()

asyncio.run(main())
"""


@pytest.mark.chaos
@pytest.mark.parametrize("where", ["before the commit", "after the answer"])
async def test_a_killed_console_does_everything_once(house: House, where: str) -> None:
    await house.seat(house.author, "telegram", str(AUTHOR))
    updates = [
        wrote(text="/new"),
        *(photo(f"P{n}", media_group_id="g", caption="Three" if not n else "") for n in range(3)),
        wrote(text="/new"),
        wrote(text="Water is off"),
    ]
    fatal = (updates[2], updates[4])
    api = BotApi()
    async with serving(api) as url:
        for update in fatal:
            assert await live(house, url, where, update["update_id"], updates) == 9
        assert await live(house, url, where, -1, updates) == 0
    album, text = sorted(
        await compose.drafts(house.core, house.author), key=lambda row: row.broadcast_id or 0
    )
    assert len(compose.message_of(album).media) == 3
    assert compose.message_of(album).text.text == "Three"
    assert compose.message_of(text).text.text == "Water is off"


async def live(house: House, url: str, where: str, fatal: int, updates: list[object]) -> int:
    """One process; returns its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LIFE, url, house.url, where, str(fatal), json.dumps(updates),
        env=os.environ | {"PYTHONPATH": str(HOUSE)}, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await asyncio.wait_for(process.wait(), 60)
