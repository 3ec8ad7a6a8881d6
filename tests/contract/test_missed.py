"""Who missed it, at both consoles: masked on the screen, whole in a file that comes to who asked."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from broadcast.safety import Limits
from broadcast.states import BroadcastStatus
from tests.contract.desk import SlackDesk, TelegramDesk, sees, until
from tests.contract.office import ADMINS, PEOPLE, Team, opened

BLOCKED = "Forbidden: bot was blocked by the user"


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def team(console: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, console) as made:
        yield made


async def some_missed_it(team: Team) -> int:
    """A broadcast that three people missed, as they had blocked the bot; that is no alarm here."""
    core = team.house.core
    core.policy = replace(core.policy, limits=Limits(opening=0))
    async with team.house.core.store.write() as session:
        await session.execute(text("UPDATE subscriber SET name = 'Fatma Şığ'"))
    people = await subscribers(team)
    blocked = {"kind": "error", "status": 403, "description": BLOCKED, "channel": "telegram"}
    for person in people[:3]:
        await team.sandbox.do("faults", person=person, count=1, **blocked)
    number, approve = await team.submitted()
    await team.approver.press(approve)
    await team.becomes(number, BroadcastStatus.COMPLETED)
    return number


async def subscribers(team: Team) -> list[int]:
    async with team.house.core.store.read() as session:
        rows = await session.execute(text("SELECT value FROM address ORDER BY address_id"))
        return [int(value) for (value,) in rows if int(value) not in ADMINS]


async def files(desk: Any) -> list[dict[str, str]]:
    """(name, content) of the files this person alone was given."""
    found = []
    if isinstance(desk, TelegramDesk):
        for message in await desk._messages():
            if document := message.get("document"):
                got = await desk._sandbox.do("file", "GET", file_id=document["file_id"])
                found.append({"name": document["file_name"], "text": got.body.decode()})
        return found
    assert isinstance(desk, SlackDesk)
    for message in await desk.do("messages"):  # their direct message
        for file in message.get("files") or ():
            url = f"{desk._sandbox.url}/slack/peek/{file['id']}"
            async with aiohttp.ClientSession() as http, http.get(url) as answer:
                found.append({"name": file["name"], "text": (await answer.read()).decode()})
    return found


async def given(desk: Any, count: int = 1) -> list[dict[str, str]]:
    async def there() -> list[dict[str, str]] | None:
        found = await files(desk)
        return found if len(found) >= count else None

    found: list[dict[str, str]] = await until(f"{count} files", there)
    return found


async def test_the_screen_is_masked_and_the_file_is_whole_and_only_theirs(
    team: Team, console: str
) -> None:
    number = await some_missed_it(team)
    await team.approver.types(f"missed {number}")
    await sees(team.approver, f"3 people missed #{number}, or may have:")
    await sees(team.approver, "Blocked the bot: 3\n· Fat… Telegram ••• ")
    await team.approver.press(f"missed {number} file")
    await sees(team.approver, "3 people, with whole names and addresses")
    (file,) = await given(team.approver)
    assert file["name"] == f"missed-{number}.csv"
    assert file["text"].startswith("\ufeffName,")
    _, *rows = csv.reader(file["text"].splitlines())
    assert [row[0] for row in rows] == ["Fatma Şığ"] * 3
    assert {row[2] for row in rows} == {str(one) for one in (await subscribers(team))[:3]}
    if console == "slack":
        await sees(team.approver, "I have sent the file to you alone, as a direct message.")
    for desk in (team.author, team.other, team.stranger):
        assert not await files(desk)
    for text_ in await team.author.screen():
        assert "Fatma" not in text_
    await team.author.types(f"history {number}")
    await sees(team.author, "took the list of who missed it as a file")


async def test_the_same_event_twice_gives_it_once(team: Team) -> None:
    number = await some_missed_it(team)
    await team.approver.types(f"missed {number} file")
    await given(team.approver)
    await team.approver.again()
    await team.approver.types(f"missed {number}")
    await sees(team.approver, "Blocked the bot: 3")
    assert len(await files(team.approver)) == 1


async def test_a_platform_that_takes_no_file_is_told_of_with_a_way_to_ask_again(
    team: Team, console: str
) -> None:
    number = await some_missed_it(team)
    method = "sendDocument" if console == "telegram" else "files.completeUploadExternal"
    fault = {"kind": "error", "channel": console, "method": method, "status": 500, "count": 1}
    await team.sandbox.do("faults", **fault)
    await team.approver.types(f"missed {number} file")
    said = await sees(team.approver, "(did not take the file|may or may not have come)")
    assert said and not await files(team.approver)
    await team.approver.press(f"missed {number} file")
    assert len(await given(team.approver)) == 1


async def test_what_is_too_long_for_the_platform_is_said(
    team: Team, console: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await some_missed_it(team)
    monkeypatch.setattr(f"bot.frontends.{console}.file.LIMIT_BYTES", 40)
    await team.approver.types(f"missed {number} file")
    await sees(team.approver, "longer than a file may be here")
    assert not await files(team.approver)


async def test_a_long_list_goes_out_whole_from_the_disk(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit into memory goes from where it lies."""
    monkeypatch.setattr("bot.missed_file.IN_MEMORY_BYTES", 16)
    number = await some_missed_it(team)
    await team.approver.types(f"missed {number} file")
    (file,) = await given(team.approver)
    assert len(file["text"].splitlines()) == 4


async def test_slack_without_the_right_to_upload_says_who_can_give_it(tmp_path: Path) -> None:
    async with opened(tmp_path, "slack") as team:
        number = await some_missed_it(team)
        await team.sandbox.do("scopes", channel="slack", remove=["files:write"])
        await team.approver.types(f"missed {number} file")
        await sees(team.approver, r"does not let me upload that file \(missing_scope\)")


async def test_trying_again_is_answered_truthfully_at_both_consoles(team: Team) -> None:
    number = await some_missed_it(team)
    async with team.house.core.store.write() as session:
        await session.execute(text("UPDATE address SET suppressed = ''"))
        await session.execute(text("UPDATE delivery SET reason = 'unavailable' WHERE status = 30"))
    await team.approver.types(f"missed {number}")
    await team.other.types(f"missed {number}")
    await sees(team.other, "The platform was not available: 3")
    await team.approver.press(f"retry {number} failed 3")
    await sees(team.approver, "Trying again for 3 people")
    await team.becomes(number, BroadcastStatus.COMPLETED)
    await team.other.press(f"retry {number} failed 3")
    await sees(team.other, "(nobody to try again|asked for that already)")
    assert await team.received() == PEOPLE
    await team.other.types(f"missed {number}")
    await sees(team.other, f"Nobody missed #{number}")
