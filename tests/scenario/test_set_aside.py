"""What nobody can keep or handle is set aside, where an operator finds it; everybody else's goes on."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import select

from bot import doctor_database
from bot.import_export import export
from broadcast.engine import intake
from broadcast.engine.intake import Intake
from broadcast.models import Inbox, Notice, SetAside
from broadcast.services.set_aside import MOST, set_aside
from broadcast.store import retention
from broadcast.store.migrate import upgrade
from broadcast.store.session import Store
from tests.scenario.house import House


class Place:
    """An intake whose handler knows people by name, and fails for `bad` ones."""

    def __init__(self, house: House) -> None:
        self.house, self.handled, self.bad = house, list[str](), set[str]()
        self.intake = Intake(
            house.core, self._handle, lambda _, update: str(update["who"]),
            aside=partial(set_aside, house.core),
        )  # fmt: skip

    async def _handle(self, _: str, update: dict[str, object]) -> None:
        if update["who"] in self.bad:
            raise KeyError("what nobody has met")
        self.handled.append(str(update["who"]))

    async def aside(self) -> list[SetAside]:
        async with self.house.store.read() as session:
            return list(await session.scalars(select(SetAside)))

    async def notices(self) -> int:
        async with self.house.store.read() as session:
            return len([*await session.scalars(select(Notice))])

    async def work_until(self, handled: int, aside: int) -> None:
        running = asyncio.create_task(self.intake.run())
        try:
            async with asyncio.timeout(20):
                while len(self.handled) < handled or len(await self.aside()) < aside:
                    assert not running.done()
                    await asyncio.sleep(0.02)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    house = await House(tmp_path).open()
    yield Place(house)
    await house.store.close()


def batch(*names: str) -> list[tuple[str, dict[str, object]]]:
    return [(f"e{number}", {"who": name}) for number, name in enumerate(names)]


async def test_one_row_of_a_poll_that_cannot_be_written_is_set_aside_and_the_poll_is_confirmed(
    place: Place,
) -> None:
    odd: list[tuple[str, dict[str, object]]] = [("\ud83d", {"who": "Mallory", "text": "\ud83d"})]
    await place.intake.keep("telegram", [*batch("Ada", "Ben"), *odd, ("e9", {"who": "Eve"})])
    await place.work_until(handled=3, aside=1)
    assert sorted(place.handled) == ["Ada", "Ben", "Eve"]
    (kept,) = await place.aside()
    assert (kept.source, kept.error) == ("telegram", "UnicodeEncodeError")
    assert "Mallory" in kept.payload


async def test_an_update_of_which_nobody_can_say_whose_it_is_holds_nobody_up(place: Place) -> None:
    await place.intake.keep(
        "telegram", [*batch("Ada"), ("odd", {"text": "?"}), ("e9", {"who": "Ben"})]
    )
    await place.work_until(handled=2, aside=0)
    async with place.house.store.read() as session:
        assert len([*await session.scalars(select(Inbox))]) == 3


async def test_what_was_given_up_is_not_lost(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_PAUSES", (0.01,))
    place.bad = {"Mallory"}
    await place.intake.keep("telegram", batch("Ada", "Mallory", "Ben"))
    await place.work_until(handled=2, aside=1)
    (kept,) = await place.aside()
    assert (kept.event_id, kept.error) == ("e1", "KeyError")


async def test_the_team_is_told_once_an_hour_and_the_same_is_kept_once(place: Place) -> None:
    core = place.house.core
    for event_id in ("a", "b", "b"):
        await set_aside(core, "telegram", event_id, {}, ValueError("x"))
    assert (len(await place.aside()), await place.notices()) == (2, 1)
    place.house.now += timedelta(hours=2)
    await set_aside(core, "telegram", "c", {}, ValueError("x"))
    assert await place.notices() == 2


async def test_so_many_are_kept_and_no_more_and_for_a_month(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadcast.services.set_aside.MOST", 3)
    assert MOST > 3
    for number in range(5):
        await set_aside(
            place.house.core, "telegram", str(number), {"a": "b" * 200_000}, ValueError()
        )
    rows = await place.aside()
    assert len(rows) == 3
    assert max(len(row.payload) for row in rows) == 100_000
    place.house.now += timedelta(days=31)
    await retention.forget(place.house.core)
    assert await place.aside() == []


async def test_doctor_counts_them_and_they_can_be_exported(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/tellal.db"
    await upgrade(url)
    (well,) = [one for one in await doctor_database.database(url) if one.name == "updates"]
    assert well.ok
    store = Store(url)
    async with store.write() as session:
        session.add(
            SetAside(
                source="telegram", event_id="7", payload='{"a": "=1"}', error="ValueError",
                at=House(tmp_path).now,
            )
        )  # fmt: skip
    await store.close()
    (found,) = [one for one in await doctor_database.database(url) if one.name == "updates"]
    assert not found.ok
    assert "1 could not be handled" in found.found
    assert "export set-aside" in found.mend
    out = io.StringIO()
    await export(url, "set-aside", out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert (row["source"], row["event"], row["error"]) == ("telegram", "7", "ValueError")
