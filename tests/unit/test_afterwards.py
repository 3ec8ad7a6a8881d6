"""In the chat, after it: trying again, and who goes first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.outcome import Reason, Refused
from broadcast.safety import Limits
from broadcast.states import BroadcastStatus
from tests.scenario.house import House
from tests.unit.desk import Desk, seated

S = BroadcastStatus


@pytest.fixture
async def desk(house: House) -> Desk:
    return await seated(house)


async def failed(desk: Desk, answers: dict[str, Refused]) -> int:
    desk.house.channel.script = lambda e: answers.get(e.address)
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, S.COMPLETED)
    desk.house.channel.script = None
    return number


async def test_trying_again_offers_the_reasons_that_can_be_mended(desk: Desk) -> None:
    number = await failed(
        desk,
        {
            "1000": Refused(Reason.UNAVAILABLE),
            "1001": Refused(Reason.REJECTED),
            "1002": Refused(Reason.BLOCKED, suppress=True),
        },
    )
    said = await desk.says("approver", f"/retry {number}")
    assert "the platform was not available: 1" in said
    assert "refused by the platform: 1" in said
    assert "blocked" not in said.replace("People who blocked us or left are not among them.", "")
    assert "Trying again for 1 person" in await desk.press("approver", "Temporary failures (1)")
    await desk.house.run_until(number, S.COMPLETED)
    assert desk.house.channel.received["1000"] == 1
    await desk.says("approver", f"/retry {number}")
    await desk.press("approver", "refused by the platform (1)")
    await desk.house.run_until(number, S.COMPLETED)
    assert desk.house.channel.received["1001"] == 1
    assert "tried the failed ones again" in await desk.says("author", f"/history {number}")


@pytest.mark.parametrize("words", ["failed {number}", "{number} failed", "failed #{number}"])
async def test_the_word_and_the_number_come_in_either_order(desk: Desk, words: str) -> None:
    number = await failed(desk, {"1000": Refused(Reason.UNAVAILABLE)})
    said = await desk.says("owner", "/retry " + words.format(number=number))
    assert "Trying again for 1 person" in said


async def test_an_author_may_not_try_again_and_nobody_can_where_nothing_failed(desk: Desk) -> None:
    number = await failed(desk, {})
    assert "Your role" in await desk.says("author", f"/retry failed {number}")
    assert "nobody to try again" in await desk.says("approver", f"/retry failed {number}")
    assert "nobody to try again" in await desk.says("approver", f"/retry {number}")


async def test_who_goes_first_is_chosen_in_the_chat(desk: Desk) -> None:
    number = await desk.written()
    assert "everyone at once" in await desk.says("author", f"/canary {number}")
    said = await desk.says("author", f"/canary {number} 500")
    assert "First 500, then a look for 10 min" in said
    await desk.says("author", f"/canary {number}")
    assert "then I ask you" in await desk.press("author", "5%, then ask me")
    assert "`" not in await desk.says("author", f"/canary {number} some")
    assert "everyone at once" in await desk.says("author", f"/canary {number} off")


async def test_an_alarm_is_told_in_words(desk: Desk) -> None:
    house = desk.house
    house.core.policy = replace(house.core.policy, limits=Limits(window=10, failed=30))
    house.channel.script = lambda e: Refused(Reason.REJECTED) if int(e.address) % 2 else None
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await house.run_until(number, S.PAUSED)
    said = await desk.says("author", f"/status {number}")
    assert "of the last 10 failed: refused by the platform" in said
