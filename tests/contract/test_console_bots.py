"""The whole way from a claim to a delivery, with one bot for everybody and with one for the team."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import House
from broadcast.models import Role
from broadcast.services import code as codes
from broadcast.services import team
from sandbox.server import Sandbox, running
from tests.contract.test_telegram_accounts import house, until

MAIN, TEAM = "1:main", "3:team"
ADA, AUTHOR, APPROVER = 1_000_000_003, 601, 602
Json = dict[str, Any]


@dataclass
class Street:
    """People's hands and eyes in one sandbox; `console` is the bot the team talks to."""

    sandbox: Sandbox
    house: House
    console: str

    async def say(self, person: int, bot: str = "", **what: Any) -> None:
        await self.sandbox.do("say", person=person, bot=bot or self.console, **what)

    async def messages(self, person: int, bot: str = "") -> list[Json]:
        chat = await self.sandbox.do("chat", "GET", person=person, bot=bot or self.console)
        return [m for m in chat["messages"] if m["from"]["is_bot"]]

    async def sees(self, person: int, words: str, bot: str = "") -> str:
        async def look() -> str:
            texts = [
                m.get("text") or m.get("caption") or "" for m in await self.messages(person, bot)
            ]
            return next((text for text in reversed(texts) if words in text), "")

        return str(await until(look))

    async def press(self, person: int, data: str, bot: str = "") -> None:
        async def look() -> tuple[int, str] | None:
            for m in reversed(await self.messages(person, bot)):
                for row in m.get("reply_markup", {}).get("inline_keyboard", []):
                    for button in row:
                        if button.get("callback_data", "").startswith(data):
                            return m["message_id"], button["callback_data"]
            return None

        message_id, whole = await until(look)
        await self.sandbox.do(
            "press", person=person, bot=bot or self.console, message_id=message_id, data=whole, wait=0
        )  # fmt: skip

    async def menu(self, person: int, bot: str) -> set[str]:
        chat = await self.sandbox.do("chat", "GET", person=person, bot=bot)
        return {command["command"] for command in chat["menu"]}


@pytest.fixture(params=["one bot", "a bot for the team"])
async def street(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Street]:
    monkeypatch.setenv("TELLAL_UNDO_HOLD_SECONDS", "0")
    own = request.param == "a bot for the team"
    toml = f'[telegram]\ntoken = "{MAIN}"\nrate_per_second = 0\nAPI\n'
    if own:  # the console is a bot of its own
        toml = toml.replace("API", f'admin_token = "{TEAM}"\nAPI')
    async with running(people=20) as sandbox:
        await sandbox.do("limits", per_second=0, per_chat_per_second=0)
        await sandbox.do("bots", token=MAIN, username="town_hall_bot", name="Town Hall")
        await sandbox.do("bots", token=TEAM, username="town_team_bot", name="Team")
        await sandbox.do("people", id=AUTHOR, name="Ece", language="en")
        await sandbox.do("people", id=APPROVER, name="Can", language="tr")
        async with house(sandbox, toml, tmp_path, owners="") as made:
            yield Street(sandbox, made, TEAM if own else MAIN)


async def test_from_a_claim_to_a_delivery(street: Street) -> None:
    name = "town_team_bot" if street.console == TEAM else "town_hall_bot"
    await street.say(AUTHOR, text=f"/start claim-{await codes.claim(street.house.core)}")
    await street.sees(AUTHOR, "Your role: owner")
    await street.say(AUTHOR, text="/invite approver")
    link = (await street.sees(AUTHOR, "It works once")).split()[-1]
    assert link.startswith(f"https://t.me/{name}?start=invite-")
    await street.say(APPROVER, text="/start " + link.split("?start=")[1])
    await street.sees(APPROVER, "Rolünüz")

    await street.say(ADA, MAIN, text="/start poster_7")
    await street.press(ADA, "s:in", MAIN)
    await street.say(AUTHOR, text="/new")
    await street.sees(AUTHOR, "is open")
    await street.say(AUTHOR, photo="sunset", caption="Tonight at 8")
    await street.press(AUTHOR, "a:submit")
    await street.press(APPROVER, "a:approve")
    await street.sees(ADA, "Tonight at 8", MAIN)
    await street.sees(AUTHOR, "Sent: 1")
    (received,) = [m for m in await street.messages(ADA, MAIN) if m.get("caption")]
    assert received["photo"], "the file went by its bytes, or by an id of the sending bot"


