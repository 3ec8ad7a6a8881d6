"""A platform refuses some people's messages by a code that could be everybody's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broadcast.channel import Envelope
from broadcast.outcome import Outcome, Reason, Refused, Scope
from broadcast.services import control, report
from broadcast.states import BroadcastStatus as S
from tests.scenario.house import House

ODD = Refused(Reason.CONTENT, False, Scope.ACCOUNT, "132018", "a tab in it", proven=False)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path).open(40)
    yield made
    await made.store.close()


def refuses(house: House, *addresses: str) -> None:
    def script(envelope: Envelope) -> Outcome | None:
        return ODD if envelope.address in addresses else None

    house.channel.script = script


async def sums(house: House, number: int) -> tuple[int, int, int]:
    found = await report.sums(house.core, number)
    return found.sent, found.failed, found.open


async def test_one_odd_recipient_fails_alone_and_nothing_pauses(house: House) -> None:
    refuses(house, "1007")
    number = await house.approved()
    await house.run_until(number, S.COMPLETED, S.PAUSED)
    assert await house.status(number) == S.COMPLETED
    assert await sums(house, number) == (39, 1, 0)
    assert house.channel.asked["1007"] == 2, "once more, in case it was a moment's fault"


async def test_two_pause_it_and_going_on_leaves_only_them_out(house: House) -> None:
    refuses(house, "1007", "1030")
    number = await house.approved()
    await house.run_until(number, S.PAUSED)
    assert (await sums(house, number))[1] == 0, "nobody is given up before it is known whose it is"
    await control.resume(house.core, house.approver, number)
    await house.run_until(number, S.COMPLETED, S.PAUSED)
    assert await house.status(number) == S.COMPLETED
    assert await sums(house, number) == (38, 2, 0)


async def test_what_everybody_is_refused_pauses_at_the_second_and_loses_nobody(
    house: House,
) -> None:
    refuses(house, *(str(1000 + n) for n in range(40)))
    number = await house.approved()
    for _ in range(2):
        await house.run_until(number, S.PAUSED)
        assert await sums(house, number) == (0, 0, 40)
        assert sum(house.channel.asked.values()) < 40, "most were not tried in vain"
        await control.resume(house.core, house.approver, number)
    house.channel.script = None
    await house.run_until(number, S.COMPLETED)
    assert await sums(house, number) == (40, 0, 0)
