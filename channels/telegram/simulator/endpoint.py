"""The HTTP face: /bot<token>/<method> and /file/bot<token>/<path>, faults included."""

from __future__ import annotations

import asyncio
import random
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson
from aiohttp import web

from channels._kit.sandbox_world import Fault
from channels.telegram.simulator import editing, filename, profile, sending
from channels.telegram.simulator.account import Account
from channels.telegram.simulator.errors import (
    ApiError,
    bad_request,
    not_found,
    too_many_requests,
)
from channels.telegram.simulator.methods import METHODS, Call
from channels.telegram.simulator.platform import TOKEN, Platform
from channels.telegram.simulator.schema import Upload, checker, method_names

_METHOD_MODULES = (editing, profile, sending)  # importing them fills the table
_HTML_502 = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n"
    "</body>\r\n</html>\r\n"
)
_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


class Endpoint:
    """Turns HTTP into calls and results into answers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._random = random.Random(platform.world.seed)
        self._background: set[asyncio.Task[Any]] = set()

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.route("*", "/bot{token}/{method}", self.call),
            web.get("/file/bot{token}/{path:.+}", self.download),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One request of a bot."""
        try:
            token = request.match_info["token"]
            if not TOKEN.fullmatch(token):
                raise not_found()
            account = self._platform.account(token)
            name = method_names().get(request.match_info["method"].lower())
            if name is None:
                raise not_found()
            raw, files = await _read(request)
            return await self._serve(request, account, name, raw, files)
        except ApiError as error:
            return _refusal(error)

    async def _serve(
        self,
        request: web.Request,
        account: Account,
        name: str,
        raw: dict[str, Any],
        files: dict[str, Upload],
    ) -> web.StreamResponse:
        account.calls[name] = account.calls.get(name, 0) + 1
        fault = await self._strike(account, name, raw)
        if fault is not None and fault.kind == "drop_before":
            return _drop(request)
        if fault is not None and not _happens(fault):
            return _faulty(fault)
        body = await self.perform(account, name, raw, files)
        if fault is None:
            return web.Response(body=body, content_type="application/json")
        return _drop(request) if fault.kind == "drop_after" else _faulty(fault)

    async def perform(
        self, account: Account, name: str, raw: dict[str, Any], files: dict[str, Upload]
    ) -> bytes:
        """Checks and does one call; the JSON of a good answer."""
        function = METHODS.get(name)
        if function is None:
            raise ApiError(404, f"Not Found: the sandbox does not know {name}")
        params = checker(name)(raw, files)
        result = function(Call(self._platform, account, name, params, files))
        if asyncio.iscoroutine(result):
            result = await result
        if not isinstance(result, bytes):
            result = orjson.dumps(result)
        return b'{"ok":true,"result":' + result + b"}"

    def answer_in_webhook(self, account: Account, name: str, raw: dict[str, Any]) -> None:
        """A method call that came as the answer to a webhook request."""
        proper = method_names().get(name.lower())
        if proper is None:
            return
        task = asyncio.ensure_future(self._quietly(account, proper, raw))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _quietly(self, account: Account, name: str, raw: dict[str, Any]) -> None:
        try:
            await self.perform(account, name, raw, {})
        except ApiError:
            return  # nobody is told: that is the price of answering this way

    async def _strike(self, account: Account, name: str, raw: dict[str, Any]) -> Fault | None:
        """Waits if latency is in force; the other fault that happens to this call, if any."""
        chat = raw.get("chat_id")
        person = int(chat) if isinstance(chat, (int, str)) and str(chat).isdigit() else None
        worst: Fault | None = None
        for fault in self._platform.world.faults.strike("telegram", name, person):
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds + self._random.random() * fault.jitter)
            elif fault.kind == "unknown_method":
                raise not_found()
            elif fault.kind == "flood":
                if fault.hold:
                    account.limiter.close_for(fault.retry_after)
                raise too_many_requests(fault.retry_after)
            else:
                worst = fault
        return worst

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file's content."""
        try:
            token = request.match_info["token"]
            if not TOKEN.fullmatch(token):
                raise not_found()
            account = self._platform.account(token)
        except ApiError as error:
            return _refusal(error)
        stored = self._platform.files.at(account.id, request.match_info["path"])
        if stored is None:
            return _refusal(not_found())
        return web.Response(body=stored.data, content_type="application/octet-stream")


def _happens(fault: Fault) -> bool:
    """Whether the call is carried out in spite of the fault."""
    return fault.kind in ("drop_after", "garbage") or (fault.kind == "error" and fault.delivered)


def _refusal(error: ApiError) -> web.Response:
    return web.Response(body=error.body(), status=error.code, content_type="application/json")


def _faulty(fault: Fault) -> web.Response:
    if fault.kind == "garbage":
        return web.Response(body=b"\x00\xff<garbage>{", content_type="application/json")
    if fault.html:
        return web.Response(text=_HTML_502, status=fault.status, content_type="text/html")
    words = fault.description or _REASONS.get(fault.status, "Internal Server Error")
    return _refusal(ApiError(fault.status, words))


def _drop(request: web.Request) -> web.StreamResponse:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters from the query string and from a form, a multipart or a JSON body."""
    raw: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    kind = request.content_type
    try:
        if kind == "multipart/form-data":
            await _parts(request, raw, files)
            return raw, files
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    except ValueError:
        raise bad_request("can't parse the multipart body") from None
    if not body:
        return raw, files
    if kind == "application/json":
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(parsed, dict):
            raise bad_request("can't parse JSON object")
        raw |= parsed
    elif kind == "application/x-www-form-urlencoded":
        try:
            raw.update(_form(body.decode("ascii")))
        except ValueError:
            raise bad_request("strings must be encoded in UTF-8") from None
    return raw, files


async def _parts(request: web.Request, raw: dict[str, Any], files: dict[str, Upload]) -> None:
    for name, value in (await request.post()).items():
        if not isinstance(value, web.FileField):
            raw[name] = value if isinstance(value, str) else bytes(value).decode()
            continue
        data = value.file.read()
        called = filename.said(value.headers.get("Content-Disposition", ""))
        if called is None:  # no file to Telegram
            raw[name] = data.decode(errors="replace")
        else:
            files[name] = Upload(filename.cleaned(called), value.content_type, data)


def _form(body: str) -> dict[str, str]:
    """As urllib's parse_qsl, which decodes the same broadcast text again for everybody."""
    form = {}
    for pair in body.split("&"):
        name, _, value = pair.partition("=")
        plain = "%" not in value and "+" not in value
        form[_decoded(name)] = value if plain else _decoded(value)
    return form


@lru_cache(maxsize=256)
def _decoded(text: str) -> str:
    return unquote_plus(text, errors="strict")
