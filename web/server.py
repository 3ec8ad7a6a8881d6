"""Public HTTP: webhooks, health, metrics. Hands raw bytes on; decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Handler

from broadcast.ports import Callback, CallbackAnswer

MAX_BODY = 2**22
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


Webhook = Callable[[Callback], Awaitable[CallbackAnswer | None]]
READY: web.AppKey[Callable[[], Awaitable[bool]]] = web.AppKey("ready")
METRICS: web.AppKey[Callable[[], Awaitable[bytes]]] = web.AppKey("metrics")
WEBHOOK: web.AppKey[Webhook] = web.AppKey("webhook")


def build(
    *,
    ready: Callable[[], Awaitable[bool]],
    metrics: Callable[[], Awaitable[bytes]],
    webhook: Webhook,
    routes: Iterable[web.RouteDef] = (),
) -> web.Application:
    """The application. `webhook` answers a callback, or None where no such account is open;
    `routes`: what a console brings along."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[_no_store])
    app[READY], app[METRICS], app[WEBHOOK] = ready, metrics, webhook
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)
    for path in ("/webhooks/{channel}", "/webhooks/{channel}/{account}"):
        app.router.add_post(path, _webhook)
        app.router.add_get(path, _webhook)
    app.router.add_routes(routes)
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listen until `cleanup()` of what is returned. Raises OSError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


@web.middleware
async def _no_store(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


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
