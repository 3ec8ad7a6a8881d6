"""The buttons of the demo page that break the world, by the control API, with somebody who keeps the product."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from sandbox.keeper import KEY_HEADER
from sandbox.server import Sandbox, running

BOT = "7000:breaking"
KEY = "only-the-demo-knows"


@dataclass
class Kept:
    """A keeper as the demo is one; `asked` is what it was asked for, but for looks."""

    sandbox: Sandbox
    client: aiohttp.ClientSession
    asked: list[str] = field(default_factory=list)

    async def keep(self, line: aiohttp.ClientWebSocketResponse) -> None:
        async for message in line:
            said = message.json()
            if said["ask"] != "look":
                self.asked.append(said["ask"])
            answer = {"down": bool(self.asked), "ledger": None}
            await line.send_json({"id": said["id"], "answer": answer})

    async def call(self, method: str, **data: Any) -> dict[str, Any]:
        url = f"{self.sandbox.url}/bot{BOT}/{method}"
        async with self.client.post(url, json=data) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def broken(self, what: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.sandbox.do("break", what=what))["broken"]
        return found


@asynccontextmanager
async def kept(people: int = 200) -> AsyncIterator[Kept]:
    async with (
        running(people=people, rates={"*": 0}, keeper_key=KEY) as sandbox,
        aiohttp.ClientSession() as client,
    ):
        there = Kept(sandbox, client)
        line = await client.ws_connect(f"{sandbox.url}/control/keeper", headers={KEY_HEADER: KEY})
        keeping = asyncio.create_task(there.keep(line))
        await sandbox.do("bots", token=BOT)
        await sandbox.do("start", offset=0, count=people)
        try:
            yield there
        finally:
            keeping.cancel()
            await line.close()


async def test_a_tenth_blocks_and_comes_back_but_never_a_phone_on_the_screen() -> None:
    async with kept() as there:
        first = 1_000_000_000
        await there.sandbox.do("watch", people=[first + i for i in range(0, 200, 2)])
        count = (await there.broken("block"))["block"]
        assert 0 < count < 40

        async def refusing() -> list[int]:
            answers = [
                await there.call("sendMessage", chat_id=first + i, text="x") for i in range(200)
            ]
            return [i for i, answer in enumerate(answers) if answer.get("error_code") == 403]

        refused = await refusing()
        assert len(refused) == count
        assert all(i % 2 for i in refused), "somebody whose phone is looked at"
        assert (await there.broken("mend"))["block"] == 0
        assert await refusing() == []


async def test_telegram_says_429_once_and_keeps_to_it() -> None:
    async with kept() as there:
        assert (await there.broken("flood"))["flood"]
        answer = await there.call("sendMessage", chat_id=1_000_000_001, text="x")
        assert (answer["error_code"], answer["parameters"]["retry_after"]) == (429, 10)
        again = await there.call("sendMessage", chat_id=1_000_000_002, text="x")
        assert again["error_code"] == 429
        assert not (await there.sandbox.do("breaking", "GET"))["broken"]["flood"]


async def test_without_a_network_no_call_is_answered_until_it_is_mended() -> None:
    async with kept() as there:
        assert (await there.broken("network"))["network"] > 25
        assert (await there.broken("network"))["network"] > 25  # twice is once
        for method in ("getMe", "sendMessage"):
            with pytest.raises(aiohttp.ClientError):
                await there.call(method, chat_id=1_000_000_001, text="x")
        assert (await there.broken("mend"))["network"] == 0
        assert (await there.call("getMe"))["ok"]
        assert await there.sandbox.do("faults", "GET") == []


async def test_the_network_comes_back_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.breaking.NETWORK_SECONDS", 0.05)
    async with kept() as there:
        await there.broken("network")
        while await there.sandbox.do("faults", "GET"):
            await asyncio.sleep(0.01)
        assert (await there.call("getMe"))["ok"]
        for channel in ("whatsapp", "messenger"):
            assert not (await there.sandbox.do("webhook", channel=channel))["paused"]


async def test_the_bot_is_killed_by_who_keeps_it() -> None:
    async with kept() as there:
        assert (await there.broken("kill"))["kill"]
        assert there.asked == ["kill"]
    with pytest.raises(LookupError):
        await there.sandbox.do("break", what="kill")


async def test_what_nobody_knows_to_break_is_a_sentence() -> None:
    async with kept() as there:
        for data in ({}, {"what": "everything"}, {"what": 7}):
            url = f"{there.sandbox.url}/control/break"
            async with there.client.post(url, json=data) as answer:
                assert answer.status == 400
                assert (await answer.json())["error"]
