"""What people do in Slack while the database is slow or fails: nothing is acknowledged and lost."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast.services import compose, review
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, SlackDesk, offered, sees, until
from tests.contract.office import TEXT, Team, desk, opened

Statement = Callable[[str], Awaitable[None]]
NOT_YET, NOT_KEPT = "have not saved this yet", "could not save that"


@pytest.fixture
async def team(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Team]:
    signed = getattr(request, "param", "socket") == "http"
    async with opened(tmp_path, "slack", hold=30, signed=signed) as made:
        await made.sandbox.do("retries", channel="slack", seconds=[0.2, 0.2, 0.2])
        yield made


both_ways = pytest.mark.parametrize("team", ["socket", "http"], indirect=True)


@contextlib.asynccontextmanager
async def beside(team: Team) -> AsyncIterator[Statement]:
    """A second connection. It waits for the house's own writes in a thread: in the loop it would
    keep that write from ending."""
    path = str(team.house.core.store.engine.url.database)
    other = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)

    async def execute(statement: str) -> None:
        await asyncio.to_thread(other.execute, statement)

    with contextlib.closing(other):
        yield execute


@contextlib.asynccontextmanager
async def locked(team: Team) -> AsyncIterator[None]:
    """Somebody else is writing to the database, and takes their time."""
    async with beside(team) as execute:
        await execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            await execute("ROLLBACK")


@contextlib.asynccontextmanager
async def missing(team: Team, table: str) -> AsyncIterator[None]:
    """Every statement about this table is an error."""
    async with beside(team) as execute:
        await execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
        try:
            yield
        finally:
            await execute(f"ALTER TABLE {table}_elsewhere RENAME TO {table}")


@contextlib.asynccontextmanager
async def crowded(team: Team) -> AsyncIterator[None]:
    """All connections are in use: even a read waits."""
    async with contextlib.AsyncExitStack() as stack:
        with contextlib.suppress(asyncio.TimeoutError):
            while True:
                connecting = stack.enter_async_context(team.house.core.store.engine.connect())
                await asyncio.wait_for(connecting, 0.3)
        yield


async def tries(team: Team) -> list[str]:
    """How each delivery of an event that was ever refused ended for Slack; empty: acknowledged."""
    last = (await team.sandbox.do("acks", channel="slack"))["last"]
    events = [entry for entry in last if entry["kind"] == "events_api"]
    refused = {entry["envelope_id"] for entry in events if entry["error"]}
    return [entry["error"] for entry in events if entry["envelope_id"] in refused]


async def contents(team: Team) -> list[str]:
    """Of the author's drafts."""
    found = await people.who(team.house.core, "slack", desk(team).user)
    assert found is not None
    rows = await compose.drafts(team.house.core, found[0])
    return [compose.message_of(row).text.text for row in rows]


@both_ways
async def test_a_message_that_cannot_be_kept_comes_again_until_it_is(team: Team) -> None:
    ece = desk(team)
    await ece.types("new")
    async with locked(team):
        await ece.do("say", text="Water is off")
        await until("Slack saw no acknowledgement", lambda: tries(team))
        assert all(await tries(team))
    await offered(ece, "submit")
    assert await contents(team) == ["Water is off"]


async def test_a_message_is_not_acknowledged_when_the_database_fails(team: Team) -> None:
    ece = desk(team)
    await ece.types("new")
    await ece.types("status")
    async with missing(team, "inbox"):
        await ece.do("say", text="Water is off")

        async def tried() -> bool:
            return len(await tries(team)) > 1

        await until("it was sent again", tried)
        assert all(await tries(team))
    await offered(ece, "submit")
    assert await contents(team) == ["Water is off"]


async def test_who_writes_is_told_when_slack_gives_up_too(team: Team) -> None:
    ece = desk(team)
    await ece.types("new")
    async with missing(team, "inbox"):
        await ece.do("say", text="Water is off")
        await sees(ece, NOT_KEPT)

    async def all_tries() -> bool:
        return len(await tries(team)) == 4

    await until("the first try and three more", all_tries)
    told = [text for text in await ece.screen() if NOT_KEPT in text]
    assert len(told) == 1


@both_ways
async def test_a_command_is_answered_at_once_and_carried_out_when_it_can_be(team: Team) -> None:
    ece = desk(team)
    async with locked(team):
        answer = await ece.do("command", place=PLACE, text="new", wait=0)
        assert answer["acked"] and NOT_YET in str(answer["answer"])
        assert not await contents(team)
    await until("the draft", lambda: contents(team))


async def test_a_command_that_cannot_even_be_looked_at_is_answered(team: Team) -> None:
    ece = desk(team)
    async with crowded(team):
        answer = await ece.do("command", place=PLACE, text="drafts", wait=0)
        assert answer["acked"] and NOT_YET in str(answer["answer"])
    await sees(ece, "You have no drafts")
    for table in ("admin_identity", "inbox"):
        async with missing(team, table):
            answer = await ece.do("command", place=PLACE, text="new", wait=0)
            assert answer["acked"] and NOT_KEPT in str(answer["answer"])
    assert not await contents(team)


@both_ways
async def test_a_press_that_is_not_kept_says_so_and_counts_when_it_is(team: Team) -> None:
    number, approve = await team.submitted()
    anna = team.approver
    assert isinstance(anna, SlackDesk)
    card = (await anna.do("messages", place=PLACE))[-1]
    await team.house.notifier.settled()  # nobody else holds the database now
    async with locked(team):
        pressed = await anna.do("press", ts=card["ts"], value=approve, place=PLACE)
        assert not pressed["acked"], "Slack shows its warning sign"
        await sees(anna, NOT_YET)
        assert await team.status(number) == BroadcastStatus.IN_REVIEW
    await team.becomes(number, BroadcastStatus.HOLDING)
    assert len(await review.decisions(team.house.core, number)) == 1


async def test_a_press_that_was_lost_is_said_to_be_lost(team: Team) -> None:
    number, approve = await team.submitted()
    anna = team.approver
    assert isinstance(anna, SlackDesk)
    card = (await anna.do("messages", place=PLACE))[-1]
    async with missing(team, "admin_identity"):
        pressed = await anna.do("press", ts=card["ts"], value=approve, place=PLACE)
        assert not pressed["acked"]
        await sees(anna, NOT_KEPT)
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


@pytest.mark.parametrize("fault", [locked, crowded, "admin_identity", "inbox"])
async def test_a_form_stays_open_with_what_was_typed_and_counts_once(
    team: Team, fault: Any
) -> None:
    ece = desk(team)
    await ece.types("new")
    await until("a form", lambda: ece.do("modal"))
    trouble = missing(team, fault) if isinstance(fault, str) else fault(team)
    async with trouble:
        refused = await ece.submit(Message=TEXT)
        assert (NOT_KEPT if isinstance(fault, str) else NOT_YET) in str(refused["errors"])
    if not isinstance(fault, str):  # it is kept after all, and pressed again
        await until("kept", lambda: contents(team))
    view = await ece.do("modal")
    if view and view["callback_id"] == "form":
        await ece.submit()
    await offered(ece, "submit 1")
    assert await contents(team) == [TEXT]
