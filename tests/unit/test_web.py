"""What the outside sees: health, readiness, metrics, webhooks handed on untouched."""

from __future__ import annotations

import aiohttp
import pytest
from pydantic import SecretStr

from bot import doctor, metrics
from bot.settings import HttpSettings, Settings
from broadcast.callback import Callback, CallbackAnswer
from broadcast.states import BroadcastStatus
from tests.scenario.house import House
from web.server import build, serve, watching


async def test_the_public_paths(house: House) -> None:
    seen = []

    async def is_ready() -> bool:
        return True

    async def numbers() -> bytes:
        return b""

    async def taken(callback: Callback) -> CallbackAnswer | None:
        if callback.channel != "telegram":
            return None
        seen.append(callback)
        return CallbackAnswer(body="taken")

    runner = await serve(build(ready=is_ready, metrics=numbers, webhook=taken), "127.0.0.1", 0)
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/healthz")).status == 200
        for path in ("/readyz", "/metrics"):
            assert (await client.get(path)).status == 404, "nothing the world need see"
        answer = await client.post("/webhooks/telegram", data=b'{"a": 1}', headers={"X-Sign": "s"})
        assert await answer.text() == "taken"
        await client.post("/webhooks/telegram/shop", data=b"\xff")
        assert (await client.post("/webhooks/pigeon", data=b"")).status == 404
    assert [(c.account, c.body) for c in seen] == [("default", b'{"a": 1}'), ("shop", b"\xff")]
    assert seen[0].headers["x-sign"] == "s"
    await runner.cleanup()


async def test_who_watches_over_us_has_a_listener_of_their_own(house: House) -> None:
    ready = [False]

    async def is_ready() -> bool:
        return ready[0]

    async def numbers() -> bytes:
        return await metrics.gather(house.core)

    runner = await serve(watching(ready=is_ready, metrics=numbers), "127.0.0.1", 0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        assert (await client.get("/readyz")).status == 503
        ready[0] = True
        assert (await client.get("/readyz")).status == 200
        shown = await client.get("/metrics")
        assert shown.content_type == "text/plain"
        assert "# TYPE tellal_deliveries gauge" in await shown.text()
        assert (await client.post("/webhooks/telegram", data=b"{}")).status == 404
    await runner.cleanup()


async def test_with_the_token_one_may_watch_at_the_public_door() -> None:
    token = "a token of some length"

    async def yes() -> bool:
        return True

    async def numbers() -> bytes:
        return b"numbers"

    async def nothing(_: Callback) -> None:
        return None

    app = build(ready=yes, metrics=numbers, webhook=nothing, token=token)
    runner = await serve(app, "127.0.0.1", 0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {token}"}):
            assert (await client.get("/metrics", headers=given)).status == 401
            assert (await client.get("/readyz", headers=given)).status == 401
        bring = {"Authorization": f"Bearer {token}"}
        assert await (await client.get("/metrics", headers=bring)).text() == "numbers"
        assert (await client.get("/readyz", headers=bring)).status == 200
    await runner.cleanup()


async def test_metrics_tell_the_deliveries_of_open_and_recent_broadcasts(house: House) -> None:
    await house.draft()  # never launched: not shown
    number = await house.approved()
    await house.run_until(number, BroadcastStatus.COMPLETED)
    shown = (await metrics.gather(house.core)).decode()
    assert f'tellal_broadcast_planned{{broadcast="{number}"}} 30.0' in shown
    assert f'tellal_deliveries{{broadcast="{number}",status="sent"}} 30.0' in shown
    assert f'tellal_deliveries{{broadcast="{number}",status="planned"}} 0.0' in shown
    assert shown.count("tellal_broadcast_planned{") == 1


@pytest.mark.parametrize(
    ("host", "port", "token", "open_to_all"),
    [
        ("0.0.0.0", 9000, "", True), ("::", 9000, "", True), ("10.0.0.7", 9000, "", True),
        ("metrics.internal", 9000, "", True), ("0.0.0.0", 9000, "t" * 16, False),
        ("0.0.0.0", 0, "", False), ("127.0.0.1", 9000, "", False), ("127.9.9.9", 9000, "", False),
        ("[::1]", 9000, "", False), ("LocalHost", 9000, "", False),
    ],
)  # fmt: skip
def test_numbers_without_a_token_are_for_this_machine(
    host: str, port: int, token: str, open_to_all: bool
) -> None:
    http = HttpSettings(metrics_host=host, metrics_port=port, metrics_token=SecretStr(token))
    assert metrics.open_to_all(http) == open_to_all
    check = doctor._numbers(Settings(http=http))
    assert check.ok != open_to_all
    assert not open_to_all or "TELLAL_HTTP__METRICS_TOKEN" in check.mend
