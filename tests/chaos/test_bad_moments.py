"""A full disk and a revoked token, for real, in the middle of things: told, waited out, nothing lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections import Counter

import pytest

from broadcast.states import BroadcastStatus
from lab.chaos.reconciliation import Books, connect
from lab.chaos.world import APPROVER, AUTHOR, House, Lane
from lab.processes import environment
from sandbox.people import FIRST_ID
from tests.chaos.conftest import PEOPLE

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]
EVERYBODY = {str(FIRST_ID + i): 1 for i in range(PEOPLE)}


async def received(home: House, mark: str) -> dict[str, int]:
    counts = (await home.ask("received", "GET", contains=mark))["counts"]
    return {person: n for person, n in counts.items() if int(person) >= FIRST_ID}


async def ended_as(home: House, broadcast: int, status: BroadcastStatus) -> None:
    async def there() -> bool:
        return Books.read(home.database, broadcast).status == status

    await home.until(f"it is {status}", there, 40)


def fill(home: House) -> None:
    assert home.product is not None
    home.lane.disk.fill(home.product.process.pid)


async def test_a_disk_that_fills_while_sending_is_waited_out(home: House) -> None:
    await home.ask("faults", kind="latency", method="sendMessage", seconds=0.1)
    broadcast = await home.launch("full half-way")

    async def under_way() -> bool:
        return bool(await received(home, "full half-way"))

    await home.until("the sending under way", under_way)
    fill(home)
    await home.see(AUTHOR, "what is wrong", r"cannot write to the database .* Is the disk full\?")
    home.lane.disk.free()
    await ended_as(home, broadcast, BroadcastStatus.COMPLETED)
    assert await received(home, "full half-way") == EVERYBODY
    assert home.product is not None and home.product.alive


async def test_what_an_author_writes_to_a_full_disk_waits_for_room(home: House) -> None:
    number = await home.draft("the first words")
    fill(home)
    await home.ask("say", person=AUTHOR, text="the second words")
    await home.see(AUTHOR, "that it waits", "what you write to me waits too; nothing is lost")
    home.lane.disk.free()
    await home.see(
        AUTHOR, "that nothing is replaced unasked", r"What is this one: “the second words”\?"
    )
    await home.press(AUTHOR, "place")
    await home.see(AUTHOR, "the new words on the card", rf"#{number} the second words")


async def test_a_stop_said_to_a_full_disk_is_not_lost(home: House) -> None:
    person = FIRST_ID + 3
    fill(home)
    await home.ask("say", person=person, text="STOP")
    await asyncio.sleep(1.0)
    home.lane.disk.free()

    async def out() -> bool:
        with connect(home.database) as db:
            row = db.execute("SELECT consent FROM address WHERE value = ?", (str(person),))
            return bool(row.fetchone()[0] == "opted_out")

    await home.until("the opt-out", out, 60)
    await home.see(
        person, "the goodbye", "Artık bizden mesaj almayacaksınız"
    )  # as their phone speaks


async def test_a_token_revoked_half_way_pauses_it_and_nobody_gets_two(home: House) -> None:
    await home.ask("faults", kind="latency", method="sendMessage", seconds=0.1)
    broadcast = await home.launch("revoked half-way")

    async def under_way() -> bool:
        return bool(await received(home, "revoked half-way"))

    await home.until("the sending under way", under_way)
    await home.ask("revoke")
    await ended_as(home, broadcast, BroadcastStatus.PAUSED)
    before = await received(home, "revoked half-way")
    assert len(before) < PEOPLE
    assert Books.read(home.database, broadcast).pause_reason.startswith("authorization")
    assert home.product is not None and home.product.alive
    await home.ask("revoke", revoked=False)
    await home.ask("say", person=APPROVER, text=f"/resume {broadcast}")
    await ended_as(home, broadcast, BroadcastStatus.COMPLETED)
    assert await received(home, "revoked half-way") == EVERYBODY


async def test_an_api_that_lacks_a_method_is_used_without_it_and_doctor_says_so(
    lane: Lane,
) -> None:
    home = lane.house()
    await home.furnish(PEOPLE)
    await home.ask("faults", kind="unknown_method", method="setMyCommands")
    await home.ask("faults", kind="unknown_method", method="getMyCommands")
    await home.start()
    try:
        broadcast = await home.launch("without a menu")
        await ended_as(home, broadcast, BroadcastStatus.COMPLETED)
        assert await received(home, "without a menu") == EVERYBODY
        doctor = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "doctor", "--json", env=environment(**home.settings()),
            cwd=lane.folder, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await doctor.communicate()
        assert doctor.returncode == 1
        checks = {check["name"]: check for check in json.loads(said.splitlines()[-1])["checks"]}
        assert checks["telegram methods"]["found"] == "unknown: setMyCommands"
        assert checks["database's home"]["ok"]
    finally:
        await home.close()


async def test_a_database_locked_by_another_program_is_waited_for(home: House) -> None:
    await home.ask("faults", kind="latency", method="sendMessage", seconds=0.1)
    broadcast = await home.launch("locked half-way")

    async def under_way() -> bool:
        return bool(await received(home, "locked half-way"))

    await home.until("the sending under way", under_way)
    other = sqlite3.connect(
        home.database, timeout=10, isolation_level=None, check_same_thread=False
    )
    await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")
    await asyncio.sleep(3.0)  # longer than the beat of the lease
    other.rollback()
    other.close()
    await ended_as(home, broadcast, BroadcastStatus.COMPLETED)
    assert Counter(await received(home, "locked half-way")) == Counter(EVERYBODY)


async def test_a_reply_settles_what_nobody_was_sure_of(home: House) -> None:
    lucky, silent = FIRST_ID + 5, FIRST_ID + 6
    for person in (lucky, silent):
        await home.ask("faults", kind="drop_after", method="sendMessage", person=person, count=1)
    broadcast = await home.launch("did it arrive")
    await ended_as(home, broadcast, BroadcastStatus.COMPLETED)
    assert Books.read(home.database, broadcast).uncertain() == {str(lucky), str(silent)}
    message = next(m for m in await home.messages(lucky) if m["text"] == "did it arrive")
    await home.ask("say", person=lucky, text="thank you", reply_to=message["message_id"])
    await home.ask("say", person=silent, text="hello")

    async def settled() -> bool:
        return Books.read(home.database, broadcast).uncertain() == {str(silent)}

    await home.until("the one who replied settled", settled)
    assert Books.read(home.database, broadcast).deliveries[str(lucky)][0].name == "DELIVERED"


async def test_a_rejection_is_told_by_the_next_process_when_this_one_dies_first(
    home: House,
) -> None:
    number = await home.draft("to be sent back")
    await home.press(AUTHOR, f"submit {number}")
    await home.button(APPROVER, f"approve {number}")
    await home.ask(
        "faults", kind="flood", method="sendMessage", person=AUTHOR, retry_after=600, count=1
    )
    await home.ask("say", person=APPROVER, text=f"/reject {number} Not today")

    async def returned() -> bool:
        return Books.read(home.database, number).status == BroadcastStatus.DRAFT

    await home.until("the rejection", returned)
    assert home.product is not None
    await home.product.kill()
    await home.ask("faults", "DELETE")
    assert not any("Not today" in (m.get("text") or "") for m in await home.messages(AUTHOR))
    await home.start()
    await home.see(AUTHOR, "why it came back", "Not today")


async def test_what_whatsapp_tells_a_full_disk_is_told_again(lane: Lane) -> None:
    home = lane.house(meta=True)
    try:
        await home.furnish(PEOPLE)
        assert home.meta is not None
        address = min(home.meta.on("whatsapp"))
        fill(home)
        await home.meta.leave(address)

        async def refused() -> bool:
            hook = await home.ask("webhook", channel="whatsapp")
            return bool(hook["last_error"] == "answered by 503")

        await home.until("the refusal", refused)
        home.lane.disk.free()

        async def out() -> bool:
            with connect(home.database) as db:
                row = db.execute("SELECT consent FROM address WHERE value = ?", (address,))
                return bool(row.fetchone()[0] == "opted_out")

        await home.until("the opt-out", out)
    finally:
        await home.close()
