"""The whole product behind a network that means no good: it never calls sent who has got nothing, nor
failed who has, nor sends twice; and no odd answer ends it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lab.child_process import Child
from lab.processes import environment, free_port
from sandbox.hostile import MODES, HostileProxy, hostile
from tests.attacks.stage import APPROVER, Town, town
from tests.attacks.test_small_house_stops import seated, to_subscribers
from tests.contract.odd import PAGE, Odd, odd

pytestmark = pytest.mark.timeout(240)
PEOPLE = 80
WORDS = "Water is off tomorrow"
_ROWS = """SELECT a.value, d.status FROM delivery d JOIN address a ON a.address_id = d.address_id
WHERE d.broadcast_id = ?"""
SENT, UNCERTAIN, FAILED, SKIPPED = 40, 20, 30, 31
# Ten seconds and more each; and one that stops everything, every time.
_LONG = {"silent", "redirect"}


async def until_completed(house: Town, proxy: HostileProxy, number: int) -> None:
    """Whenever it pauses itself somebody resumes it; at last without trouble."""
    for pauses in range(30):
        if await house.becomes(number, "completed", "paused") == "completed":
            return
        if pauses > 5:
            proxy.modes = ()
        await house.ask("say", person=APPROVER, text=f"/resume {number}")
        await house.becomes(number, "completed", "sending")
    raise AssertionError("it never completes")


@pytest.mark.parametrize("seed", range(2))
async def test_what_the_ledger_says_is_what_the_phones_show(tmp_path: Path, seed: int) -> None:
    async with (
        town(tmp_path, people=PEOPLE, start=False) as house,
        hostile(house.url, ("/sendMessage",), seed) as proxy,
    ):
        await house.start(TELLAL_TELEGRAM__API_URL=proxy.url, TELLAL_TELEGRAM__RATE_PER_SECOND="0")
        await seated(house)
        proxy.only = to_subscribers
        number = await house.submitted(WORDS)
        proxy.modes = (*(MODES.keys() - _LONG), *["well"] * len(MODES))
        await house.press(APPROVER, f"approve {number}")
        await until_completed(house, proxy, number)
        rows = {int(value): int(status) for value, status in house.query(_ROWS, number)}
        received = await house.received(WORDS)
        assert len(rows) == PEOPLE and sum(proxy.struck.values()) > PEOPLE / 2
        assert max(received.values()) == 1, "nobody twice"
        assert {p for p, status in rows.items() if status >= SENT} <= received.keys()
        assert not {p for p, s in rows.items() if s in {FAILED, SKIPPED}} & received.keys()
        assert set(rows.values()) <= {SENT, UNCERTAIN, FAILED}


ANSWERS = {
    "an object": (200, b"{}"),
    "null": (200, b"null"),
    "no is_bot": (200, b'{"ok":true,"result":{"id":7000,"first_name":"x"}}'),
    "a portal": (200, PAGE),
    "somebody else's 404": (404, PAGE),
    "somebody else's 401": (401, b'{"error":"login"}'),
}


def settings(folder: Path, url: str) -> dict[str, str]:
    return environment(
        TELLAL_DATABASE_URL=f"sqlite+aiosqlite:///{folder}/t.db",
        TELLAL_TELEGRAM__TOKEN="7000:odd-token",
        TELLAL_TELEGRAM__API_URL=url,
        TELLAL_HTTP__PORT=str(free_port()),
    )


def runs(folder: Path, server: Odd) -> Child:
    return Child.fork(folder, settings(folder, server.url), "bot", "run")


@pytest.mark.parametrize("answer", ANSWERS)
async def test_no_odd_answer_ends_it(tmp_path: Path, answer: str) -> None:
    async with odd() as server:
        server.usual = ANSWERS[answer]
        child = runs(tmp_path, server)
        try:
            await child.says("is running", 60)
            asked = server.asked.total()
            async with asyncio.timeout(30):
                while server.asked.total() < asked + 3:
                    await asyncio.sleep(0.05)
            assert child.process.returncode is None, child.output
            assert "Traceback" not in child.output
            assert "does not know" not in child.output
        finally:
            await child.end()


async def test_a_token_that_is_refused_is_still_told_in_one_sentence(tmp_path: Path) -> None:
    async with odd() as server:
        server.usual = (401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}')
        child = runs(tmp_path, server)
        assert await child.ended() == 2  # not started again by itself
        assert "does not know this bot token" in child.output
        assert "Traceback" not in child.output


@pytest.mark.parametrize("answer", ["null", "a portal", "somebody else's 404"])
async def test_the_doctor_survives_it(tmp_path: Path, answer: str) -> None:
    async with odd() as server:
        server.usual = ANSWERS[answer]
        child = Child.fork(tmp_path, settings(tmp_path, server.url), "bot", "doctor")
        assert await child.ended() == 1
        assert "Traceback" not in child.output
        assert "Report this" not in child.output
