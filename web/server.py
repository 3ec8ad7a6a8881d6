"""Public HTTP: webhooks and health; and apart from it, what only those who watch over us may see."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Handler

from broadcast.callback import Callback, CallbackAnswer
from web.door import MAX_BODY, Door, Limits, guard

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BACKLOG = 512
_USUAL = Limits()

Webhook = Callable[[Callback], Awaitable[CallbackAnswer | None]]
READY: web.AppKey[Callable[[], Awaitable[bool]]] = web.AppKey("ready")
METRICS: web.AppKey[Callable[[], Awaitable[bytes]]] = web.AppKey("metrics")
TOKEN: web.AppKey[str] = web.AppKey("token")
WEBHOOK: web.AppKey[Webhook] = web.AppKey("webhook")
_CLOSED = "Not here: set TELLAL_HTTP__METRICS_PORT, or TELLAL_HTTP__METRICS_TOKEN and bring it.\n"


def build(
    *,
    ready: Callable[[], Awaitable[bool]],
    metrics: Callable[[], Awaitable[bytes]],
    webhook: Webhook,
    routes: Iterable[web.RouteDef] = (),
    token: str = "",
) -> web.Application:
    """What the world may reach. `webhook` answers a callback, or None where no such account is
    open; `routes`: what a console brings along; with `token`, who brings it may watch here too."""
    app = _watched(ready, metrics, token, without_token=False)
    app[WEBHOOK] = webhook
    for path in ("/webhooks/{channel}", "/webhooks/{channel}/{account}"):
        app.router.add_post(path, _webhook)
        app.router.add_get(path, _webhook)
    app.router.add_routes(routes)
    return app


def watching(
    *,
    ready: Callable[[], Awaitable[bool]],
    metrics: Callable[[], Awaitable[bytes]],
    token: str = "",
) -> web.Application:
    """What those who watch over us reach, on a listener of its own; `token` where it needs one."""
    return _watched(ready, metrics, token, without_token=True)


def _watched(
    ready: Callable[[], Awaitable[bool]],
    metrics: Callable[[], Awaitable[bytes]],
    token: str,
    *,
    without_token: bool,
) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY, middlewares=[guard])
    app[READY], app[METRICS], app[TOKEN] = ready, metrics, token
    app.router.add_get("/healthz", _healthz)
    for path, shown in (("/readyz", _readyz), ("/metrics", _metrics)):
        open_to_all = without_token and not token
        app.router.add_get(path, shown if open_to_all else _with_token(shown))
    return app


async def serve(
    app: web.Application, host: str, port: int, limits: Limits = _USUAL
) -> web.AppRunner:
    """Listen until `cleanup()` of what is returned. Raises OSError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    assert runner.server is not None
    site = _Site(runner, Door(runner.server, limits), host, port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


class _Site(web.BaseSite):
    """Listens with a door of ours in front of aiohttp's server."""

    def __init__(self, runner: web.AppRunner, door: Door, host: str, port: int) -> None:
        super().__init__(runner, backlog=_BACKLOG)
        self._door, self._host, self._port = door, host, port

    @property
    def name(self) -> str:
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        await super().start()
        self._server = await asyncio.get_running_loop().create_server(
            self._door, self._host, self._port, backlog=self._backlog
        )


def _with_token(shown: Handler) -> Handler:
    async def look(request: web.Request) -> web.StreamResponse:
        token = request.app[TOKEN]
        if not token:
            return web.Response(status=404, text=_CLOSED)
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {token}".encode()):
            return web.Response(
                status=401, text="not without the token\n", headers={"WWW-Authenticate": "Bearer"}
            )
        return await shown(request)

    return look


async def _healthz(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


async def _readyz(request: web.Request) -> web.Response:
    if await request.app[READY]():
        return web.Response(text="ready\n")
    return web.Response(status=503, text="not ready\n")


async def _metrics(request: web.Request) -> web.Response:
    body = await request.app[METRICS]()
    return web.Response(body=body, headers={"Content-Type": METRICS_TYPE})


async def _webhook(request: web.Request) -> web.Response:
    answer = await request.app[WEBHOOK](
        Callback(
            channel=request.match_info["channel"],
            account=request.match_info.get("account", "default"),
            method=request.method,
            body=await request.read(),
            headers=request.headers,
            query=request.query,
        )
    )
    if answer is None:
        return web.Response(status=404, text="no such channel\n")
    return web.Response(status=answer.status, text=answer.body)
