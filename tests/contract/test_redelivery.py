"""What an admin asked is done once, also when we die before the update is marked as handled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlmodel import col, func, select

from broadcast.engine.intake import Intake
from broadcast.models import Admin, Audit, Broadcast, Inbox, Invitation, Role
from broadcast.services import code as codes
from broadcast.services import compose, team
from broadcast.states import BroadcastStatus
from tests.contract.bot_api import (
    AUTHOR,
    STRANGER,
    BotApi,
    Json,
    fed,
    photo,
    pressed,
    serving,
    wrote,
)
from tests.scenario.house import House
from tests.telegram_console import telegram_console

OWNER, APPROVER = 78, 79


@dataclass
class Desk:
    """One house whose process can die right after it handled an update, and live again."""

    house: House
    api: BotApi
    url: str

    async def seat(self, admin: Admin, user: int) -> None:
        await self.house.seat(admin, "telegram", str(user))

    async def live(self, updates: list[Json], *, dies_at: Json | None = None) -> None:
        """One life of the process: until all is handled, or until it dies at `dies_at`."""
        core = replace(self.house.core, run=f"life {id(updates)} {dies_at is None}")
        console = telegram_console(core, self.url)
        died = asyncio.Event()

        async def handle(_: str, update: Json) -> None:
            await fed(console, update)
            if dies_at is not None and update["update_id"] == dies_at["update_id"]:
                died.set()
                await asyncio.Event().wait()

        intake = Intake(core, handle, lambda *_: "one person after another")
        await console.open()
        await intake.keep("telegram", [(str(u["update_id"]), u) for u in updates])
        running = asyncio.create_task(intake.run())
        async with asyncio.timeout(60):
            if dies_at is not None:
                await died.wait()
            else:
                while await self.count(Inbox, col(Inbox.handled).is_(False)):
                    await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await console.close()

    async def count(self, table: Any, *where: Any) -> int:
        async with self.house.store.read() as session:
            return (
                await session.scalar(select(func.count()).select_from(table).where(*where))
            ) or 0

    async def draft(self) -> Broadcast:
        return (await compose.drafts(self.house.core, self.house.author))[0]


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    api = BotApi()
    async with serving(api) as url:
        made = Desk(house, api, url)
        await made.seat(house.author, AUTHOR)
        await made.seat(house.approver, APPROVER)
        owner = Admin(name="Zeynep", role=Role.OWNER, created_at=house.now)
        async with house.store.write() as session:
            session.add(owner)
        await made.seat(owner, OWNER)
        yield made


Scene = Callable[[Desk], Awaitable[tuple[list[Json], Callable[[], Awaitable[None]]]]]


async def new_draft(desk: Desk) -> Any:
    async def then() -> None:
        assert await desk.count(Broadcast) == 1

    return [wrote(text="/new")], then


async def content(desk: Desk) -> Any:
    async def then() -> None:
        assert compose.message_of(await desk.draft()).text.text == "Water is off"
        assert await desk.count(Audit, Audit.action == "content") == 1

    return [wrote(text="/new"), wrote(text="Water is off")], then


async def album(desk: Desk) -> Any:
    async def then() -> None:
        assert len(compose.message_of(await desk.draft()).media) == 3

    parts = [photo(f"P{n}", media_group_id="g") for n in range(3)]
    return [wrote(text="/new"), *parts], then


async def invitation(desk: Desk) -> Any:
    async def then() -> None:
        assert await desk.count(Invitation) == 1

    return [wrote(OWNER, text="/invite author")], then


async def joining(desk: Desk) -> Any:
    code = await codes.invite(
        desk.house.core, Admin(admin_id=3, name="", role=Role.OWNER), Role.AUTHOR
    )

    async def then() -> None:
        assert "no longer works" not in desk.api.texts()
        assert len(await team.members(desk.house.core)) == 4

    return [wrote(STRANGER, text=f"/start invite-{code}")], then


async def submission(desk: Desk) -> Any:
    number = await desk.house.draft()

    async def then() -> None:
        assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW
        assert "no longer possible" not in str(desk.api.asked)
        assert await desk.count(Audit, Audit.action == "submitted") == 1

    return [pressed(f"a:submit {number}")], then


async def reason(desk: Desk) -> Any:
    number = await desk.house.draft()
    approver_reads = [
        pressed(f"a:reject {number}", user=APPROVER),
        wrote(APPROVER, text="Too early"),
    ]

    async def then() -> None:
        assert await desk.house.status(number) == BroadcastStatus.DRAFT
        assert await desk.count(Audit, Audit.action == "rejected") == 1
        assert "no longer possible" not in desk.api.texts()

    return [pressed(f"a:submit {number}"), *approver_reads], then


SCENES = [new_draft, content, album, invitation, joining, submission, reason]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_it_is_done_once(desk: Desk, scene: Scene) -> None:
    updates, then = await scene(desk)
    await desk.live(updates, dies_at=updates[-1])
    await then()
    before = len(desk.api.said())
    await desk.live(updates)
    await then()
    told = [b["chat_id"] for b in desk.api.said()[before:] if "I restarted before" in b["text"]]
    assert told
    assert len(told) == len(set(told)), "each person hears of it once"


async def test_a_part_of_an_album_that_died_with_us_is_added_after_all(desk: Desk) -> None:
    parts = [
        photo(f"P{n}", media_group_id="g", caption="Three" if n == 1 else "") for n in range(3)
    ]
    updates = [wrote(text="/new"), *parts]
    await desk.live(updates[:3], dies_at=updates[2])
    await desk.live(updates)
    message = compose.message_of(await desk.draft())
    assert len(message.media) == 3
    assert message.text.text == "Three"


async def test_the_same_event_twice_in_one_life_is_silent(desk: Desk) -> None:
    console = telegram_console(desk.house.core, desk.url)
    await console.open()
    update = wrote(text="/new")
    await fed(console, update)
    before = len(desk.api.said())
    await asyncio.gather(fed(console, update), fed(console, update))
    assert len(desk.api.said()) == before
    assert await desk.count(Broadcast) == 1
    await console.close()
