"""How often Slack is asked to show a Home: what changed soon, what only moves seldom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.chat import NotSaid
from bot.frontends.slack import home as slack_home
from bot.frontends.slack.home import Home
from bot.frontends.slack.replies import Answerer
from broadcast.models import Broadcast
from broadcast.services import control, dashboard
from broadcast.services.report import NOTHING, Sums
from broadcast.states import BroadcastStatus
from tests.scenario.house import House


class Shown:
    """In place of Slack: who was shown what, the latest last."""

    command = "/broadcast"

    def __init__(self) -> None:
        self.pages: list[tuple[str, str]] = []
        self.refuses = 0

    async def publish(self, user: str, blocks: list[Any]) -> None:
        if self.refuses:
            self.refuses -= 1
            raise NotSaid("ratelimited", retry_after=0.01)
        self.pages.append((user, str(blocks)))


class Moving:
    """Each look at a running broadcast finds it further on."""

    def __init__(self) -> None:
        self.looks = 0

    async def __call__(self, core: object, row: Broadcast) -> Sums:
        self.looks += 1
        left = max(0, 100_000 - self.looks)
        return replace(NOTHING, planned=100_000, sent=100_000 - left, open=left)


async def until(what: Callable[[], bool]) -> None:
    for _ in range(6000):
        if what():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
async def home(house: House, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    for name, seconds in (("ROUND", 0.01), ("APART", 0.0), ("LATER", 0.01), ("MOVES", 3600.0)):
        monkeypatch.setattr(slack_home, f"{name}_SECONDS", seconds)
    await house.seat(house.author, "slack", "U1")
    await house.seat(house.approver, "slack", "U2")
    made = Home(house.core, cast(Answerer, shown), "slack")
    yield made
    await made.close()


async def running(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Moving]:
    number, moving = await house.approved(), Moving()
    await house.claim(number, 1)
    async with house.store.write() as session:
        row = await session.get_one(Broadcast, number)
        row.launched_at = house.now
    monkeypatch.setattr(dashboard, "_sums", moving)
    return number, moving


async def test_numbers_that_move_are_not_shown_with_every_delivery(
    house: House, home: Home, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, moving = await running(house, monkeypatch)
    await home.opened("U2")
    assert len(shown.pages) == 1
    for _ in range(10):
        before = moving.looks
        for _ in range(1000):
            home.changed()
        await until(lambda before=before: moving.looks > before)
    assert len(shown.pages) == 1
    await control.pause(house.core, house.approver, number)
    home.changed()
    await until(lambda: len(shown.pages) == 2)
    assert f"resume {number}" in shown.pages[-1][1], "what changed is shown soon"


async def test_they_are_shown_after_a_while(
    house: House, home: Home, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_home, "MOVES_SECONDS", 0.05)
    await running(house, monkeypatch)
    await home.opened("U2")
    home.changed()
    await until(lambda: len(shown.pages) > 1)


async def test_who_has_not_looked_lately_sees_it_seldom_and_nobody_else_waits_for_that(
    house: House, home: Home, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_home, "RARELY_SECONDS", 3600.0)
    await home.opened("U2")
    number = await house.draft("Somebody's")
    async with house.store.write() as session:
        (await session.get_one(Broadcast, number)).status = BroadcastStatus.SCHEDULED
    home.changed()
    await until(lambda: len(shown.pages) == 2)
    assert {user for user, _ in shown.pages} == {"U2"}


async def test_who_may_have_it_open_since_before_we_started_sees_it_too(
    house: House, home: Home, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_home, "RARELY_SECONDS", 0.05)
    home.changed()
    await until(lambda: {user for user, _ in shown.pages} == {"U1", "U2"})


async def test_told_to_wait_it_is_shown_afterwards(house: House, home: Home, shown: Shown) -> None:
    shown.refuses = 2
    await home.opened("U1")
    assert shown.pages == []
    await until(lambda: len(shown.pages) == 1)


async def test_a_database_that_is_away_for_a_moment_ends_nothing(
    house: House, home: Home, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.opened("U1")
    times = 0

    async def broken(core: object) -> dashboard.House:
        nonlocal times
        times += 1
        raise OSError("disk I/O error")

    with monkeypatch.context() as away:
        away.setattr(dashboard, "house", broken)
        home.changed()
        await until(lambda: times > 0)
    await house.draft("Mine")
    await until(lambda: len(shown.pages) == 2)
    assert "Mine" in shown.pages[-1][1]
