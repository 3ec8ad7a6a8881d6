"""Who may use the control API from a browser: the page of this sandbox, and nobody else's."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import orjson
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ELSEWHERE = "This comes from another site's page; the control API answers its own page alone."
_NAME = "The control API is asked for by its address or as localhost, not as {name}."


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends to /control, and names that somebody else may own.

    A page elsewhere can send requests to 127.0.0.1 without being let to read the answers, and can
    make a name of its own lead there. Both are told by headers that no page can write itself.
    """
    if request.path.startswith("/control/") and (why := _refused(request)):
        return web.Response(
            body=orjson.dumps({"error": why}), status=403, content_type="application/json"
        )
    return await handler(request)


def _refused(request: web.Request) -> str:
    name = urlsplit(f"//{request.host}").hostname or ""
    if not _ours(name):
        return _NAME.format(name=name or "nothing")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return _ELSEWHERE
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return _ELSEWHERE
    return ""


def _ours(name: str) -> bool:
    """An address, or a name without a dot: no public name server can make one of those lead here."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and "." not in name
    return True
