"""After an end that nobody wished for, the owners hear of it: since when, and what was on its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast.models import Lease
from broadcast.services import brake, pending_notices, unclean_start
from broadcast.store import lease
from tests.scenario.house import House


@pytest.fixture
async def house(tmp_path: Path) -> House:
    return await House(tmp_path).open(subscribers=1)


async def told(house: House) -> list[pending_notices.Told]:
    return [pending_notices.read(row) for row in await pending_notices.of_the_house(house.core)]


async def died(house: House, uncertain: int = 0) -> float:
    """Somebody is killed while they hold the lease; the next process takes it."""
    await lease.take(house.core.store)
    await lease.take(house.core.store)
    await unclean_start.note_uncertain(house.core, uncertain)
    return await unclean_start.tell_owners(house.core)


async def row_of(house: House) -> Lease:
    async with house.core.store.read() as session:
        found = await session.get(Lease, 1)
    assert found is not None
    return found


async def test_after_a_clean_end_nobody_hears_anything(house: House) -> None:
    await (await lease.take(house.core.store)).give_back()
    await lease.take(house.core.store)
    assert await unclean_start.tell_owners(house.core) == 0
    assert await told(house) == []


async def test_a_killed_one_is_told_with_its_span_and_what_was_on_its_way(house: House) -> None:
    assert await died(house, uncertain=3) == 0
    (word,) = await told(house)
    assert (word.values["n"], word.values["times"]) == (3, 1)
    since, until = word.values["span"]
    assert since <= until
    assert "uncertain" in word.sentence and not word.calm
    assert await unclean_start.tell_owners(house.core) == 0
    assert len(await told(house)) == 1, "told once"


async def test_with_nothing_on_its_way_it_says_so(house: House) -> None:
    await died(house)
    (word,) = await told(house)
    assert "Nothing was on its way" in word.sentence


async def test_while_everything_is_stopped_it_does_not_say_that_it_goes_on(house: House) -> None:
    await brake.halt(house.core, house.author)
    await died(house, uncertain=3)
    word = (await told(house))[-1]
    assert "still stopped by {name}" in word.sentence and "go on" not in word.sentence[:60]
    assert word.values["name"] == "Ayşe" and word.values["n"] == 3


async def test_one_that_broke_by_itself_is_told_as_well(house: House) -> None:
    await (await lease.take(house.core.store)).give_back(badly=True)
    await lease.take(house.core.store)
    assert await unclean_start.tell_owners(house.core) == 0
    assert len(await told(house)) == 1
    await (await lease.take(house.core.store)).give_back()


async def test_one_that_dies_again_and_again_does_not_flood_the_owners(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await died(house, uncertain=1)
    for _ in range(20):
        assert 0 < await died(house, uncertain=2) <= unclean_start.QUIET_SECONDS
    assert len(await told(house)) == 1
    later = unclean_start.steady_unix() + unclean_start.QUIET_SECONDS + 1
    monkeypatch.setattr(unclean_start, "steady_unix", lambda: later)
    assert await unclean_start.tell_owners(house.core) == 0
    _, word = await told(house)
    assert (word.values["times"], word.values["n"]) == (40, 40)
    assert "restart" in word.sentence
    assert (await row_of(house)).untold == 0


async def test_a_clock_that_was_set_back_keeps_nobody_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await died(house)
    before = unclean_start.steady_unix() - 90_000
    monkeypatch.setattr(unclean_start, "steady_unix", lambda: before)
    assert await died(house) == 0
    assert len(await told(house)) == 2
