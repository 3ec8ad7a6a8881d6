"""Who joined a moment ago, and is perhaps a machine: asks for the same thing a hundred times, and
answers every answer."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.people import FIRST_ID
from tests.attacks.stage import OWNER, Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")
SOLO: dict[str, Any] = {
    "TELLAL_ALLOW_SELF_APPROVAL": "true", "TELLAL_CONTACT": "info@town.example"
}  # fmt: skip
MARK = "The market moves to Friday"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("newcomers")
    async with town(folder, people=3, team=False, **SOLO) as made:
        yield made


async def test_asked_a_hundred_times_and_after_a_kill_it_comes_once(place: Town) -> None:
    await place.ask("say", person=FIRST_ID, text="JOIN")  # a line in the ledger before the launch
    number = await place.draft(MARK, OWNER)
    await place.press(OWNER, f"newcomers {number} open")
    await place.press(OWNER, f"submit {number}")
    await place.press(OWNER, f"approve {number}")
    await place.becomes(number, "completed")
    newcomer = FIRST_ID + 50
    for words in ("/start", "JOIN", *("LAST" for _ in range(100))):
        await place.ask("say", person=newcomer, text=words)
    await place.see(newcomer, "what they missed", MARK)
    assert place.product is not None
    place.product.send(signal.SIGKILL)
    await place.product.ended()
    await place.start()
    for _ in range(20):
        await place.ask("say", person=newcomer, text="/son")
    await place.see(newcomer, "that there is nothing more", "nothing from before")
    for person in (FIRST_ID, FIRST_ID + 1, FIRST_ID + 2):
        await place.ask("say", person=person, text="SON")
        await place.see(person, "that there is nothing for who was there", "nothing from before")
    await place.becomes(number, "completed")
    got = await place.received(MARK)
    assert got == {FIRST_ID: 1, FIRST_ID + 1: 1, FIRST_ID + 2: 1, newcomer: 1}
    ((planned, ended),) = place.query(
        """SELECT b.planned_total, (SELECT count(*) FROM delivery d WHERE d.broadcast_id =
        b.broadcast_id AND d.status >= 20) FROM broadcast b WHERE b.broadcast_id = ?""",
        number,
    )
    assert planned == ended == 4


async def test_a_machine_that_answers_every_answer_falls_silent_and_may_still_leave(
    place: Town,
) -> None:
    machine = FIRST_ID + 60
    await place.ask("say", person=machine, text="JOIN")
    await place.see(machine, "the welcome", "will write to you here")
    for _ in range(40):
        await place.ask("say", person=machine, text="We are closed now. Who is this, please?")
    await place.ask("say", person=machine, text="STOP")
    await place.see(machine, "the goodbye", "not receive anything more")
    said = await place.said(machine)
    assert sum("Nobody reads what is written here" in words for words in said) == 3
    assert any("info@town.example" in words for words in said)
