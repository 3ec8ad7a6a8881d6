"""The fake Send API: watermarks, attachments, rates, the page and its webhook, errors."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.contract.graph import ANN, BOB, Graph, graph
from tests.contract.messenger import (
    ATTACHMENTS,
    DAY,
    MESSAGES,
    PAGE,
    PICTURE,
    PROFILE,
    QUICK,
    START,
    attached,
    message,
    of,
    psid,
)


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("messenger") as made:
        yield made


# Watermarks


async def test_delivery_and_reading_are_watermarks_over_the_thread(wire: Graph) -> None:
    await wire.do("limits", mids_missing=0)
    await wire.do("pace", delivered_seconds=0, read_seconds=0, offline_share=1, offline_seconds=60)
    await wire.do("say", person=ANN, text="hi")
    ids = [(await wire.post(MESSAGES, await message(wire)))["message_id"] for _ in range(3)]
    clock = wire.sandbox.simulator("messenger").platform.clock
    last = int(clock.now() * 1000)
    await wire.do("advance", seconds=3600)
    read = await wire.heard(of("read"))
    delivered = [e["delivery"] for e in wire.notifications() if "delivery" in e]
    assert [mid for delivery in delivered for mid in delivery["mids"]] == ids
    assert delivered[0]["watermark"] >= last and read["read"]["watermark"] >= last
    assert len(delivered) == 1  # the phone came online and got all three
    states = (await wire.do("received"))["states"]
    assert (states["read"], states["delivered"]) == (3, 0)


async def test_some_delivery_notices_name_no_messages(wire: Graph) -> None:
    await wire.do("limits", mids_missing=1)
    await wire.do("say", person=ANN, text="hi")
    await wire.post(MESSAGES, await message(wire))
    event = await wire.heard(of("delivery"))
    assert "mids" not in event["delivery"] and event["delivery"]["watermark"]


async def test_a_person_opens_the_thread_by_hand(wire: Graph) -> None:
    await wire.do("pace", read_share=0, delivered_seconds=3600)
    await wire.do("say", person=ANN, text="hi")
    await wire.post(MESSAGES, await message(wire))
    assert await wire.do("read", person=ANN) == {"read": 1}
    await wire.heard(of("read"))
    assert [b.get("status") for b in (await wire.do("chat", person=ANN))["messages"]] == [
        None,
        "read",
    ]


# Attachments


def form(kind: str, content: bytes, mime: str) -> aiohttp.FormData:
    made = aiohttp.FormData()
    attachment = {"type": kind, "payload": {"is_reusable": True}}
    made.add_field("message", json.dumps({"attachment": attachment}))
    made.add_field("filedata", content, filename="a", content_type=mime)
    return made


async def test_an_attachment_is_reused_for_90_days(wire: Graph) -> None:
    made = await wire.post(ATTACHMENTS, form("image", PICTURE, "image/png"))
    await wire.do("say", person=ANN, text="hi")
    body = await message(wire, **attached("image", attachment_id=made["attachment_id"]))
    await wire.post(MESSAGES, body)
    await wire.post(MESSAGES, body)
    bubble = (await wire.do("chat", person=ANN))["messages"][-1]
    assert bubble["kind"] == "image" and bubble["media"]["id"] == made["attachment_id"]
    url = f"{wire.sandbox.url}/graph/messenger/picture/{made['attachment_id']}"
    async with wire.http.get(url) as answer:
        assert await answer.read() == PICTURE
    wrong = await message(wire, **attached("video", attachment_id=made["attachment_id"]))
    assert (await wire.refusal(MESSAGES, wrong))["error_subcode"] == 2018047
    await wire.do("advance", seconds=90 * DAY)
    await wire.do("say", person=ANN, text="hi")
    assert (await wire.refusal(MESSAGES, body))["error_subcode"] == 2018074


@pytest.mark.parametrize(
    ("kind", "mime", "size"),
    [("image", "text/html", 9), ("audio", "image/png", 9), ("image", "image/png", 25 * 2**20 + 1)],
)
async def test_files_that_are_too_large_or_of_another_type(
    wire: Graph, kind: str, mime: str, size: int
) -> None:
    assert (await wire.refusal(ATTACHMENTS, form(kind, bytes(size), mime)))["code"] == 100


async def test_a_link_is_fetched_before_the_answer(
    wire: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "slow":
            await asyncio.sleep(5)
        if name == "page":
            return web.Response(text="<html>", content_type="text/html")
        return web.Response(body=PICTURE, content_type="image/png")

    monkeypatch.setattr("channels._kit.graph.simulator.fetching.PATIENCE", 0.3)
    application = web.Application()
    application.router.add_get("/{name}", serve)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await wire.do("say", person=ANN, text="hi")
    try:
        good = attached("image", url=f"{base}/good", is_reusable=True)
        reused = (await wire.post(MESSAGES, await message(wire, **good)))["attachment_id"]
        await wire.post(MESSAGES, await message(wire, **attached("image", attachment_id=reused)))
        answer = await wire.post(
            MESSAGES, await message(wire, **attached("image", url=f"{base}/a"))
        )
        assert "attachment_id" not in answer
        for name, subcode in (("page", 2018047), ("slow", 2018008)):
            body = await message(wire, **attached("image", url=f"{base}/{name}"))
            assert (await wire.refusal(MESSAGES, body))["error_subcode"] == subcode
    finally:
        await runner.cleanup()


# Rates


async def refused_at(wire: Graph, body: dict[str, Any], most: int) -> tuple[int, int]:
    """How many went well before the first refusal, and its code."""
    for count in range(most):
        status, answer = await wire.raw("POST", MESSAGES, body)
        if status != 200:
            return count, answer["error"]["code"]
    return most, 0


async def test_a_page_has_its_rates(wire: Graph) -> None:
    await wire.do("limits", thread_seconds=0, per_second=20, media_per_second=2)
    await wire.do("say", person=ANN, text="hi")
    count, code = await refused_at(wire, await message(wire), 100)
    assert 20 <= count <= 30 and code == 613
    await wire.do("advance", seconds=1)
    made = await wire.post(ATTACHMENTS, form("audio", b"ID3", "audio/mpeg"))
    song = await message(wire, **attached("audio", attachment_id=made["attachment_id"]))
    count, code = await refused_at(wire, song, 20)
    assert 2 <= count <= 4 and code == 613
    await wire.post(MESSAGES, await message(wire))  # texts have their own rate


async def test_a_thread_has_its_own_rate(wire: Graph) -> None:
    await wire.do("limits", thread_seconds=60, thread_burst=3)
    await wire.do("say", person=ANN, text="hi")
    await wire.do("say", person=BOB, text="hi")
    assert await refused_at(wire, await message(wire), 9) == (3, 613)
    await wire.post(MESSAGES, await message(wire, BOB))


async def test_200_calls_a_day_for_each_person_who_wrote(wire: Graph) -> None:
    await wire.do("limits", per_engaged=10, thread_seconds=0)
    await wire.do("say", person=ANN, text="hi")
    count, code = await refused_at(wire, await message(wire), 50)
    assert 10 <= count <= 12 and code == 80006
    headers = {"Authorization": f"Bearer {wire.token}"}
    async with wire.http.get(f"{wire.base}/me", headers=headers) as answer:
        usage = json.loads(answer.headers["x-business-use-case-usage"])[PAGE][0]
    assert usage["type"] == "messenger" and usage["call_count"] == 100
    assert usage["estimated_time_to_regain_access"] > 0
    await wire.do("say", person=BOB, text="hi")
    await wire.post(MESSAGES, await message(wire))


# The page, its token, its webhook


async def test_a_page_and_its_people_describe_themselves(wire: Graph) -> None:
    assert (await wire.get("me")) == {"name": "Tellal", "id": PAGE}
    person = await psid(wire)
    assert (await wire.refusal(person, None, "GET"))["error_subcode"] == 33
    await wire.do("say", person=ANN, text="hi")
    assert (await wire.get(person, fields="first_name"))["first_name"] == "Mustafa"
    assert (await wire.refusal("me?fields=shoe_size", None, "GET"))["code"] == 100
    told = (await wire.get("debug_token", input_token=wire.token))["data"]
    assert told["is_valid"] and "pages_messaging" in told["scopes"]


async def test_a_token_in_the_query_with_its_proof(wire: Graph) -> None:
    await wire.do("app", proof_required=True)
    token, wire.token = wire.token, ""
    assert (await wire.refusal("me", None, "GET"))["code"] == 104
    proof = hmac.new(wire.hook.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    assert (await wire.get("me", access_token=token, appsecret_proof=proof))["id"] == PAGE
    status, answer = await wire.raw("GET", "me", access_token=token)
    assert status == 400 and "appsecret_proof" in answer["error"]["message"]
    await wire.do("app", secret="another")
    status, _ = await wire.raw("GET", "me", access_token=token, appsecret_proof=proof)
    assert status == 400


async def test_only_subscribed_fields_are_told(wire: Graph) -> None:
    told = (await wire.get("me/subscribed_apps"))["data"][0]
    assert "message_echoes" not in told["subscribed_fields"]
    fields = ["messages", "message_echoes"]
    await wire.post("me/subscribed_apps", {"subscribed_fields": ",".join(fields)})
    await wire.do("say", person=ANN, text="hi")
    answer = await wire.post(MESSAGES, await message(wire))
    echo = await wire.heard(lambda e: e.get("message", {}).get("is_echo"))
    assert echo["message"]["mid"] == answer["message_id"]
    assert echo["sender"]["id"] == PAGE and echo["recipient"]["id"] == await psid(wire)
    await wire.do("advance", seconds=60)
    await wire.do("say", person=ANN, text="bye")
    await wire.heard(lambda e: e.get("message", {}).get("text") == "bye")
    assert not [e for e in wire.notifications() if "delivery" in e or "read" in e]
    status, _ = await wire.raw("DELETE", "me/subscribed_apps")
    assert status == 200 and (await wire.get("me/subscribed_apps"))["data"] == []
    assert (await wire.refusal("me/subscribed_apps", {"subscribed_fields": "x"}))["code"] == 100


async def test_duplicates_and_batches_on_request(wire: Graph) -> None:
    await wire.do("webhook", paused=True, duplicates=1, disorder_seconds=0)
    for person in range(ANN, ANN + 30):
        await wire.do("say", person=person, text="hi")
    await wire.until(lambda: wire.sandbox.simulator("messenger").platform.webhook.waiting == 60)
    await wire.do("webhook", paused=False, batch=60, connections=1)
    await wire.until(lambda: len(list(wire.notifications())) == 60)
    mids = [event["message"]["mid"] for event in wire.notifications()]
    assert len(set(mids)) == 30 and wire.hook.forged == 0
    assert len(wire.hook.payloads) == 1 and len(wire.hook.payloads[0]["entry"]) == 60


# Errors


@pytest.mark.parametrize(
    ("code", "subcode"),
    [
        (1, 0), (2, 0), (4, 0), (10, 0), (10, 1893063), (10, 2018065), (10, 2018108), (10, 2018278),
        (10, 2534022), (17, 0), (32, 0), (100, 2018001), (100, 2018047), (190, 0), (190, 458),
        (190, 460), (190, 463), (200, 0), (200, 1545041), (368, 0), (551, 1545041), (613, 0),
        (1200, 0), (80006, 0), (2300052, 0), (2300000, 0), (999, 0),
    ],
)  # fmt: skip
async def test_every_error_of_the_sheet_can_be_had(wire: Graph, code: int, subcode: int) -> None:
    await wire.do("say", person=ANN, text="hi")
    await wire.do("say", person=BOB, text="hi")
    wire.sandbox.world.faults.add(
        kind="code", channel="messenger", method="messages", code=code, subcode=subcode, person=ANN
    )
    error = await wire.refusal(MESSAGES, await message(wire))
    assert (error["code"], error.get("error_subcode", 0)) == (code, subcode) and error["message"]
    await wire.post(MESSAGES, await message(wire, BOB))


async def test_a_flood_holds(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    wire.sandbox.world.faults.add(
        kind="flood", channel="messenger", method="messages", count=1, hold=True, retry_after=30
    )
    for _ in range(2):
        assert (await wire.refusal(MESSAGES, await message(wire)))["code"] == 613
    await wire.do("advance", seconds=31)
    await wire.post(MESSAGES, await message(wire))


async def test_a_crowd_starts_presses_and_is_counted(wire: Graph) -> None:
    await wire.post(PROFILE, START)
    await wire.do("crowd", count=30, opt_in_share=0.5, ref="poster")
    answered: set[str] = set()

    def fresh(event: dict[str, Any]) -> bool:
        said = event.get("postback") or event.get("message") or {}
        return "mid" in said and said["mid"] not in answered

    while not (crowd := (await wire.do("crowd"))[0])["done"]:
        event = await wire.heard(fresh)
        said = event.get("postback") or event["message"]
        answered.add(said["mid"])
        text: dict[str, Any] = {"text": "Hoş geldin"}
        if "postback" in event:
            text = {"text": "Devam?", "quick_replies": [QUICK]}
        await wire.post(MESSAGES, {"recipient": event["sender"], "message": text})
    assert crowd["error"] is None and crowd["started"] == 30
    assert 0 < crowd["confirmed"] == crowd["pressed"] < 30
