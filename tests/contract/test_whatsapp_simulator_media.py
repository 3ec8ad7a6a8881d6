"""Media on the fake Cloud API: uploaded once, reused, expired; links that answer badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.samples import picture
from tests.contract.graph import ANN, Graph, graph
from tests.contract.whatsapp import MESSAGES, PHONE, text

MEDIA = f"{PHONE}/media"
DAY = 86_400
PICTURE = picture()


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("whatsapp") as made:
        await made.do("say", person=ANN, text="hi")
        yield made


def form(content: bytes, mime: str, name: str = "a", **more: str) -> aiohttp.FormData:
    made = aiohttp.FormData()
    for field, value in ({"messaging_product": "whatsapp"} | more).items():
        made.add_field(field, value)
    made.add_field("file", content, filename=name, content_type=mime)
    return made


async def media(wire: Graph, kind: str, **wish: Any) -> dict[str, Any]:
    body = await text(wire, ANN, **{"type": kind, kind: wish})
    body.pop("text")
    return body


async def told(wire: Graph, body: dict[str, Any]) -> Any:
    """What the webhook says of a message first: a word, or the code it failed with."""
    message = (await wire.post(MESSAGES, body))["messages"][0]["id"]
    status = (await wire.until(lambda: [s for s in wire.statuses() if s["id"] == message]))[0]
    return status["errors"][0]["code"] if "errors" in status else status["status"]


async def test_a_file_is_uploaded_once_and_used_until_it_expires(wire: Graph) -> None:
    upload = await wire.post(MEDIA, form(PICTURE, "image/png"))
    body = await media(wire, "image", id=upload["id"], caption="bak")
    assert await told(wire, body) == "sent"
    assert await told(wire, body) == "sent"
    bubble = (await wire.do("chat", person=ANN))["messages"][-1]
    assert (bubble["kind"], bubble["text"], bubble["media"]["id"]) == ("image", "bak", upload["id"])
    url = f"{wire.sandbox.url}/graph/whatsapp/picture/{upload['id']}"
    async with wire.http.get(url) as answer:
        assert await answer.read() == PICTURE
    await wire.do("advance", seconds=29 * DAY)
    await wire.do("say", person=ANN, text="hi")
    await wire.post(MESSAGES, body)
    await wire.do("advance", seconds=DAY)
    error = await wire.refusal(MESSAGES, body)
    assert error["code"] == 100 and "attachment ID" in error["error_data"]["details"]


async def test_a_file_belongs_to_its_number_and_can_be_deleted(wire: Graph) -> None:
    await wire.do("numbers", id="100000000000009", phone="905320000009")
    upload = await wire.post(MEDIA, form(PICTURE, "image/png", type="image/png"))
    body = await media(wire, "image", id=upload["id"])
    error = await wire.refusal("100000000000009/messages", body)
    assert error["code"] == 100
    about = await wire.get(upload["id"])
    assert about["mime_type"] == "image/png" and int(about["file_size"]) == len(PICTURE)
    status, _ = await wire.raw("GET", upload["id"], phone_number_id="100000000000009")
    assert status == 400
    status, _ = await wire.raw("DELETE", upload["id"])
    assert status == 200
    assert (await wire.refusal(MESSAGES, body))["code"] == 100


@pytest.mark.parametrize(
    ("mime", "size", "code"),
    [
        ("image/bmp", 10, 100),
        ("text/html", 10, 100),
        ("image/png", 0, 100),
        ("image/png", 5 * 2**20 + 1, 131053),
        ("video/mp4", 16 * 2**20 + 1, 131053),
        ("image/webp", 500 * 1024 + 1, 131053),
    ],
)
async def test_files_that_are_too_large_or_of_another_type(
    wire: Graph, mime: str, size: int, code: int
) -> None:
    assert (await wire.refusal(MEDIA, form(bytes(size), mime)))["code"] == code


async def test_an_upload_needs_its_fields(wire: Graph) -> None:
    assert (await wire.refusal(MEDIA, {"messaging_product": "whatsapp"}))["code"] == 100
    assert (await wire.refusal(MEDIA, form(b"x", "image/png", messaging_product="x")))[
        "code"
    ] == 100


async def test_a_picture_is_no_video_and_a_sticker_no_picture(wire: Graph) -> None:
    upload = await wire.post(MEDIA, form(PICTURE, "image/png"))
    assert await told(wire, await media(wire, "image", id=upload["id"])) == "sent"
    assert (await wire.refusal(MESSAGES, await media(wire, "video", id=upload["id"])))["code"]
    assert (await wire.refusal(MESSAGES, await media(wire, "sticker", id=upload["id"])))["code"]
    error = await wire.refusal(MESSAGES, await media(wire, "image", caption="no file"))
    assert error["code"] == 131008


async def test_a_link_is_fetched_and_what_is_wrong_with_it_comes_later(
    wire: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        asked.append(name)
        if name == "slow":
            await asyncio.sleep(5)
        if name == "page":
            return web.Response(text="<html>", content_type="text/html")
        if name == "gone":
            return web.Response(status=404)
        size = 6 * 2**20 if name == "large" else 100
        return web.Response(body=bytes(size), content_type="image/png")

    monkeypatch.setattr("channels._kit.graph.simulator.fetching.PATIENCE", 0.3)
    application = web.Application()
    application.router.add_get("/{name}", serve)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        for name, wanted in (
            ("good", "sent"),
            ("page", 131053),
            ("gone", 131053),
            ("large", 131053),
            ("slow", 131053),
        ):
            body = await media(wire, "image", link=f"{base}/{name}")
            assert await told(wire, body) == wanted, name
        await told(wire, await media(wire, "image", link=f"{base}/good"))
        assert asked.count("good") == 1  # kept for ten minutes
        assert await told(wire, await media(wire, "image", link="ftp://x/y")) == 131053
        assert await told(wire, await media(wire, "image", link="http://127.0.0.1:9/")) == 131053
    finally:
        await runner.cleanup()
