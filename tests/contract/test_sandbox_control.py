"""The control API: act as anybody, break things, count what everybody received."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from sandbox.counters import parse_metrics
from sandbox.samples import picture
from sandbox.server import running
from tests.contract.wire import ANN, BOB, TOKEN, Wire

KEYBOARD = {
    "inline_keyboard": [
        [{"text": "About", "url": "https://e.org"}],
        [{"text": "Yes", "callback_data": "s:in"}],
    ]
}


async def post(wire: Wire, verb: str, **data: Any) -> tuple[int, Any]:
    async with wire.http.post(f"{wire.url}/control/{verb}", json=data) as answer:
        return answer.status, await answer.json()


async def get(wire: Wire, verb: str, **query: Any) -> Any:
    async with wire.http.get(f"{wire.url}/control/{verb}", params=query) as answer:
        return await answer.json()


async def test_it_speaks_json_over_http_and_explains_mistakes(wire: Wire) -> None:
    assert (await get(wire, "state"))["people"] == 500
    assert (await post(wire, "say", person=ANN, text="x"))[0] == 404  # there is no bot yet
    status, bot = await post(wire, "bots", token="9:ABC", username="tellal_bot", name="Tellal")
    assert (status, bot["id"], bot["username"]) == (200, 9, "tellal_bot")
    status, message = await post(wire, "say", person=ANN, text="merhaba")
    assert (status, message["text"]) == (200, "merhaba")
    assert await post(wire, "say", text="x") == (400, {"error": "field 'person' is missing"})
    assert (await post(wire, "say", person=1, text="x")) == (404, {"error": "no person 1"})
    assert (await post(wire, "nonsense"))[0] == 404
    assert (await post(wire, "faults", kind="nonsense"))[0] == 400
    assert (await post(wire, "say", person=ANN, photo=base64.b64encode(b"x" * 30).decode())) == (
        400,
        {"error": "Bad Request: IMAGE_PROCESS_FAILED"},
    )


async def test_people_can_be_listed_created_and_watched(wire: Wire) -> None:
    page = await get(wire, "people", offset=10, count=2)
    assert [p["id"] for p in page["people"]] == [1_000_000_010, 1_000_000_011]
    status, admin = await post(
        wire, "people", id=77, name="Ece Yazar", language="tr", timezone="Europe/Istanbul"
    )
    assert status == 200 and (admin["first_name"], admin["last_name"]) == ("Ece", "Yazar")
    assert (await get(wire, "people", person=77))["language"] == "tr"
    assert (await get(wire, "state"))["watched"] == [77]


async def test_a_person_sends_their_own_picture_album_and_forward(wire: Wire) -> None:
    await wire.call("getMe")
    own = base64.b64encode(picture("forest")).decode()
    await post(wire, "say", person=ANN, photo=own, caption="ben *değil*")
    _, album = await post(
        wire, "say", person=ANN, album=[{"photo": "sea"}, {"video": "video"}], caption="c"
    )
    await post(wire, "say", person=ANN, text="f", forward_from={"channel": "News"}, reply_to=1)
    first, second, third, forward = (u["message"] for u in await wire.updates())
    assert first["caption"] == "ben *değil*" and first["photo"][-1]["width"] == 480
    assert second["media_group_id"] == third["media_group_id"] and len(album) == 2
    assert forward["forward_origin"]["type"] == "channel"
    assert forward["reply_to_message"]["message_id"] == 1


async def test_pressing_waits_for_the_answer_and_names_the_buttons_there_are(wire: Wire) -> None:
    await wire.befriend(ANN)
    sent = await wire.call("sendMessage", chat_id=ANN, text="x", reply_markup=KEYBOARD)
    at = {"person": ANN, "message_id": sent["message_id"]}
    status, answer = await post(wire, "press", **at, label="No")
    assert status == 404 and "'Yes' (s:in)" in answer["error"]
    assert (await wire.do("press", **at, label="About"))["pressed"]["url"] == "https://e.org"
    press = asyncio.create_task(wire.do("press", **at, data="s:in"))
    (update,) = await wire.updates(timeout=5)
    query = update["callback_query"]
    assert query["data"] == "s:in" and query["message"]["message_id"] == sent["message_id"]
    await wire.call(
        "answerCallbackQuery", callback_query_id=query["id"], text="done", show_alert=True
    )
    assert (await press)["text"] == "done"
    assert (await wire.do("press", **at, data="s:in", wait=0.05))["answered"] is False


async def test_a_crowd_starts_reads_and_presses_or_does_not(wire: Wire) -> None:
    await wire.call("getMe")
    await wire.do("limits", per_second=0)
    await wire.do("crowd", count=200, offset=50, opt_in_share=0.7, block_share=0.1, payload="gate")
    offset = 0
    for _ in range(500):
        for update in await wire.updates(offset=offset, timeout=1):
            offset = update["update_id"] + 1
            if "message" in update:
                assert update["message"]["text"] == "/start gate"
                chat = update["message"]["chat"]["id"]
                await wire.call("sendMessage", chat_id=chat, text="welcome", reply_markup=KEYBOARD)
            else:
                query = update["callback_query"]
                await wire.call("answerCallbackQuery", callback_query_id=query["id"])
                await wire.call("sendMessage", chat_id=query["from"]["id"], text="thanks")
        (crowd,) = await wire.do("crowd", "GET")
        if crowd["done"]:
            break
    assert crowd["started"] == crowd["asked"] == 200 and crowd["error"] is None
    assert 110 < crowd["pressed"] < 170 and crowd["confirmed"] == crowd["pressed"]
    assert crowd["silent"] == 200 - crowd["pressed"] and 2 < crowd["blocked"] < 35
    welcomed = await get(wire, "received", contains="welcome")
    assert welcomed["messages"] == welcomed["people"] == 200 and welcomed["more_than_one"] == 0
    thanked = await get(wire, "received", contains="thanks", since=0)
    assert thanked["messages"] == crowd["pressed"] == len(thanked["counts"])
    assert (await get(wire, "received", since=thanked["marker"]))["messages"] == 0


async def test_counts_survive_when_whole_messages_are_no_longer_kept(wire: Wire) -> None:
    await wire.befriend(ANN, BOB)
    await wire.do("watch", person=BOB)
    account = wire.sandbox.simulator("telegram").platform.find_account()
    platform = wire.sandbox.simulator("telegram").platform
    chats = [platform.open_chat(account, person) for person in (ANN, BOB)]
    for number in range(6000):
        platform.deliver(account, chats[number % 100 == 0], {"text": f"n{number % 7}"})
    assert len((await wire.do("chat", person=BOB))["messages"]) == 60
    assert len((await wire.do("chat", person=ANN))["messages"]) == 5000
    assert (await wire.do("received"))["counts"] == {str(ANN): 5940, str(BOB): 60}
    # An old message is still there for the bot to edit and delete.
    edited = await wire.call("editMessageText", chat_id=ANN, message_id=2, text="new")
    assert edited["text"] == "new"
    assert await wire.call("deleteMessage", chat_id=ANN, message_id=3)
    assert "not found" in await wire.refusal("deleteMessage", chat_id=ANN, message_id=1)


async def test_the_live_stream_tells_what_watched_people_see(wire: Wire) -> None:
    await wire.befriend(ANN, BOB)
    url = f"{wire.url}/control/live?people={ANN}"
    async with wire.http.ws_connect(url) as live:
        assert (await live.receive_json())["type"] == "hello"
        await wire.call("sendMessage", chat_id=BOB, text="not watched")
        sent = await wire.call("sendMessage", chat_id=ANN, text="x", reply_markup=KEYBOARD)
        at = {"chat_id": ANN, "message_id": sent["message_id"]}
        await wire.call("editMessageText", **at, text="y")
        await wire.do("say", person=ANN, text="z")
        await wire.call("deleteMessage", **at)
        seen: list[tuple[str, Any]] = []
        while len(seen) < 5:
            event = await live.receive_json(timeout=3)
            seen.append((event["type"], event.get("from_bot")))
        counters = [kind for kind, _ in seen if kind == "counters"]
        others = [item for item in seen if item[0] != "counters"]
        assert others[:4] == [
            ("message", True), ("edited", None), ("message", False), ("deleted", None),
        ]  # fmt: skip
        assert counters
        await live.send_json({"people": [BOB]})
        await asyncio.sleep(0.05)
        await wire.call("sendMessage", chat_id=BOB, text="now watched")
        while (event := await live.receive_json(timeout=3))["type"] == "counters":
            continue
        assert event["person"] == BOB and event["message"]["text"] == "now watched"


async def test_the_products_numbers_are_passed_on_and_may_be_absent() -> None:
    async with running(people=3, product_url="http://127.0.0.1:9") as sandbox:
        assert await sandbox.do("counters", "GET") == {"product": None, "received": 0, "rate": 0.0}
    text = (
        'tellal_deliveries{broadcast="7",status="sent"} 12.0\n'
        'tellal_deliveries{broadcast="7",status="failed"} 1.0\n'
        '# HELP x\ntellal_broadcast_planned{broadcast="7"} 13.0\nother 1\n'
    )
    assert parse_metrics(text) == {"7": {"sent": 12, "failed": 1, "total": 13}}


async def test_two_bots_stand_apart(wire: Wire) -> None:
    await wire.befriend(ANN)
    await wire.do("bots", token="800:B", username="console_bot")
    await wire.do("say", bot="console_bot", person=BOB, text="/new")
    assert await wire.updates() == []
    status, answer = await wire.raw("getUpdates", token="800:B")
    assert status == 200 and answer["result"][0]["message"]["text"] == "/new"
    assert (await wire.raw("sendMessage", token="800:B", chat_id=ANN, text="x"))[0] == 403
    photo = await wire.do("say", bot=700100, person=ANN, photo="sea")
    file_id = photo["photo"][-1]["file_id"]
    status, _ = await wire.raw("sendPhoto", token="800:B", chat_id=BOB, photo=file_id)
    assert status == 400  # a file id belongs to one bot
    assert TOKEN in {bot["token"] for bot in await wire.do("bots", "GET")}


async def test_the_menu_a_person_sees_is_the_narrowest_in_their_language(wire: Wire) -> None:
    await wire.do("people", id=77, name="Ece", language="tr")
    await wire.befriend(77)
    await wire.call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await wire.call(
        "setMyCommands",
        commands=[{"command": "new", "description": "Yeni"}],
        scope={"type": "chat", "chat_id": 77},
        language_code="tr",
    )
    assert (await wire.do("chat", person=77))["menu"][0]["command"] == "new"
    assert (await wire.do("chat", person=ANN))["menu"][0]["command"] == "help"


async def test_a_page_can_fetch_the_files_it_shows(wire: Wire) -> None:
    await wire.do("bots", token=TOKEN)
    sent = await wire.do("say", person=ANN, photo="sea")
    asked = {"file_id": sent["photo"][-1]["file_id"]}
    async with wire.http.get(f"{wire.url}/control/file", params=asked) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert await answer.read() == picture("sea")
    async with wire.http.get(f"{wire.url}/control/sample?name=sea") as answer:
        assert await answer.read() == picture("sea")
    assert await get(wire, "file", file_id="nothing") == {"error": "no such file"}
