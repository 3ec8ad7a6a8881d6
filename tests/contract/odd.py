"""A server that answers each method as it is told, oddly: for every platform that speaks JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web

from bot.processes import free_port

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
