"""A sandbox with Slack in it, unmodified slack-bolt on a real socket, and a bare HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.contract.wire import eventually

BOT, APP = "xoxb-1-2-sandbox", "xapp-1-A0-sandbox"
ECE, ANNA = "U0ECE", "U0ANNA"
GENERAL, BROADCASTS = "C0GENERAL", "C0BROADCASTS"
Json = dict[str, Any]


class SlackWire:
    """Calls the Web API without any library, and the control API without HTTP."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http
        self.api = f"{sandbox.url}/slack/api/"
        self.slack = sandbox.simulator("slack")

    async def raw(
        self, method: str, token: str = BOT, form: bool = False, **given: Any
    ) -> aiohttp.ClientResponse:
        """The bare answer, read."""
        headers = {"Authorization": f"Bearer {token}"}
        body: Json = {"data": given} if form else {"json": given}
        async with self.http.post(self.api + method, headers=headers, **body) as answer:
            await answer.read()
            return answer

    async def answer(self, method: str, **given: Any) -> Json:
        """The JSON of an answer, good or not."""
        found: Json = await (await self.raw(method, **given)).json()
        return found

    async def call(self, method: str, **given: Any) -> Json:
        """A call that must succeed."""
        answer = await self.answer(method, **given)
        assert answer["ok"], answer
        return answer

    async def error(self, method: str, **given: Any) -> str:
        """The error of a call that must not."""
        answer = await self.answer(method, **given)
        assert not answer["ok"], answer
        return str(answer["error"])

    async def do(self, verb: str, method: str = "POST", /, **data: Any) -> Any:
        """A verb of the control API, of Slack."""
        return await self.sandbox.do(verb, method, channel="slack", **data)

    def client(self) -> AsyncWebClient:
        """slack_sdk as it comes."""
        return AsyncWebClient(token=BOT, base_url=self.api)

    def bolt(self) -> AsyncApp:
        """slack-bolt as it comes."""
        return AsyncApp(client=self.client())

    @asynccontextmanager
    async def connected(
        self, app: AsyncApp, ping_interval: float = 0.2
    ) -> AsyncIterator[AsyncSocketModeHandler]:
        """The app in Socket Mode, said hello to."""
        handler = AsyncSocketModeHandler(app, APP, ping_interval=ping_interval)
        try:
            await handler.connect_async()
            await eventually(self.slack.sockets.connected)
            yield handler
        finally:
            await handler.close_async()

    @asynccontextmanager
    async def socket(
        self, answer: Callable[[Json], Json | None] = lambda _: {}
    ) -> AsyncIterator[Socket]:
        """A bare WebSocket as an app opens it; `answer` gives the ack's payload, None: no ack."""
        url = (await self.call("apps.connections.open", token=APP))["url"]
        async with self.http.ws_connect(url) as web_socket:
            socket = Socket(web_socket, answer)
            assert (await web_socket.receive_json())["type"] == "hello"
            task = asyncio.create_task(socket.listen())
            try:
                yield socket
            finally:
                task.cancel()


class Socket:
    """Keeps whatever arrives; acknowledges it."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, answer: Callable[[Json], Json | None]
    ) -> None:
        self.socket = socket
        self.answer = answer
        self.envelopes: list[Json] = []
        self.goodbyes: list[Json] = []

    async def listen(self) -> None:
        async for frame in self.socket:
            envelope = frame.json()
            if envelope["type"] == "disconnect":
                self.goodbyes.append(envelope)
                continue
            self.envelopes.append(envelope)
            payload = self.answer(envelope)
            if payload is not None:
                ack = {"envelope_id": envelope["envelope_id"]}
                await self.socket.send_json(ack | ({"payload": payload} if payload else {}))

    def payloads(self, kind: str) -> list[Json]:
        """Those of one kind: block_actions, view_submission, …; an event by its own type."""
        found = [envelope["payload"] for envelope in self.envelopes]
        return [p for p in found if kind in (p.get("type"), p.get("event", {}).get("type"))]


def modal(*blocks: Json, **fields: Any) -> Json:
    """A modal with a title and a button."""
    return {
        "type": "modal",
        "title": plain("A modal"),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **fields,
    }


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **fields: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **fields}


def button(text: str, action_id: str, **fields: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **fields}


def actions(*elements: Json, **fields: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **fields}


def entry(label: str, block_id: str, element: Json, **fields: Any) -> Json:
    return {
        "type": "input",
        "label": plain(label),
        "block_id": block_id,
        "element": element,
        **fields,
    }
