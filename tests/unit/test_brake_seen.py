"""While the brake is on, everybody who looks sees it: in the numbers, at the terminal, in doctor."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot import metrics, top
from bot.command_names import names
from bot.doctor_database import _brake
from broadcast.errors import NotAllowed
from broadcast.language import languages
from broadcast.services import admin_links, brake, team_history
from tests.scenario.house import House
from tests.unit.test_link import seat, use


def screen(numbers: bytes) -> str:
    sample = top.read(numbers.decode(), 0.0)
    out = Console(file=io.StringIO(), width=100)
    out.print(top.view(sample, sample, 100))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


async def test_numbers_and_top_and_doctor_say_it(house: House) -> None:
    assert b"tellal_halted 0.0" in await metrics.gather(house.core)
    assert (await _brake(house.url)).ok
    await brake.halt(house.core, house.author)
    numbers = await metrics.gather(house.core)
    assert b"tellal_halted 1.0" in numbers
    assert "EVERYTHING IS STOPPED" in screen(numbers)
    check = await _brake(house.url)
    assert not check.ok and "Ayşe has stopped everything since 2026-11-24" in check.found
    await brake.lift(house.core, house.author)
    assert "EVERYTHING IS STOPPED" not in screen(await metrics.gather(house.core))


async def test_who_halted_and_who_lifted_is_in_the_teams_history(house: House) -> None:
    await brake.halt(house.core, house.approver)
    await brake.lift(house.core, house.approver)
    lines, _ = await team_history.page(house.core, 1, 20)
    assert [(line.action, line.by) for line in lines[:2]] == [
        ("lifted", "Murat"), ("halted", "Murat"),
    ]  # fmt: skip


async def test_whoever_halted_may_lift_it_as_the_person_they_are_linked_to(house: House) -> None:
    await seat(house, house.author, "slack")
    await brake.halt(house.core, house.author)
    code = await admin_links.code(house.core, house.approver)
    keeper = await use(house, code, house.author.name)
    assert keeper.admin_id == house.approver.admin_id
    with pytest.raises(NotAllowed):
        await brake.lift(house.core, house.author)
    await brake.lift(house.core, keeper)
    assert await brake.refresh(house.core) is None


def test_the_brake_has_a_name_of_its_own_in_every_language() -> None:
    for language in languages():
        assert names("halt", language)[0] not in {"pause", "stop", "cancel"}
