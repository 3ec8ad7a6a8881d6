"""The HTTP face: /slack/api/{method}, uploads, downloads, response URLs; faults included."""

from __future__ import annotations

import asyncio
import random

import orjson
from aiohttp import web

from sandbox.faults import Fault
from sandbox.slack import (
    answers,
    places,
    reading,
    responding,
    schema,
    showing,
    uploading,
    writing,
)
from sandbox.slack.errors import SlackError, rate_limited
from sandbox.slack.methods import METHODS, Call
from sandbox.slack.platform import Platform
from sandbox.slack.socket_mode import Sockets
from sandbox.slack.workspace import Json

_METHOD_MODULES = (places, reading, showing, uploading, writing)  # importing them fills the table
_POSTS = {"chat.postMessage"}


class Endpoint:
    """Turns HTTP into calls and results into answers."""

    def __init__(self, platform: Platform, sockets: Sockets) -> None:
        self._platform = platform
        self._sockets = sockets
        self._random = random.Random(platform.world.seed)

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.route("*", "/slack/api/{method}", self.call),
            web.get("/slack/link/", self._sockets.serve),
            web.post("/slack/upload/{key}", self.upload),
            web.get("/slack/files/{file}/{path:.+}", self.download),
            web.get("/slack/peek/{file}", self.peek),
            web.post("/slack/respond/{team}/{key}", self.respond),
        ]

    # The Web API

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One method call of the app."""
        self._platform.base = str(request.url.origin())
        name = request.match_info["method"]
        self._platform.calls[name] = self._platform.calls.get(name, 0) + 1
        try:
            token, given = await _read(request)
            fault = await self.strike(name)
            if fault is not None and fault.kind == "drop_before":
                return answers.drop(request)
            if fault is not None and not answers.happens(fault):
                return answers.faulty(fault)
            answer = self.perform(name, token, given)
        except SlackError as refused:
            return answers.refusal(refused)
        if fault is not None:
            return answers.drop(request) if fault.kind == "drop_after" else answers.faulty(fault)
        headers = {}
        if not token.startswith("xapp-"):
            headers["X-OAuth-Scopes"] = ",".join(sorted(self._platform.app.scopes))
        return answers.good({"ok": True, **answer}, headers=headers)

    def perform(self, name: str, token: str, given: Json) -> Json:
        """Checks and does one call; the fields of a good answer."""
        platform, described = self._platform, schema.method(name)
        if name == "apps.connections.open":
            platform.app.check_app(token)
        else:
            platform.app.check_bot(token)
        if not name.startswith("conversations."):  # those ask for the scope of the kind of place
            platform.app.require(*described["scopes"])
        args = schema.arguments(name, given)
        place = str(args.get("channel")) if name in _POSTS else ""
        platform.rates.admit(name, described["tier"], place)
        answer: Json = METHODS[name](Call(platform, self._sockets, args, token))
        return answer

    async def strike(self, method: str, named: bool = False) -> Fault | None:
        """Waits if latency is in force; the other fault that happens to this call, if any."""
        worst: Fault | None = None
        for fault in self._platform.world.faults.strike("slack", method, None, named):
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds + self._random.random() * fault.jitter)
            elif fault.kind == "unknown_method":
                raise SlackError("unknown_method", req_method=method)
            elif fault.kind == "flood":
                if fault.hold:
                    self._platform.rates.close_for(fault.retry_after)
                raise rate_limited(fault.retry_after)
            else:
                worst = fault
        return worst

    # Files

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Step two of an upload: the bytes, raw or as a form."""
        file = self._platform.files.by_upload(request.match_info["key"])
        if file is None or file.completed:
            return web.Response(status=404, text="Not found")
        if request.content_type.startswith("multipart/"):
            fields = [f for f in (await request.post()).values() if isinstance(f, web.FileField)]
            data = fields[0].file.read() if fields else b""
        else:
            data = await request.read()
        if len(data) != file.length:
            return web.Response(status=400, text=f"expected {file.length} bytes, got {len(data)}")
        file.data = data
        return web.Response(text=f"OK - {file.length}")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes for a good token with files:read; else Slack's sign-in page, as HTML."""
        app = self._platform.app
        try:
            fault = await self.strike("url_private", named=True)
        except SlackError as refused:
            return answers.refusal(refused)
        if fault is not None:
            return answers.drop(request) if fault.kind.startswith("drop") else answers.faulty(fault)
        try:
            app.check_bot(_bearer(request))
            app.require("files:read")
        except SlackError:
            return web.Response(text=answers.HTML, content_type="text/html")
        return self._file(request.match_info["file"])

    async def peek(self, request: web.Request) -> web.StreamResponse:
        """A file as people see it in their own client: for the demo page, which has no token."""
        return self._file(request.match_info["file"])

    def _file(self, name: str) -> web.Response:
        file = self._platform.files.get(name.rpartition("-")[2])
        if file is None or file.deleted or file.data is None:
            return web.Response(status=404, text=answers.HTML, content_type="text/html")
        return web.Response(body=file.data, content_type=file.mime)

    # Response URLs

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """One post to a response URL."""
        try:
            fault = await self.strike("response_url", named=True)
            if fault is not None and fault.kind == "drop_before":
                return answers.drop(request)
            if fault is not None and not answers.happens(fault):
                return answers.faulty(fault)
            given = orjson.loads(await request.read())
            responding.respond(self._platform, request.match_info["key"], given)
        except orjson.JSONDecodeError:
            return web.Response(status=400, text="invalid_payload")
        except SlackError as refused:
            # The Web API says 200 even then; a response URL answers with a status.
            refused.status = 400 if refused.status == 200 else refused.status
            return answers.refusal(refused)
        if fault is not None:
            return answers.drop(request) if fault.kind == "drop_after" else answers.faulty(fault)
        return web.Response(text="ok")


async def _read(request: web.Request) -> tuple[str, Json]:
    """The token and the arguments, from the query and from a form or a JSON body."""
    given: Json = dict(request.query)
    body = await request.read()
    if request.content_type == "application/json" and body:
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise SlackError("invalid_json") from None
        if not isinstance(parsed, dict):
            raise SlackError("json_not_object")
        given |= parsed
    elif body:
        given |= dict((await request.post()).items())
    in_body = given.pop("token", "")
    return _bearer(request) or str(in_body or ""), given


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer").strip()
