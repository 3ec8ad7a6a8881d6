"""A form's answers are looked at here, whatever the console let through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import dispatch
from bot.chat import Actor, Request, Value
from broadcast.message import RichText
from broadcast.services import compose, edition
from tests.unit.desk import Desk

_TEXT = RichText(text="Water is off")


async def checked(desk: Desk, number: int, **values: Value) -> dict[str, str]:
    row = await compose.get(desk.house.core, number)
    line = f"{number} {edition.mark_of(desk.house.core, row)}"
    request = Request(Actor("test", "author"), "author", "save", line, values=values)
    return await dispatch.check(desk.house.core, request)


@pytest.mark.parametrize("audience", ["xx", "", None, "all ", "klingon"])
async def test_an_audience_nobody_offered_is_never_everyone(desk: Desk, audience: Value) -> None:
    number = await desk.written()
    await desk.says("author", f"/audience {number} tr")
    found = await checked(desk, number, text=_TEXT, audience=audience)
    assert found == {"audience": "Please choose who receives it."}
    row = await compose.get(desk.house.core, number)
    line = f"{number} {edition.mark_of(desk.house.core, row)}"
    values: dict[str, Value] = {"text": _TEXT, "audience": audience}
    actor = Actor("test", "author")
    await dispatch.handle(
        desk.house.core, Request(actor, "author", "save", line, values=values, event_id="1")
    )
    assert (await compose.get(desk.house.core, number)).audience["language"] == "tr"


async def test_every_fault_is_named_at_its_own_field(desk: Desk) -> None:
    number = await desk.written()
    past = desk.house.now - timedelta(days=1)
    found = await checked(
        desk, number, text=RichText(), audience="all", buttons="no address", at=past
    )
    assert set(found) == {"text", "buttons", "at"}
    assert await checked(desk, number, text=_TEXT, audience="all", buttons="", at=None) == {}
