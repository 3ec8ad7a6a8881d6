"""A correction at both consoles: the button on the pause card, the new words, the second yes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from broadcast.services import report
from broadcast.states import BroadcastStatus
from tests.contract.desk import SlackDesk, offered, sees
from tests.contract.office import AYSE, PEOPLE, TEXT, Team, opened

RIGHT = "Water is off on Tuesday"


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def writes_correction(team: Team, words: str) -> None:
    if isinstance(team.author, SlackDesk):
        await team.author.submit(Message=words)
    else:
        await sees(team.author, "Send me the corrected message")
        await team.sandbox.do("say", person=AYSE, text=words)
    await sees(team.author, re.escape(words))


async def test_what_is_wrong_is_corrected_and_goes_to_those_who_have_not_got_it(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console, hold=0, rate=5) as team:
        number, approve = await team.paused()
        await team.author.press(f"correct {number}")
        await writes_correction(team, RIGHT)
        await sees(team.author, "A correction. It goes to those who have not got it")
        await team.author.presses(f"resume {number}")
        await sees(team.author, "A correction of #1 is being written")
        await team.author.press(f"submit {number}")
        again = await offered(team.approver, f"approve {number}")
        assert again != approve
        await sees(team.approver, re.escape(RIGHT))
        await sees(team.approver, "A correction. It goes to those who have not got it")
        await team.approver.press(again)
        await team.becomes(number, BroadcastStatus.COMPLETED)
        sums = await report.sums(team.house.core, number)
        first, second = sums.versions
        assert (await team.received(), await team.received(RIGHT)) == (first, second)
        assert first + second == PEOPLE
        for desk in (team.author, team.approver):
            await sees(desk, rf"as it was first: {first}\n· as corrected \(1\): {second}")
        await team.author.types(f"report {number}")
        await sees(team.author, rf"as corrected \(1\): {second}[^$]*Took")


async def test_a_correction_can_be_sent_back_and_taken_back(console: str, tmp_path: Path) -> None:
    async with opened(tmp_path, console, hold=0, rate=5) as team:
        number, _ = await team.paused()
        await team.author.press(f"correct {number}")
        await writes_correction(team, RIGHT)
        await team.author.press(f"submit {number}")
        await offered(team.approver, f"approve {number}")
        await team.approver.rejects(number, "Which Tuesday?")
        await team.becomes(number, BroadcastStatus.PAUSED)
        await sees(team.author, "Which Tuesday")
        await team.author.press(f"correct {number} back")
        await team.author.press(f"resume {number}")
        await team.becomes(number, BroadcastStatus.COMPLETED)
        assert (await team.received(TEXT), await team.received(RIGHT)) == (PEOPLE, 0)
