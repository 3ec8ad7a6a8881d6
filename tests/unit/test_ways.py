"""Nobody is told no without a next step."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bot import dispatch
from broadcast.models import Address, ConsentStatus
from broadcast.services import review
from tests.scenario.house import House
from tests.unit.desk import Desk, seated

ROOT = Path(__file__).parents[2]
REFUSALS = {"Invalid", "NotAllowed", "NotFound", "TooLate", "CannotDo", "Changed"}


@pytest.fixture
async def desk(house: House) -> Desk:
    return await seated(house)


def offered(desk: Desk) -> set[str]:
    return {one.command for reply in desk.last for row in reply.buttons for one in row}


async def test_where_nobody_would_receive_it_the_link_is_offered(desk: Desk) -> None:
    number = await desk.written()
    async with desk.house.store.write() as session:
        await session.execute(update(Address).values(consent=ConsentStatus.OPTED_OUT))
    assert review.NOBODY in await desk.says("author", f"/submit {number}")
    assert {"share", f"audience {number}", f"open {number}"} <= offered(desk)


@pytest.mark.parametrize(
    ("line", "way"),
    [
        ("/schedule 1 yesterday", "open 1"),
        ("/audience 1 klingon", "audience 1"),
        ("/canary 1 some", "open 1"),
        ("/putback 1 99", "versions 1"),
        ("/submit 77", "drafts"),
        ("/newcomers 1 perhaps", "newcomers 1"),
        ("/canary 1 some", "help canary"),
    ],
)
async def test_what_was_written_wrongly_shows_the_way(desk: Desk, line: str, way: str) -> None:
    await desk.written()
    await desk.says("author", line)
    assert way in offered(desk), desk.last


async def test_an_empty_one_offers_to_be_written(desk: Desk) -> None:
    await desk.says("author", "/new")
    assert review.NOTHING_IN_IT in await desk.says("author", "/submit 1")
    assert "content 1" in offered(desk)


async def test_no_way_is_offered_twice_and_none_that_the_role_has_not(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("approver", f"/approve {number}")
    rows = [one.command for reply in desk.last for row in reply.buttons for one in row]
    assert len(rows) == len(set(rows))
    await desk.says("approver", "/role 1 king")
    assert "role" not in offered(desk)


async def test_anothers_draft_offers_only_what_works(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("approver", f"/open {number}")
    assert offered(desk) == {f"preview {number}", f"test {number}"}
    await desk.says("owner", f"/open {number}")
    assert f"submit {number}" in offered(desk)


def _sentences() -> Iterator[str]:
    """What is raised in the handlers and services."""
    for folder in ("bot/handlers", "broadcast/services"):
        for file in sorted((ROOT / folder).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                    name = getattr(node.exc.func, "id", "")
                    if name in REFUSALS and node.exc.args:
                        for part in ast.walk(node.exc.args[0]):
                            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                                yield part.value


def test_each_command_a_refusal_names_is_one() -> None:
    sentences = set(_sentences())
    named = {word for said in sentences for word in re.findall(r"(?<![\w/:.])/([a-z]+)", said)}
    assert len(sentences) > 60 and {"team", "link", "versions"} <= named
    assert all(dispatch.named(word) for word in named), named
