"""`/home` at both consoles: the same five facts, from the first draft to the report."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broadcast.states import BroadcastStatus
from tests.contract.desk import Desk, offered, sees, until
from tests.contract.office import PEOPLE, TEXT, Team, opened

FIVE = r"{waits}[\s\S]*{runs}[\s\S]*{planned}[\s\S]*{last}[\s\S]*{people} subscribers"


@pytest.fixture(params=["telegram", "slack"])
async def team(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, str(request.param)) as made:
        yield made


def five(
    waits: str = "Nothing waits for you.", runs: str = "Nothing is running.",
    planned: str = "Nothing is planned.", last: str = "Nothing has been sent yet.",
) -> str:  # fmt: skip
    return FIVE.format(waits=waits, runs=runs, planned=planned, last=last, people=PEOPLE)


async def looks(desk: Desk, pattern: str) -> None:
    """Typed until it is so: what is counted may be some seconds old on a slow machine."""

    async def look() -> bool:
        before = len(await desk.screen())
        await desk.types("home")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                while len(await desk.screen()) <= before:
                    await asyncio.sleep(0.05)
        return any(re.search(pattern, text) for text in await desk.screen())

    await until(pattern, look)


async def test_it_shows_the_same_on_both_consoles_and_leads_to_the_report(team: Team) -> None:
    await looks(team.author, five())
    number, _ = await team.submitted()
    await team.approver.types("pano")
    await sees(team.approver, five(waits=f"#{number} {TEXT} · waits for your approval"))
    await looks(team.author, five(planned=f"#{number} {TEXT} · waiting for approval"))
    assert await offered(team.approver, f"approve {number}")
    line = await offered(team.approver, f"approve {number} ")
    await team.approver.presses(line)
    await team.becomes(number, BroadcastStatus.COMPLETED)
    await looks(team.other, five(last=f"#{number} {TEXT} · sent to {PEOPLE} of {PEOPLE}"))
    await team.other.press(f"report {number}")
    await sees(team.other, "Took ")


async def test_a_stranger_learns_nothing_by_it(team: Team) -> None:
    await team.composed()
    await team.stranger.types("home")
    await team.author.types("home")
    await sees(team.author, "your draft")
    for said in await team.stranger.screen():
        assert TEXT not in said and f"{PEOPLE} subscribers" not in said
