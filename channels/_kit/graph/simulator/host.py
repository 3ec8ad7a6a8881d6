"""A Graph host: /<version>/<object>/<edge> over HTTP, with tokens, faults and usage headers."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from channels._kit.graph.simulator.app import App, Token
from channels._kit.graph.simulator.errors import GraphError, bad_token, invalid, unknown_path
from channels._kit.sandbox_world import Fault, World

Json = dict[str, Any]
_VERSION = re.compile(r"v(\d{1,2})\.0")
_VERSIONS = range(17, 27)  # as pywa 4.5.0 lists them
_HTML_502 = (
    "<!DOCTYPE html><html><head><title>Facebook | Error</title></head>"
    "<body><h1>Sorry, something went wrong.</h1></body></html>"
)


@dataclass(slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Call:
    """One request, read."""

    method: str
    version: str
    node: str
    edge: str
    fields: Json  # query, form and JSON body together
    files: dict[str, Upload]
    body: bytes
    request: web.Request
    token: Token | None = None
    fails_later: Fault | None = None  # the fault that shall show in the webhook

    def field(self, name: str) -> Any:
        """A parameter; None when it is not there."""
        return self.fields.get(name)


Serve = Callable[[Call], Any]


@dataclass(slots=True)
class Behaviour:
    """What a channel's host does in its own way."""

    serve: Serve  # Json | bytes | web.Response | an awaitable of these; raises GraphError
    person_of: Callable[[Call], int | None]  # whom a fault for one person means
    refusal: Callable[[int, int], GraphError]  # the platform's error by code and subcode
    flood: Callable[[float], GraphError]  # told to slow down (and for how long it holds)
    usage: Callable[[], dict[str, str]]  # headers about the rates
    targets: Callable[[], list[str]] = field(default=list)  # object ids a token may see
    product: str = ""  # whose error_data carries what exactly is wrong; "": the message does


class Host:
    """Turns HTTP into calls and results into answers."""

    def __init__(self, channel: str, world: World, app: App, behaviour: Behaviour) -> None:
        self.prefix = f"/graph/{channel}"
        self.calls: dict[str, int] = {}
        self._channel = channel
        self._world = world
        self._app = app
        self._do = behaviour
        self._random = random.Random(world.seed)
        self._count = 0

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.route("*", self.prefix + "/{version}/{node}", self.call),
            web.route("*", self.prefix + "/{version}/{node}/{edge}", self.call),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self._count += 1
        headers = self._headers()
        try:
            answer = await self._serve(request)
        except GraphError as error:
            trace = headers["x-fb-trace-id"]
            return _json(orjson.dumps(error.body(trace, self._do.product)), error.status, headers)
        if isinstance(answer, web.StreamResponse):
            return answer
        return _json(answer if isinstance(answer, bytes) else orjson.dumps(answer), 200, headers)

    def _headers(self) -> dict[str, str]:
        told = {"x-fb-trace-id": f"Asandbox{self._count:08X}", **self._do.usage()}
        if self._app.calls_per_hour:
            share = self._app.used()
            told["x-app-usage"] = f'{{"call_count":{share},"total_cputime":0,"total_time":0}}'
        return told

    async def _serve(self, request: web.Request) -> Any:
        match = request.match_info
        version, node, edge = match["version"], match["node"], match.get("edge", "")
        known = _VERSION.fullmatch(version)
        if known is None or int(known[1]) not in _VERSIONS:
            raise unknown_path(version)
        call = await _read(request, version, node, edge)
        name = edge or node
        self.calls[name] = self.calls.get(name, 0) + 1
        fault = await self._strike(call)
        if fault is not None and fault.kind == "drop_before":
            return _drop(request)
        if fault is not None and not _happens(fault):
            return _faulty(fault)
        if fault is not None and fault.kind == "code":
            return await self._coded(call, fault)
        result = await self.perform(call)
        if fault is None:
            return result
        return _drop(request) if fault.kind == "drop_after" else _faulty(fault)

    async def perform(self, call: Call) -> Any:
        """Checks the token and does the call."""
        given, proof = _token_of(call), str(call.fields.pop("appsecret_proof", ""))
        if call.node == "debug_token":
            targets = self._do.targets()
            return self._app.debug(given, str(call.field("input_token") or ""), targets)
        if given == self._app.own_token:
            call.token = None
        else:
            call.token = self._app.check(given, proof)
        self._app.count()
        result = self._do.serve(call)
        return await result if isinstance(result, Awaitable) else result

    async def _coded(self, call: Call, fault: Fault) -> Any:
        """The platform's own error: in the answer, in the webhook, or in both."""
        if fault.when in ("webhook", "both"):
            call.fails_later = fault
            result = await self.perform(call)
            if fault.when == "webhook":
                return result
        raise self._refusal(fault)

    def _refusal(self, fault: Fault) -> GraphError:
        if fault.code == 190:
            return bad_token(fault.subcode)
        return self._do.refusal(fault.code, fault.subcode)

    async def _strike(self, call: Call) -> Fault | None:
        """Waits if latency is in force; the other fault that happens to this call, if any."""
        if not len(self._world.faults):
            return None
        person, name = self._do.person_of(call), call.edge or call.node
        worst: Fault | None = None
        for fault in self._world.faults.strike(self._channel, name, person):
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds + self._random.random() * fault.jitter)
            elif fault.kind == "unknown_method":
                raise unknown_path(name)
            elif fault.kind == "flood":
                raise self._do.flood(fault.retry_after if fault.hold else 0.0)
            else:
                worst = fault
        return worst


