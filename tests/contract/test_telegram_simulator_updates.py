"""Updates: confirmed by offset, pushed to a webhook, delivered again on request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.contract.wire import ANN, BOB, Wire, eventually


@asynccontextmanager
async def receiver(answers: list[Any]) -> AsyncIterator[tuple[str, list[tuple[str, Any]]]]:
    """A bot's web server: keeps what comes, answers from the list and then with 200."""
    got: list[tuple[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        got.append(
            (request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), await request.json())
        )
        answer = answers.pop(0) if answers else 200
        return (
            web.json_response(answer) if isinstance(answer, dict) else web.Response(status=answer)
        )

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got
    finally:
        await runner.cleanup()


async def test_an_update_comes_again_until_its_offset_is_confirmed(wire: Wire) -> None:
    await wire.call("getMe")
    await wire.do("say", person=ANN, text="one")
    await wire.do("say", person=ANN, text="two")
    first = await wire.updates()
    assert [u["message"]["text"] for u in first] == ["one", "two"]
    assert await wire.updates() == first
    rest = await wire.updates(offset=first[0]["update_id"] + 1)
    assert [u["message"]["text"] for u in rest] == ["two"]
    assert await wire.updates(offset=rest[0]["update_id"] + 1) == []


async def test_a_waiting_poll_answers_as_soon_as_somebody_writes(wire: Wire) -> None:
    await wire.call("getMe")
    poll = asyncio.create_task(wire.updates(timeout=30))
    await asyncio.sleep(0.05)
    await wire.do("say", person=ANN, text="hello")
    assert (await asyncio.wait_for(poll, 60))[0]["message"]["from"]["id"] == ANN


async def test_allowed_updates_stay_in_force_when_left_out(wire: Wire) -> None:
    await wire.updates(allowed_updates=["my_chat_member"])
    await wire.do("say", person=ANN, text="unheard")
    await wire.do("block", person=ANN)
    kinds = [next(k for k in u if k != "update_id") for u in await wire.updates()]
    assert kinds == ["my_chat_member"]


async def test_an_update_can_be_delivered_a_second_time(wire: Wire) -> None:
    await wire.call("getMe")
    await wire.do("say", person=ANN, text="once")
    (update,) = await wire.updates()
    assert await wire.updates(offset=update["update_id"] + 1) == []
    await wire.do("redeliver", update_id=update["update_id"])
    assert await wire.updates(offset=update["update_id"] + 1) == [update]


async def test_a_webhook_gets_the_secret_and_is_tried_again_until_it_answers_2xx(
    wire: Wire,
) -> None:
    await wire.befriend(ANN)
    reply = {"method": "sendMessage", "chat_id": ANN, "text": "from the webhook"}
    async with receiver([500, reply]) as (url, got):
        await wire.call("setWebhook", url=url, secret_token="s3cret")
        assert (await wire.refusal("getUpdates")).startswith(
            "Conflict: can't use getUpdates method while webhook is active"
        )
        await wire.do("say", person=ANN, text="hi")
        await eventually(lambda: len(got) == 2)
        assert got[0] == got[1] and got[0][0] == "s3cret"
        await eventually(lambda: wire.sandbox.world.received() == 1)
        info = await wire.call("getWebhookInfo")
        assert info["url"] == url and info["last_error_message"].startswith("Wrong response")
        assert info["pending_update_count"] == 0
        await wire.call("deleteWebhook")
        await wire.do("say", person=ANN, text="later")
        assert [u["message"]["text"] for u in await wire.updates()] == ["later"]


async def test_setting_a_webhook_ends_a_waiting_poll_and_can_drop_what_waits(wire: Wire) -> None:
    await wire.call("getMe")
    poll = asyncio.create_task(wire.raw("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    async with receiver([]) as (url, got):
        await wire.call("setWebhook", url=url)
        status, answer = await poll
        assert status == 409
        assert answer["description"] == "Conflict: terminated by setWebhook request"
        await wire.call("deleteWebhook")
        await wire.do("say", person=BOB, text="dropped")
        await wire.call("setWebhook", url=url, drop_pending_updates=True)
        await asyncio.sleep(0.05)
        assert got == []


async def test_a_block_and_its_end_are_told_in_the_exact_shape(wire: Wire) -> None:
    await wire.befriend(ANN)
    await wire.do("block", person=ANN)
    await wire.do("block", person=ANN)  # a second time changes nothing
    await wire.do("say", person=ANN, text="/start back")  # coming back ends the block first
    blocked, unblocked, message = await wire.updates()
    event = blocked["my_chat_member"]
    assert event["old_chat_member"]["status"] == "member"
    assert event["new_chat_member"]["status"] == "kicked"
    assert event["new_chat_member"]["until_date"] == 0
    assert event["chat"]["type"] == "private" and event["from"]["id"] == ANN
    assert unblocked["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert message["message"]["text"] == "/start back"
    assert message["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
