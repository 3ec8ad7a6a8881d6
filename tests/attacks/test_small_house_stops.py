"""A gateway or a captive portal answers in Telegram's place: a small house stops before many are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.hostile import HostileProxy, hostile
from sandbox.people import FIRST_ID
from tests.attacks.stage import APPROVER, AUTHOR, Town, town

pytestmark = pytest.mark.timeout(240)
WORDS = "Water is off tomorrow"
MOST = 8
_COUNTS = """SELECT d.status, count(*) FROM delivery d WHERE d.broadcast_id = ? GROUP BY 1"""
SENT, UNCERTAIN, FAILED = 40, 20, 30


def to_subscribers(request: bytes) -> bool:
    """What goes to the team passes."""
    return b'{"chat_id":%d' % (FIRST_ID // 1000) in request


async def seated(house: Town) -> None:
    """The team is in."""
    await house.join(AUTHOR, "author")
    await house.join(APPROVER, "approver")


async def launched_behind(proxy: HostileProxy, house: Town, mode: str) -> int:
    proxy.only = to_subscribers
    number = await house.submitted(WORDS)
    proxy.modes = (mode,)
    await house.press(APPROVER, f"approve {number}")
    return number


def counts(house: Town, number: int) -> dict[int, int]:
    return {int(status): int(n) for status, n in house.query(_COUNTS, number)}


@pytest.mark.parametrize(
    ("people", "mode"),
    [(60, "page_502"), (60, "page_502_after"), (60, "portal"), (20, "portal"), (400, "page_502")],
)
async def test_eight_people_are_the_most_it_costs(tmp_path: Path, people: int, mode: str) -> None:
    async with (
        town(tmp_path, people=people, start=False) as house,
        hostile(house.url, ("/sendMessage",)) as proxy,
    ):
        await house.start(TELLAL_TELEGRAM__API_URL=proxy.url, TELLAL_TELEGRAM__RATE_PER_SECOND="0")
        await seated(house)
        number = await launched_behind(proxy, house, mode)
        await house.becomes(number, "paused")
        assert proxy.struck[mode] <= MOST
        assert counts(house, number)[UNCERTAIN] <= MOST
        await house.see(AUTHOR, "why", r"paused itself: no answer came for 8 of the last 8")
        proxy.modes = ()
        await house.press(APPROVER, f"resume {number}")
        await house.becomes(number, "completed")
        found = counts(house, number)
        assert found[SENT] + found[UNCERTAIN] == people
        assert found[UNCERTAIN] <= MOST
        received = await house.received(WORDS)
        assert max(received.values()) == 1
        assert len(received) >= found[SENT]


async def test_a_small_list_with_people_who_blocked_us_goes_through(tmp_path: Path) -> None:
    async with town(tmp_path, people=14) as house:
        people = [FIRST_ID + n for n in range(14)]
        await house.ask("block", people=people[:10], silent=True)
        number = await house.launched(WORDS)
        await house.becomes(number, "completed")
        assert set(await house.received(WORDS)) == set(people[10:])


async def test_an_outage_that_telegram_admits_is_waited_out(tmp_path: Path) -> None:
    """Its own 500 says that nothing was taken: those are tried again, and nobody has to press."""
    async with town(tmp_path, people=30) as house:
        number = await house.submitted(WORDS)
        for n in range(30):
            await house.ask(
                "faults", kind="error", method="sendMessage", status=500, count=1,
                person=FIRST_ID + n,
            )  # fmt: skip
        await house.press(APPROVER, f"approve {number}")
        await house.becomes(number, "completed")
        received = await house.received(WORDS)
        assert len(received) == 30 and max(received.values()) == 1
