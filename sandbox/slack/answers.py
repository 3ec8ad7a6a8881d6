"""HTTP answers: good ones, refusals, and those of a fault."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from sandbox.faults import Fault
from sandbox.slack.errors import SlackError

HTML = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in</body></html>"


def happens(fault: Fault) -> bool:
    """Whether the call is carried out in spite of the fault."""
    return fault.kind in ("drop_after", "garbage") or (fault.kind == "error" and fault.delivered)


def good(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    body = orjson.dumps(answer)
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def refusal(refused: SlackError) -> web.Response:
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else None
    return web.Response(
        body=refused.body(), status=refused.status, headers=headers, content_type="application/json"
    )


def faulty(fault: Fault) -> web.Response:
    if fault.kind == "garbage":
        return web.Response(body=b"\x00\xff<garbage>{", content_type="application/json")
    if fault.html:
        return web.Response(text=HTML, status=fault.status, content_type="text/html")
    # Slack words most of its own trouble with 200; the status says so only for 5xx.
    return refusal(SlackError(fault.description or "internal_error", status=fault.status))


def drop(request: web.Request) -> web.StreamResponse:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
