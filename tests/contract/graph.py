"""A bare HTTP client of the fake Graph hosts, and a webhook that keeps what it is told."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.server import Sandbox, running

VERIFY = "let me in"
ANN, BOB = 1_000_000_001, 1_000_000_002
FAST = {
    "sent_seconds": 0.02,
    "delivered_seconds": 0.02,
    "read_seconds": 0.02,
    "read_share": 1.0,
    "offline_share": 0.0,
}
Json = dict[str, Any]


class Hook:
    """The product's side of a webhook: answers the handshake, checks signatures, keeps bodies."""

    def __init__(self) -> None:
        self.secret = ""
        self.bodies: list[bytes] = []
        self.payloads: list[Json] = []
        self.forged = 0
        self.refuse = 0  # answers 500 so many times
        self.url = ""

    async def verify(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("hub.mode") != "subscribe" or query.get("hub.verify_token") != VERIFY:
            return web.Response(status=403)
        return web.Response(text=query["hub.challenge"])

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        made = "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        if request.headers.get("X-Hub-Signature-256") != made:
            self.forged += 1
            return web.Response(status=401)
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=500)
        self.bodies.append(body)
        self.payloads.append(await request.json())
        return web.Response()


class Graph:
    """Calls one fake Graph host and its control API."""

    def __init__(self, channel: str, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.channel = channel
        self.sandbox = sandbox
        self.http = http
        self.base = f"{sandbox.url}/graph/{channel}/v23.0"
        self.token = ""
        self.hook = Hook()

    async def do(self, verb: str, /, **data: Any) -> Any:
        """A verb of the control API."""
        return await self.sandbox.do(verb, channel=self.channel, **data)

    async def raw(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """Status and JSON of a request."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.base}/{path}"
        kind = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        async with self.http.request(
            method, url, params=query, headers=headers, **(kind if body is not None else {})
        ) as answer:
            return answer.status, await answer.json(content_type=None)

    async def get(self, path: str, **query: Any) -> Json:
        status, answer = await self.raw("GET", path, **query)
        assert status == 200, answer
        return dict(answer)

    async def post(self, path: str, body: Any) -> Json:
        status, answer = await self.raw("POST", path, body)
        assert status == 200, answer
        return dict(answer)

    async def refusal(self, path: str, body: Any, method: str = "POST") -> Json:
        """The error of a call that must not succeed."""
        status, answer = await self.raw(method, path, body)
        assert status >= 400 and answer["error"]["fbtrace_id"], answer
        return dict(answer["error"])

    async def heard(self, wanted: Callable[[Json], bool], patience: float = 5.0) -> Json:
        """The first notification (now or soon) that is wanted."""
        deadline = asyncio.get_running_loop().time() + patience
        while asyncio.get_running_loop().time() < deadline:
            for found in self.notifications():
                if wanted(found):
                    return found
            await asyncio.sleep(0.01)
        raise AssertionError(f"it was not told; {len(self.hook.payloads)} payloads came")

    async def until(self, holds: Callable[[], Any], patience: float = 5.0) -> Any:
        """Waits for a condition."""
        deadline = asyncio.get_running_loop().time() + patience
        while not (found := holds()):
            assert asyncio.get_running_loop().time() < deadline, "it did not happen"
            await asyncio.sleep(0.01)
        return found

    def notifications(self) -> Iterator[Json]:
        """What the webhook was told, one by one, in the order it came."""
        for payload in self.hook.payloads:
            for entry in payload["entry"]:
                yield from entry.get("changes", entry.get("messaging", []))

    def statuses(self) -> list[Json]:
        """WhatsApp's statuses in the order they came."""
        return [
            status
            for change in self.notifications()
            if change["field"] == "messages"
            for status in change["value"].get("statuses", ())
        ]


@asynccontextmanager
async def graph(channel: str, **options: Any) -> AsyncIterator[Graph]:
    """A sandbox with a webhook that is verified and subscribed, fast phones, no chance."""
    async with running(people=500, **options) as sandbox, aiohttp.ClientSession() as http:
        wire = Graph(channel, sandbox, http)
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_get("/webhook", wire.hook.verify)
        application.router.add_post("/webhook", wire.hook.take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        wire.hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
        told = await wire.do("app")
        wire.hook.secret, wire.token = told["secret"], told["tokens"][0]["token"]
        await wire.do("pace", **FAST)
        await wire.do("webhook", url=wire.hook.url, verify_token=VERIFY, retry_seconds=0.05)
        try:
            yield wire
        finally:
            await runner.cleanup()
