"""Bots as the settings name them: polled or called back, one or several, with a console of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.bootstrap import House
from bot.settings import Settings, load
from lab.demo import free_port
from sandbox.server import Sandbox, running
from web.door import Limits

MAIN, NEWS, TEAM = "1:main", "2:news", "3:team"
ADA, OWNER = 1_000_000_003, 501


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(people=20) as made:
        yield made


@contextlib.asynccontextmanager
async def house(
    sandbox: Sandbox, toml: str, folder: Path, owners: str = f"telegram:{OWNER}"
) -> AsyncIterator[House]:
    port = free_port()
    (folder / "tellal.toml").write_text(
        f'database_url = "sqlite+aiosqlite:///{folder}/t.db"\nowners = "{owners}"\n'
        f'[http]\nport = {port}\npublic_url = "http://127.0.0.1:{port}"\n'
        + toml.replace("API", f'api_url = "{sandbox.url}"')
    )
    with contextlib.chdir(folder):
        settings: Settings = load()
    made = House(settings)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(60):
        while not (found := await look()):
            await asyncio.sleep(0.02)
    return found


async def said(sandbox: Sandbox, bot: str, person: int) -> list[str]:
    chat = await sandbox.do("chat", "GET", person=person, bot=bot)
    return [m["text"] for m in chat["messages"] if m["from"]["is_bot"]]


async def test_updates_come_by_webhook_and_only_telegram_is_believed(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    toml = f'[telegram]\ntoken = "{MAIN}"\nwebhook = true\nAPI\n'
    async with house(sandbox, toml, tmp_path) as made:
        await sandbox.do("say", person=ADA, text="/start")
        assert await until(lambda: said(sandbox, MAIN, ADA))

        url = f"{made.settings.http.public_url}/webhooks/telegram"
        forged = {
            "update_id": 99,
            "message": {
                "message_id": 9, "date": 1, "chat": {"id": ADA, "type": "private"},
                "from": {"id": ADA, "is_bot": False, "first_name": "Ada"}, "text": "STOP",
            },
        }  # fmt: skip
        async with aiohttp.ClientSession() as client:
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}):
                async with client.post(url, json=forged, headers=headers) as answer:
                    assert answer.status == 403
            secret = made.accounts["telegram", "default"].config.secret()
            true = {"X-Telegram-Bot-Api-Secret-Token": secret}
            async with client.post(url, data=b"{", headers=true) as answer:
                assert answer.status == 400
            async with client.post(f"{url}/nobody", json=forged, headers=true) as answer:
                assert answer.status == 404
            async with client.get(f"{sandbox.url}/bot{MAIN}/getWebhookInfo") as answer:
                about = (await answer.json())["result"]
            places = Limits().per_peer
            assert about["max_connections"] < places, "no more at once than the door gives one peer"
        await sandbox.do("say", person=ADA, text="/help")
        await until(lambda: _count(sandbox, 2))
        assert len(await said(sandbox, MAIN, ADA)) == 2, "the forged STOP was not answered"


async def _count(sandbox: Sandbox, wanted: int) -> bool:
    return len(await said(sandbox, MAIN, ADA)) >= wanted


async def test_each_account_answers_its_own_people_and_the_team_has_a_bot_of_its_own(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    await sandbox.do("people", id=OWNER, name="Ece", language="en")
    toml = (
        f'[telegram]\ntoken = "{MAIN}"\nadmin_token = "{TEAM}"\nAPI\n'
        f'[telegram.accounts.news]\ntoken = "{NEWS}"\nAPI\n'
    )
    async with house(sandbox, toml, tmp_path) as made:
        assert set(made.core.channels) == {("telegram", "default"), ("telegram", "news")}
        await sandbox.do("say", person=ADA, text="/start", bot=NEWS)
        await until(lambda: said(sandbox, NEWS, ADA))
        assert await said(sandbox, MAIN, ADA) == []
        await sandbox.do("say", person=OWNER, text="/team", bot=TEAM)
        assert await until(lambda: said(sandbox, TEAM, OWNER))
        await sandbox.do("say", person=OWNER, text="/team", bot=MAIN)
        answers = await until(lambda: said(sandbox, MAIN, OWNER))
        assert "Ece, owner" not in answers[0], "on the subscribers' bot an owner is a subscriber"
