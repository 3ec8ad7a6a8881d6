"""A server that answers each method as it is told, oddly: for every platform that speaks JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import orjson
from aiohttp import web

import channels
from broadcast.channel import Envelope
from broadcast.engine.pacing import Pacer
from broadcast.message import Message, RichText
from broadcast.outcome import Outcome
from channels.telegram.config import Config
from lab import demo_world
from lab.processes import free_port

PAGE = b"<html><body>502 Bad Gateway</body></html>"
NOT_OURS = (  # answers that are of no platform's form
    b"", b"null", b"[]", b"{}", b'""', b"0", b"true", b"[[[[", b'{"ok"', PAGE, b"\xff\xfe{",
    b'{"ok":null}', b'{"ok":"true"}', b'{"ok":1}', b'[{"ok":true}]', b'{"data":null}',
)  # fmt: skip


class Odd:
    """`answers` by method (the path's last part): status and body. `asked` counts."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.usual: tuple[int, bytes] = (200, b'{"ok":true,"result":true}')
        self.headers: dict[str, str] = {}  # of every answer
        self.asked: Counter[str] = Counter()

    def says(self, method: str, body: object, status: int = 200) -> None:
        """Bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        self.answers[method] = (status, raw)

    async def answer(self, request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        self.asked[method] += 1
        await request.read()
        status, body = self.answers.get(method, self.usual)
        return web.Response(
            status=status, body=body, content_type="application/json", headers=self.headers
        )


@asynccontextmanager
async def odd() -> AsyncIterator[Odd]:
    port = free_port()
    made = Odd(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner: Any = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield made
    finally:
        await runner.cleanup()


TOKEN = "7000:odd-token"
BOM = b"\xef\xbb\xbf"
ME = {"id": 7000, "is_bot": True, "first_name": "Town", "username": "town_bot"}
SENT = {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}
NO_RESULT = (None, [], {}, "x", 0, {"username": None}, {"username": 7}, [None])
META = ("whatsapp", "messenger")
META_YES = {
    "whatsapp": b'{"messages": [{"id": "wamid.7"}], "messaging_product": "whatsapp"}',
    "messenger": b'{"message_id" : "wamid.7" , "recipient_id" : "1"}',
}
ODD_SELVES = [{"ok": True, "result": result} for result in NO_RESULT] + [
    {"ok": True},
    {"ok": True, "result": {"id": 7000, "first_name": "no is_bot"}},
    {"ok": False},
    {"ok": False, "error_code": None, "description": None, "parameters": "x"},
    {"ok": False, "error_code": 500, "description": ["x"], "parameters": {"retry_after": "x"}},
]
MANAGEMENT = [
    {}, {"data": None}, {"data": {}}, {"data": "x"}, {"data": [None, 7, "x", []]},
    {"data": [], "paging": "x"}, {"data": [], "paging": {"next": "x", "cursors": None}},
    {"data": [{}], "paging": {"next": "x", "cursors": {"after": "same"}}},
    {"data": [{"components": "x", "quality_score": [], "name": None, "language": 7}]},
    {"data": [{"components": [None, {"type": "BODY", "text": None}]}]},
    {"error": None}, {"error": []}, {"error": "x"}, {"error": {"code": "x", "error_data": 7}},
    {"display_phone_number": [], "throughput": None, "status": None, "verified_name": {}},
]  # fmt: skip


async def nothing(*_: Any, **__: Any) -> Any:
    return []


def a_bot(server: Odd) -> Any:
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    return channels.load("telegram").build(
        config, account="default", pace=Pacer(0), find_media=nothing, hear=nothing, report=nothing
    )


def section(channel: str, url: str) -> Any:
    start = f"TELLAL_{channel.upper()}__"
    given = {
        name.removeprefix(start).lower(): value
        for name, value in demo_world.platforms(url).items()
        if name.startswith(start)
    }
    given["api_url"] = url
    return import_module(f"channels.{channel}.config").Config.model_validate(given)


def meta(channel: str, server: Odd) -> Any:
    return channels.load(channel).build(
        section(channel, server.url), account="default", pace=Pacer(0), find_media=nothing,
        hear=nothing, report=nothing, alert=nothing, language="en",
    )  # fmt: skip


async def sent(channel: Any, address: str = "905321234567") -> Outcome:
    outcome: Outcome = await channel.send(Envelope(1, address, Message(text=RichText(text="x"))))
    return outcome
