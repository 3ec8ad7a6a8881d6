"""A sign of life is given while all is well, and never tells its address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot import heartbeat, logs
from bot.heartbeat import Heartbeat
from bot.settings import load
from bot.settings_sections import HeartbeatSettings

SECRET = "5f1c2a7e-the-secret-of-the-address"


class Watcher:
    """Who is asked; `status` is what it answers with, None: nothing for ever."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.heard: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        if self.status is None:
            await asyncio.sleep(3600)
        assert self.status is not None
        self.heard.append(f"{request.method} {request.raw_path}")
        headers = {"Location": "/elsewhere"} if self.status == 302 else {}
        return web.Response(status=self.status, headers=headers)


@asynccontextmanager
async def watched() -> AsyncIterator[Watcher]:
    made, app = Watcher(), web.Application()
    app.router.add_route("*", "/{rest:.*}", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made.url = f"http://127.0.0.1:{port}/{SECRET}"
    try:
        yield made
    finally:
        await runner.cleanup()


def beats(watcher: Watcher, works: Any, method: str = "GET") -> Heartbeat:
    given = HeartbeatSettings(url=SecretStr(watcher.url), method=method)  # type: ignore[arg-type]
    return Heartbeat(given, works)


async def well() -> bool:
    return True


async def ill() -> bool:
    return False


async def once(made: Heartbeat, watcher: Watcher) -> str:
    async with aiohttp.ClientSession() as client:
        return await made._beat(client, watcher.url)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_it_beats_while_all_is_well(method: str) -> None:
    async with watched() as watcher:
        running = asyncio.create_task(beats(watcher, well, method).run())
        async with asyncio.timeout(30):
            while not watcher.heard:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert watcher.heard == [f"{method} /{SECRET}"]


async def test_it_is_silent_while_something_is_wrong() -> None:
    async with watched() as watcher:
        assert await once(beats(watcher, ill), watcher) == "not_well"
        assert watcher.heard == []


async def test_what_breaks_while_looking_is_no_sign_of_life() -> None:
    async def broken() -> bool:
        raise RuntimeError(SECRET)

    async with watched() as watcher:
        assert await once(beats(watcher, broken), watcher) == "RuntimeError"
        assert watcher.heard == []


async def test_nobody_is_led_elsewhere_and_refusals_count_as_unheard() -> None:
    async with watched() as watcher:
        for status in (302, 404, 500):
            watcher.status = status
            assert await once(beats(watcher, well), watcher) == f"status {status}"
        assert all(path.endswith(SECRET) for path in watcher.heard)


async def test_one_that_never_answers_keeps_nothing_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "PATIENCE_SECONDS", 0.05)
    async with watched() as watcher:
        watcher.status = None
        assert await once(beats(watcher, well), watcher) == "TimeoutError"


async def test_a_trouble_is_said_once_and_its_end_once_and_the_address_never() -> None:
    async with watched() as watcher:
        made = beats(watcher, well)
        with capture_logs() as said:
            for status in (200, 500, 500, 404, 200, 200, 500):
                watcher.status = status
                made._say(await once(made, watcher))
    assert [line["event"] for line in said] == [
        "heartbeat_not_heard", "heartbeat_heard_again", "heartbeat_not_heard",
    ]  # fmt: skip
    assert SECRET not in str(said)


def test_its_address_is_taken_out_of_every_log_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = f"https://watch.example/{SECRET}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELLAL_HEARTBEAT__URL", address)
    settings = load()
    assert SECRET not in repr(settings)
    logs.configure(terminal=False, secrets=settings.secrets())
    try:
        structlog.get_logger().warning("odd", about=f"cannot reach {address}")
    finally:
        structlog.reset_defaults()
    assert SECRET not in capsys.readouterr().out


@pytest.mark.parametrize("behind", ["", "\n", " ", "\r\n"])
async def test_an_address_with_a_query_is_asked_as_it_was_given(
    behind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    async with watched() as watcher:
        watcher.url += "?status=up&msg=OK&ping="
        monkeypatch.setenv("TELLAL_HEARTBEAT__URL", watcher.url + behind)
        assert load().heartbeat.url.get_secret_value() == watcher.url
        assert await once(beats(watcher, well), watcher) == ""
        assert watcher.heard == [f"GET /{SECRET}?status=up&msg=OK&ping="]
