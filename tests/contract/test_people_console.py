"""What an author and an approver see of the people: how they can leave, and whether newcomers may ask
for it later. The same on both consoles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broadcast.services import compose
from broadcast.states import BroadcastStatus
from tests.contract.desk import sees
from tests.contract.office import Team, opened


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def team(console: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, console) as made:
        yield made


async def test_the_way_out_is_on_the_card_and_where_it_is_approved(team: Team) -> None:
    await team.submitted()
    for desk in (team.author, team.approver):
        await sees(desk, "How to leave: Telegram: a button, “Stop messages”")


async def test_an_author_opens_one_to_newcomers_and_the_approver_reads_it(team: Team) -> None:
    number = await team.composed()
    await team.author.press(f"newcomers {number} open")
    await sees(team.author, "Who joins within 7 days may ask for it with /last")
    assert (await compose.get(team.house.core, number)).audience["newcomers"] == "open"
    await team.author.press(f"newcomers {number} closed")
    await team.author.press(f"newcomers {number} open")
    await team.author.press(f"submit {number}")
    await sees(team.approver, "asks for approval[^$]*may ask for it with /last")
    await team.approver.press(f"approve {number} ")
    await team.becomes(number, BroadcastStatus.COMPLETED)
    await team.author.types(f"newcomers {number} closed")
    await sees(team.author, "is completed now, so that is no longer possible")


async def test_an_unknown_choice_changes_nothing(team: Team) -> None:
    number = await team.composed()
    await team.author.types(f"newcomers {number} maybe")
    await sees(team.author, "Please choose with the buttons of /(broadcast )?newcomers")
    await team.author.types(f"newcomers {number}")
    await sees(team.author, "may ask for this one with /last, if you open it")
    assert "newcomers" not in (await compose.get(team.house.core, number)).audience