async def test_each_chat_shows_the_commands_of_its_reader(street: Street) -> None:
    code = await codes.claim(street.house.core)
    await street.say(AUTHOR, text=f"/start claim-{code}")
    await street.sees(AUTHOR, "Your role: owner")
    await street.say(ADA, MAIN, text="/start")

    async def admin_menu() -> bool:
        return "new" in await street.menu(AUTHOR, street.console)

    async def subscriber_menu() -> bool:
        return await street.menu(ADA, MAIN) == {"start", "stop", "language", "last", "help"}

    await until(admin_menu)
    await until(subscriber_menu)
    if street.console == TEAM:
        assert await street.menu(ADA, TEAM) == set(), "strangers learn nothing of the console"


async def test_on_a_bot_of_the_team_a_stranger_is_not_answered(street: Street) -> None:
    await street.say(ADA, TEAM, text="/start")
    await street.say(ADA, TEAM, text="hello")
    await street.say(ADA, MAIN, text="/start")
    await street.sees(ADA, "Tellal", MAIN)
    assert await street.messages(ADA, TEAM) == []


async def test_who_is_removed_sees_the_console_no_more(street: Street) -> None:
    code = await codes.claim(street.house.core)
    await street.say(AUTHOR, text=f"/start claim-{code}")
    await street.sees(AUTHOR, "Your role: owner")
    await street.say(AUTHOR, text="/invite author")
    link = (await street.sees(AUTHOR, "It works once")).split("start=")[-1]
    await street.say(APPROVER, text="/start " + link)
    await street.sees(APPROVER, "Rolünüz")

    async def listed() -> bool:
        return "yeni" in await street.menu(APPROVER, street.console)

    async def hidden() -> bool:
        return not await listed()

    await until(listed)
    await street.say(AUTHOR, text="/team")
    await street.press(AUTHOR, "a:team 2")
    await street.press(AUTHOR, "a:remove")
    await street.sees(AUTHOR, "Are you sure?")
    await street.press(AUTHOR, "a:remove")
    await street.sees(AUTHOR, "no longer in the team")
    await until(hidden)


async def test_an_approver_who_never_wrote_here_finds_what_waits_when_they_come(
    street: Street,
) -> None:
    core = street.house.core
    await team.appoint(core, "telegram", str(APPROVER))
    (owner,) = await team.members(core)
    await street.say(AUTHOR, text=f"/start invite-{await codes.invite(core, owner, Role.AUTHOR)}")
    await street.sees(AUTHOR, "Your role: author")
    await street.say(ADA, MAIN, text="/start")
    await street.press(ADA, "s:in", MAIN)
    await street.say(AUTHOR, text="/new")
    await street.say(AUTHOR, text="Tonight at 8")
    await street.press(AUTHOR, "a:submit")
    await street.sees(AUTHOR, "waiting for approval")
    assert await street.messages(APPROVER) == []

    await street.say(APPROVER, text="/start")
    await street.sees(APPROVER, "What shall we do?")
    await street.press(APPROVER, "a:approve")
    await street.press(APPROVER, "a:approve 1")
    await street.sees(APPROVER, "asks for approval")
    await street.press(APPROVER, "a:approve 1 ")
    await street.sees(ADA, "Tonight at 8", MAIN)

    async def menu() -> bool:
        return "approve" in await street.menu(APPROVER, street.console)

    await until(menu)
