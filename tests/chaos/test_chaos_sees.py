"""`tellal chaos` sees what it looks for: something sent behind the product's back after a STOP, a cancel,
or under an approval that is void."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.chaos.plan import Act, Moment, Plan
from lab.chaos.play import Result, Round
from lab.chaos.reconciliation import End
from lab.chaos.world import House, Lane

PEOPLE = 60
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Lane(tmp_path / "lane", "lane") as lane:
        made = lane.house()
        try:
            await made.furnish(PEOPLE)
            yield made
        finally:
            await made.close()


def plan(*moments: Moment, expires: bool = False) -> Plan:
    return Plan(
        number=1, people=PEOPLE, meta=False, photo=False, scheduled=False, resend=False, canary="",
        expires=expires, moments=moments,
    )  # fmt: skip


class Tampered(Round):
    """Somebody else sends with our token, to whoever must get nothing any more."""

    behind_our_back = True

    async def _tamper(self) -> None:
        if not self.behind_our_back:
            return
        house = self._house
        stopped = [one.address for one in self._hand.silences if one.address]
        address = stopped[0] if stopped else sorted(house.audience)[0]
        url = f"{house.lane.url}/bot{house.token}/sendMessage"
        fields = {"chat_id": address, "text": f"{self._mark} once more"}
        async with house.client.post(url, json=fields) as answer:
            assert answer.status == 200, await answer.text()

    async def _silence(self) -> None:
        if not self._plan.expires:
            await self._tamper()
        await super()._silence()

    async def _wait_expired(self) -> None:
        await self._tamper()
        await super()._wait_expired()


class Honest(Tampered):
    behind_our_back = False


WAYS = pytest.mark.parametrize(
    ("end", "moments", "expires"),
    [
        (End.STOP, (Moment(0.0, Act.LEAVE),), False),
        (End.CANCEL, (Moment(0.1, Act.ADMIN, "cancel"),), False),
        (End.EXPIRED_APPROVAL, (), True),
    ],
)


@WAYS
async def test_it_is_seen(
    house: House, end: End, moments: tuple[Moment, ...], expires: bool
) -> None:
    result: Result = await Tampered(house, plan(*moments, expires=expires)).play()
    assert result.ended_by[end] == 1
    assert len(result.verdict.after[end]) == 1
    assert not result.verdict.holds


@WAYS
async def test_and_nothing_is_seen_where_there_is_nothing(
    house: House, end: End, moments: tuple[Moment, ...], expires: bool
) -> None:
    result = await Honest(house, plan(*moments, expires=expires)).play()
    assert result.ended_by[end] == 1
    assert result.verdict.holds, (result.verdict.wrong, result.verdict.after)


@pytest.mark.parametrize("rate", [10.0, 20.0, 30.0])
async def test_claims_are_close_to_the_send_at_a_slow_rate_too(house: House, rate: float) -> None:
    """Killed in the middle, after a dry spell: at most a fifth of a second was claimed ahead."""
    house.rate = rate
    kills = (
        Moment(0.2, Act.LOCK_DATABASE, 1.0),
        Moment(1.8, Act.KILL),
        Moment(2.6, Act.FREEZE, 0.5),
        Moment(3.4, Act.KILL),
    )
    result = await Honest(house, plan(*kills)).play()
    assert result.verdict.holds, (result.verdict.wrong, result.verdict.after)
    assert result.kills == 2
    assert result.claimed_ahead_seconds <= 0.2
