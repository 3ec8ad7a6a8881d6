"""A request that is not answered in time is given up as uncertain; the others are left alone."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from broadcast.outcome import Uncertain
from channels._kit import http


async def test_only_the_one_without_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_ANSWER_SECONDS", 0.6)
    monkeypatch.setattr(http, "_LOOK_SECONDS", 0.05)
    never = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        said = await request.text()
        if said == "never":
            await never.wait()
        if said == "late":
            await asyncio.sleep(0.3)
        return web.Response(text=said)

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestServer(app) as server, http.session("http://127.0.0.1") as client:
        route = http.Route(client, URL(str(server.make_url("/"))), {})
        async with asyncio.timeout(60):
            hanging = asyncio.create_task(route.post(b"never"))
            await asyncio.sleep(0.4)
            late = asyncio.create_task(route.post(b"late"))
            assert isinstance(await hanging, Uncertain)
            assert await late == (200, b"late")
            assert await route.post(b"soon") == (200, b"soon")
        never.set()
