"""Whatever comes in place of updates, the receiver goes on, and a STOP is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

import channels
from broadcast.engine.pacing import Pacer
from channels.telegram import receiver
from channels.telegram.config import Config
from channels.telegram.receiver import TelegramReceiver
from tests.contract.odd import (
    ME,
    NOT_OURS,
    PAGE,
    TOKEN,
    Odd,
    nothing,
)


class Kept:
    """What a receiver keeps, and what it says of itself."""

    def __init__(self) -> None:
        self.updates: list[str] = []
        self.alerts: list[str] = []

    async def keep(self, updates: Any) -> None:
        self.updates += [name for name, _ in updates]

    async def alert(self, event: Any) -> None:
        self.alerts.append(event.template)


@contextlib.asynccontextmanager
async def receiving(server: Odd) -> AsyncIterator[Kept]:
    kept = Kept()
    listens = TelegramReceiver(token=TOKEN, api_url=server.url, keep=kept.keep, alert=kept.alert)
    running = asyncio.create_task(listens.run())
    try:
        yield kept
        assert not running.done(), "it goes on"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def asked(server: Odd, method: str, times: int) -> None:
    async with asyncio.timeout(60):
        while server.asked[method] < times:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ok": False, "error_code": 404, "description": "Not Found"}, 404),
        ({"ok": True, "result": None}, 200),
        ({"ok": True, "result": []}, 200),
        ({"ok": True, "result": {"url": None}}, 200),
        (b"[]", 200),
        (PAGE, 404),
    ],
)
async def test_a_server_that_does_not_tell_of_webhooks_is_polled(
    server: Odd, body: object, status: int
) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getWebhookInfo", body, status)
    server.says("getUpdates", {"ok": True, "result": [{"update_id": 1, "message": {}}]})
    async with receiving(server) as kept:
        async with asyncio.timeout(60):
            while not kept.updates:
                await asyncio.sleep(0.01)
    assert not kept.alerts


@pytest.mark.parametrize(
    "body",
    [
        {"ok": True, "result": None}, {"ok": True, "result": {}}, {"ok": True},
        {"ok": True, "result": [None, 7, {}, {"update_id": None}, {"update_id": True}]},
        {"ok": False, "error_code": None, "description": None, "parameters": []},
        {"ok": False, "error_code": [], "parameters": {"retry_after": "soon"}}, *NOT_OURS,
    ],
)  # fmt: skip
async def test_polls_that_cannot_be_read_are_asked_again(server: Odd, body: object) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getWebhookInfo", {"ok": True, "result": {"url": ""}})
    server.says("getUpdates", body)
    async with receiving(server):
        await asked(server, "getUpdates", 2)


async def test_one_update_without_an_id_does_not_hold_up_the_others(server: Odd) -> None:
    server.says("getUpdates", {"ok": True, "result": [{"x": 1}, None, {"update_id": 5}]})
    async with receiving(server) as kept:
        await asked(server, "getUpdates", 1)
        async with asyncio.timeout(60):
            while not kept.updates:
                await asyncio.sleep(0.01)
    assert kept.updates[0] == "5"


async def test_a_method_that_is_missing_is_no_token_that_is_not_known(server: Odd) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getUpdates", {"ok": False, "error_code": 404, "description": "Not Found"}, 404)
    async with receiving(server):
        await asked(server, "getUpdates", 1)
        await asked(server, "getMe", 1)


async def test_a_server_that_holds_no_poll_is_not_asked_without_a_pause(
    server: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "_EMPTY_PAUSES_SECONDS", (0.05, 0.1, 0.2))
    server.says("getUpdates", {"ok": True, "result": []})
    loop = asyncio.get_running_loop()
    async with receiving(server):
        await asked(server, "getUpdates", 1)
        begun = loop.time()
        await asked(server, "getUpdates", 5)
    assert loop.time() - begun > 0.5, "0.05, 0.1, 0.2 and 0.2 s"


PERSON = {"id": 5, "is_bot": False, "first_name": "Ann", "language_code": "en"}
STOP = {
    "message_id": 9, "date": 1, "chat": {"id": 5, "type": "private", "first_name": "Ann"},
    "from": PERSON, "text": "STOP",
}  # fmt: skip
ODD_DETAILS: list[dict[str, Any]] = [
    {"forward_origin": {"type": "hidden_user", "date": 1422450181}},
    {"external_reply": {"origin": {"type": "user"}, "story": {}}},
    {"reply_to_message": {**STOP, "chat": None}},
    {"reply_to_message": {**STOP, "forward_origin": {"type": "tomorrows"}}},
    {"entities": [{"type": "bold"}]},
    {"quote": None, "link_preview_options": "x", "sender_boost_count": "many"},
    {"chat": {"id": 5, "type": "private", "photo": "x"}},
]


@pytest.mark.parametrize("detail", ODD_DETAILS)
async def test_a_stop_is_heard_whatever_else_the_update_holds(
    server: Odd, detail: dict[str, Any]
) -> None:
    heard = []

    async def hear(inbound: Any) -> list[Any]:
        heard.append((inbound.address, inbound.text, inbound.name))
        return []

    server.says("getMe", {"ok": True, "result": ME})
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    channel: Any = channels.load("telegram").build(
        config, account="default", pace=Pacer(0), find_media=nothing, hear=hear, report=nothing
    )
    await channel.open()
    await channel.receive({"update_id": 3, "message": {**STOP, **detail}})
    assert heard == [("5", "STOP", "Ann")]
    await channel.close()
