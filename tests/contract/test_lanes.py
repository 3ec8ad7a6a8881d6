"""What goes before what: who leaves, the team, everybody else in turn; and nobody's order is broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlmodel import col, select

import channels
from broadcast.channel import Lane, Said
from broadcast.engine.intake import Intake
from broadcast.input_limits import Bounds
from broadcast.models import Inbox
from broadcast.store import inbox_waiting
from tests.scenario.house import House

Update = dict[str, Any]
LANES = {"stop": Lane.LEAVING, "team": Lane.TEAM}


class Desk:
    """Handles updates `{"of": who, "is": what}`; `gate` holds those whose words are `slow`."""

    def __init__(self, house: House, bounds: Bounds | None = None) -> None:
        self.house = house
        self.done: list[str] = []
        self.gate, self.answers = asyncio.Event(), asyncio.Event()
        self.intake = Intake(
            house.core, self.handle, lambda _, update: str(update["of"]),
            lane=lambda _, update, __: LANES.get(str(update["is"]), Lane.PEOPLE), bounds=bounds,
        )  # fmt: skip
        self._count = 0

    async def handle(self, _: str, update: Update) -> Said | None:
        if update["is"] == "slow":
            await self.gate.wait()
        if update["is"] == "broken":
            raise ValueError("odd")
        self.done.append(f"{update['of']}:{update['is']}")
        if update["is"] == "asks":
            return asyncio.create_task(self._answer())
        return None

    async def _answer(self) -> None:
        await self.answers.wait()

    async def keep(self, *words: str) -> None:
        updates = []
        for word in words:
            of, _, what = word.partition(":")
            self._count += 1
            updates.append((str(self._count), {"of": of, "is": what}))
        await self.intake.keep("t", updates)

    async def sees(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not look():
                await asyncio.sleep(0.01)

    async def unhandled(self) -> int:
        async with self.house.store.read() as session:
            rows = await session.scalars(select(Inbox).where(col(Inbox.handled).is_(False)))
            return len(list(rows))


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.intake.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_who_leaves_and_the_team_go_before_all_who_wait(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_waiting, "AHEAD", 5)
    desk = Desk(house)
    await desk.keep(*(f"stranger{n}:slow" for n in range(80)))
    async with running(desk):
        await asyncio.sleep(0.1)
        await desk.keep("ann:stop", "owner:team")
        await desk.sees(lambda: {"ann:stop", "owner:team"} <= set(desk.done))
        assert len(desk.done) == 2
        desk.gate.set()
        await desk.sees(lambda: len(desk.done) == 82)


async def test_ones_own_order_stays_however_much_waits_before_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_waiting, "AHEAD", 5)
    desk = Desk(house)
    await desk.keep(*(f"stranger{n}:slow" for n in range(20)), "ann:join", "ann:hello", "ann:stop")
    await desk.keep("ann:join")
    async with running(desk):
        await desk.sees(lambda: "ann:stop" in desk.done)
        assert desk.done[:3] == ["ann:join", "ann:hello", "ann:stop"]
        desk.gate.set()
        await desk.sees(lambda: len(desk.done) == 24)
    assert [one for one in desk.done if one.startswith("ann")][3] == "ann:join"
    assert len(desk.done) == len({*desk.done}) + 1, "nothing is done twice"


@pytest.mark.parametrize("words", [("join", "stop"), ("stop", "join"), ("hello", "stop", "join")])
@pytest.mark.parametrize("looked", list(Lane))
async def test_ones_own_order_stays_when_it_comes_while_we_begin_to_read(
    house: House, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], looked: Lane
) -> None:
    """Something else made us look into one lane; before we do, theirs are on disk as well."""
    desk = Desk(house)
    for place in desk.intake._places.values():
        place.unread = place.lane == looked
    read, came = house.store.read, False

    @asynccontextmanager
    async def just_after() -> AsyncIterator[Any]:
        nonlocal came
        if not came:
            came = True
            await desk.keep(*(f"ann:{word}" for word in words))
            flags = {place.lane: place.unread for place in desk.intake._places.values()}
            for place in desk.intake._places.values():
                place.unread = False  # who kept them has not come to say so
            async with read() as session:
                yield session
            for place in desk.intake._places.values():
                place.unread |= flags[place.lane]
            return
        async with read() as session:
            yield session

    monkeypatch.setattr(house.store, "read", just_after)
    async with running(desk):
        await desk.sees(lambda: len(desk.done) == len(words))
    assert desk.done == [f"ann:{word}" for word in words]


async def test_people_take_turns(house: House) -> None:
    desk = Desk(house)
    await desk.keep(*(f"{who}:{n}" for who in ("loud", "a", "b") for n in range(10)))
    async with running(desk):
        await desk.sees(lambda: len(desk.done) == 30)
    first = desk.done[:9]
    assert {one.partition(":")[0] for one in first} == {"loud", "a", "b"}


async def test_nobody_waits_for_an_answer_and_what_is_not_answered_is_not_done(
    house: House,
) -> None:
    desk = Desk(house)
    await desk.keep("ann:asks", "ann:more", "ann:stop")
    async with running(desk):
        await desk.sees(lambda: desk.done == ["ann:asks", "ann:more", "ann:stop"])
        async with asyncio.timeout(60):
            while await desk.unhandled() != 1:
                await asyncio.sleep(0.01)
    again = Desk(house)  # the process died before the answer was said
    async with running(again):
        await again.sees(lambda: again.done == ["ann:asks"])
        again.answers.set()
        async with asyncio.timeout(60):
            while await again.unhandled():
                await asyncio.sleep(0.01)


async def test_what_fails_again_and_again_is_given_up_when_a_stop_waits_behind_it(
    house: House,
) -> None:
    desk = Desk(house)
    await desk.keep("ann:broken")
    async with running(desk):
        await asyncio.sleep(0.05)
        await desk.keep("ann:stop")
        await desk.sees(lambda: "ann:stop" in desk.done)


async def test_surplus_is_not_kept_unless_it_leaves(house: House) -> None:
    desk = Desk(house, Bounds())
    for n in range(7):
        await desk.keep(*(f"ann:{n}.{m}" for m in range(100)))
    await desk.keep(*["ann:stop"] * 50, "bob:hello", "owner:team")
    async with running(desk):
        await desk.sees(lambda: "owner:team" in desk.done)
        async with asyncio.timeout(60):
            while await desk.unhandled():
                await asyncio.sleep(0.01)
    assert 1 <= desk.done.count("ann:stop") < 10
    assert len([one for one in desk.done if one.startswith("ann")]) < 60
    assert "bob:hello" in desk.done
    assert desk.intake.surplus > 600


@pytest.mark.parametrize(
    ("channel", "update"),
    [
        ("telegram", {"message": {"text": "STOP"}}),
        ("telegram", {"message": {"text": "/stop@town_bot"}}),
        ("telegram", {"message": {"caption": "Dur!"}}),
        ("telegram", {"edited_message": {"text": "please stop texting me"}}),
        ("telegram", {"message": {"text": "I do not want to hear from you ever again"}}),
        ("telegram", {"message": {"text": "red", "from": {"language_code": "en"}}}),
        ("telegram", {"callback_query": {"data": "s:out"}}),
        ("telegram", {"my_chat_member": {"new_chat_member": {"status": "kicked"}}}),
        ("whatsapp", {"preference": {"user_id": "u", "value": "stop"}}),
        ("whatsapp", {"message": {"from": "49151", "type": "text", "text": {"body": "STOP"}}}),
        ("whatsapp", {"message": {"from": "49151", "type": "text", "text": {"body": "Red"}}}),
        ("messenger", {"event": {"sender": {"id": "1"}, "message": {"text": "unsubscribe"}}}),
        ("messenger", {"event": {"sender": {"id": "1"}, "message": {"text": "bana yazmayın"}}}),
    ],
)
def test_leaving_is_known_on_every_channel_however_it_is_done(channel: str, update: Update) -> None:
    assert channels.load(channel).lane(update, lambda: False) == Lane.LEAVING


@pytest.mark.parametrize(
    ("channel", "update", "lane"),
    [
        ("telegram", {"message": {"text": "hello"}}, Lane.PEOPLE),
        ("telegram", {"message": {"text": "/start stop"}}, Lane.PEOPLE),
        ("telegram", {"callback_query": {"data": "a:cancel 1 now"}}, Lane.PEOPLE),
        ("telegram", {"my_chat_member": {"new_chat_member": {"status": "member"}}}, Lane.PEOPLE),
        ("telegram", {"message": "odd"}, Lane.PEOPLE),
        ("telegram", {}, Lane.PEOPLE),
        ("whatsapp", {"statuses": []}, Lane.NEWS),
        ("whatsapp", {"field": "account_update", "value": {}}, Lane.TEAM),
        ("messenger", {"marks": []}, Lane.NEWS),
        ("messenger", {"event": {"sender": {"id": "1"}, "message": {"text": "hi"}}}, Lane.PEOPLE),
    ],
)
def test_and_nothing_else_is_taken_for_it(channel: str, update: Update, lane: Lane) -> None:
    assert channels.load(channel).lane(update, lambda: False) == lane
