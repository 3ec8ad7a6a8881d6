"""A platform makes us wait: the team hears of it once, until when, and only where that is long."""

from __future__ import annotations

from datetime import timedelta

from broadcast.context import Event
from broadcast.language import speech
from broadcast.services import platform_wait
from tests.scenario.house import House


async def test_the_team_hears_of_a_long_wait_once(house: House) -> None:
    told: list[Event] = []

    async def hear(event: Event) -> None:
        told.append(event)

    core = house.core
    core.tell = hear
    await platform_wait.told_to_wait(core, "telegram", "default", 30)
    assert not told and not platform_wait.now_waiting(core)
    for _ in range(3):
        await platform_wait.told_to_wait(core, "telegram", "default", 10_072)
    assert [(event.kind, event.detail) for event in told] == [("waits", "telegram")]
    [(key, until)] = platform_wait.now_waiting(core).items()
    assert until - core.clock() > timedelta(seconds=10_000)
    words = platform_wait.words(core, speech("en"), key, until, "UTC").text
    assert words.startswith("⏳ Telegram takes nothing from us until") and "2 hr" in words
    await platform_wait.told_to_wait(core, "telegram", "shop", 90)
    assert len(told) == 2
    assert (
        "Telegram (shop)"
        in platform_wait.words(core, speech("en"), ("telegram", "shop"), until, "UTC").text
    )


async def test_a_wait_made_longer_again_and_again_is_not_told_each_time(house: House) -> None:
    told: list[Event] = []

    async def hear(event: Event) -> None:
        told.append(event)

    core, start = house.core, house.core.clock()
    core.tell = hear
    for minute in range(9):
        core.clock = lambda minute=minute: start + timedelta(minutes=minute)
        await platform_wait.told_to_wait(core, "slack", "console", 70)
    assert len(told) == 1
    await platform_wait.told_to_wait(core, "slack", "console", 7_200)
    assert len(told) == 2
    core.clock = lambda: start + timedelta(hours=4)
    assert not platform_wait.now_waiting(core)