def _happens(fault: Fault) -> bool:
    """Whether the call is carried out in spite of the fault."""
    if fault.kind == "error":
        return fault.delivered
    return fault.kind in ("drop_after", "garbage", "code")


def _faulty(fault: Fault) -> web.Response:
    if fault.kind == "garbage":
        return web.Response(body=b"\x00\xff<garbage>{", content_type="application/json")
    if fault.html:
        return web.Response(text=_HTML_502, status=fault.status, content_type="text/html")
    words = (
        fault.description or "An unexpected error has occurred. Please retry your request later."
    )
    error = GraphError(2, words, status=fault.status)
    return _json(orjson.dumps(error.body("Asandbox")), fault.status, {})


def _drop(request: web.Request) -> web.StreamResponse:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _json(body: bytes, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def _token_of(call: Call) -> str:
    """Authorization: Bearer (or OAuth) …, else the access_token parameter."""
    header = call.request.headers.get("Authorization", "")
    kind, _, text = header.partition(" ")
    given = str(call.fields.pop("access_token", ""))
    return text.strip() if kind in ("Bearer", "OAuth") and text else given


async def _read(request: web.Request, version: str, node: str, edge: str) -> Call:
    """Parameters from the query string and from a form, a multipart or a JSON body."""
    call = Call(request.method, version, node, edge, {}, {}, b"", request)
    if request.query_string:
        call.fields.update(request.query)
    kind = request.content_type
    try:
        if kind == "multipart/form-data":
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    content = value.file.read()
                    call.files[name] = Upload(value.filename, value.content_type, content)
                else:
                    call.fields[name] = _value(str(value))
            return call
        call.body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise invalid("The request is too large.") from None
    if not call.body:
        return call
    if kind == "application/json":
        try:
            parsed = orjson.loads(call.body)
        except orjson.JSONDecodeError:
            raise invalid("The request body is not valid JSON.") from None
        if not isinstance(parsed, dict):
            raise invalid("The request body must be a JSON object.")
        call.fields |= parsed
    elif kind == "application/x-www-form-urlencoded":
        call.fields.update((k, _value(str(v))) for k, v in (await request.post()).items())
    return call


def _value(text: str) -> Any:
    """A form value: objects and lists come as JSON."""
    if text[:1] in ("{", "["):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return text
