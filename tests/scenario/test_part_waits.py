"""One channel's trouble with a template holds that channel's part, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from broadcast.account_key import AccountKey
from broadcast.channel import AccountEvent, Template
from broadcast.engine import template_check
from broadcast.engine.pacing import Pacer
from broadcast.engine.runner import Runner
from broadcast.errors import CannotDo, TooLate
from broadcast.language import N_
from broadcast.models import Notice
from broadcast.services import account_news, compose, control
from broadcast.states import BroadcastStatus as S
from tests.scenario.approving import USE, Catalogued
from tests.scenario.house import KEY, House
from tests.scenario.world import World

META = AccountKey("whatsapp", "default")
PEOPLE = 6  # on each channel


class Platform(Catalogued):
    """Its templates can be `hidden`; it counts how often it was asked."""

    hidden = False
    status = "approved"

    async def list_templates(self) -> list[Template]:
        self.listed += 1
        if self.hidden:
            raise CannotDo(N_("{channel} says: {words}"), channel="WhatsApp", words="(#2) Service")
        self.known = Template("promo", "tr", "marketing", self.body, self.status, parameters=("1",))
        return [self.known]


class Town:
    """A house with people on two channels, and one engine that can be kept running."""

    def __init__(self, house: House) -> None:
        self.house, self.platform = house, Platform()
        self.world = World(house, self.platform)

    async def fill(self) -> None:
        for n in range(PEOPLE):
            await self.world.put(whatsapp=f"4917{n}")
        await self.platform.list_templates()

    async def until(self, reached) -> None:  # type: ignore[no-untyped-def]
        async with asyncio.timeout(20):
            while not await reached():
                await asyncio.sleep(0.02)

    async def becomes(self, number: int, status: S) -> None:
        async def there() -> bool:
            return await self.house.status(number) == status

        await self.until(there)

    @property
    def on_telegram(self) -> int:
        return self.house.channel.received.total()

    @property
    def on_whatsapp(self) -> int:
        return self.platform.received.total()

    async def told(self, words: str) -> int:
        async with self.house.store.read() as session:
            rows = await session.scalars(select(Notice))
            return sum(words in row.sentence for row in rows)


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr(template_check, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(template_check, "_FIRST_PAUSE_SECONDS", 0.05)
    house = await House(tmp_path).open(subscribers=PEOPLE)
    made = Town(house)
    await made.fill()
    yield made
    await house.store.close()


@pytest.fixture
async def engine(town: Town) -> AsyncIterator[Runner]:
    house = town.house
    runner = Runner(house.core, house.ledger, {KEY: Pacer(0), META: Pacer(0)})
    running = asyncio.create_task(runner.run())
    yield runner
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_platform_that_shows_no_templates_holds_its_own_part_alone(
    town: Town, engine: Runner, restarted: bool
) -> None:
    number = await town.world.approved(USE)
    town.platform.hidden = True
    if restarted:  # nothing is known of any template then
        town.platform.known = None

    async def telegram_has_it() -> bool:
        return town.on_telegram == PEOPLE

    await town.until(telegram_has_it)
    asked = town.platform.listed

    async def asked_again() -> bool:
        return town.platform.listed >= asked + 3

    await town.until(asked_again)
    assert await town.house.status(number) == S.SENDING
    assert town.on_whatsapp == 0
    assert await town.told("I cannot see whether the template") == 1, "once"
    town.platform.hidden = False
    await town.becomes(number, S.COMPLETED)
    assert (town.on_telegram, town.on_whatsapp) == (PEOPLE, PEOPLE)


def test_looks_that_fail_are_further_and_further_apart(town: Town) -> None:
    watch = template_check.Proof.__new__(template_check.Proof)
    waits = []
    for watch._setbacks in range(1, 9):
        waits.append(watch._pause())
    assert waits[0] <= 0.05
    assert max(waits) <= template_check.LOOK_SECONDS
    assert waits[2] > waits[0]


async def test_what_was_changed_waits_the_others_go_on_then_it_pauses(
    town: Town, engine: Runner
) -> None:
    number = await town.world.approved(USE)
    town.platform.hidden = True  # at the launch nobody can see it
    town.platform.body = "Merhaba {{1}}, her şey yarı fiyatına."

    async def sent() -> bool:
        return town.on_telegram == PEOPLE

    await town.until(sent)
    town.platform.hidden = False
    await town.becomes(number, S.PAUSED)
    assert town.on_whatsapp == 0
    assert await town.told("is not the one that was approved any more") == 1
    with pytest.raises(TooLate, match="has changed"):
        await control.resume(town.house.core, town.house.approver, number)
    town.platform.body = "Merhaba {{1}}, sergi açıldı."
    await town.platform.list_templates()
    await control.resume(town.house.core, town.house.approver, number)
    await town.becomes(number, S.COMPLETED)
    assert town.on_whatsapp == PEOPLE


class Slow(Platform):
    """Sends one at a time, each when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Semaphore(0)

    async def send(self, envelope):  # type: ignore[no-untyped-def]
        await self.let.acquire()
        return await super().send(envelope)


async def _half_way(town: Town) -> tuple[int, Slow]:
    slow = Slow()
    slow.capabilities = slow.capabilities.__class__(
        concurrency=1, window_seconds=86_400.0, templates=True, receipts=True
    )
    town.platform = slow
    town.house.core.channels[META] = slow
    await slow.list_templates()
    number = await town.world.approved(USE)
    slow.let.release()

    async def one_has_it() -> bool:
        return town.on_whatsapp == 1

    await town.until(one_has_it)
    return number, slow


NEWS = AccountEvent("The text was changed.", pause=True, only=("promo", "tr"))


async def test_news_of_a_template_ends_its_part_at_once_although_the_list_is_behind(
    town: Town, engine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_check, "LOOK_SECONDS", 3600.0)
    number, slow = await _half_way(town)
    await account_news.take_account_event(town.house.core, *META, NEWS)
    for _ in range(PEOPLE):
        slow.let.release()
    await town.becomes(number, S.PAUSED)
    assert town.on_telegram == PEOPLE
    assert town.on_whatsapp <= 2, "at most the one that was on its way"
    row = await compose.get(town.house.core, number)
    assert "The text was changed." in row.pause_reason


async def test_good_news_of_a_template_only_makes_us_look(
    town: Town, engine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_check, "LOOK_SECONDS", 3600.0)
    number, slow = await _half_way(town)
    looks = slow.listed
    await account_news.take_account_event(
        town.house.core, *META, AccountEvent("Fine.", only=("promo", "tr"))
    )
    for _ in range(PEOPLE):
        slow.let.release()
    await town.becomes(number, S.COMPLETED)
    assert town.on_whatsapp == PEOPLE
    assert slow.listed > looks


async def test_a_template_its_platform_has_paused_waits_until_it_may_go_again(
    town: Town, engine: Runner
) -> None:
    town.platform.status = "paused"
    number = await town.world.approved(USE)
    await town.becomes(number, S.PAUSED)
    assert (town.on_telegram, town.on_whatsapp) == (PEOPLE, 0)
    town.platform.status = "approved"
    await town.platform.list_templates()
    await control.resume(town.house.core, town.house.approver, number)
    await town.becomes(number, S.COMPLETED)
    assert town.on_whatsapp == PEOPLE
