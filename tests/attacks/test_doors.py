"""Strangers at the public doors: slow, many, large, packed, bottomless; and what they must not see."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import hmac
import os
import time
from pathlib import Path

import aiohttp
import pytest

from lab.processes import free_port
from tests.attacks.stage import Town, town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
_PAGE = os.sysconf("SC_PAGE_SIZE")
SIGNING_SECRET = "sandbox-signing-secret"
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def memory(here: Town) -> int:
    """Bytes the product holds in memory."""
    assert here.product is not None
    statm = Path(f"/proc/{here.product.process.pid}/statm").read_text(encoding="utf-8")
    return int(statm.split()[1]) * _PAGE


async def connect(here: Town) -> Pair:
    return await asyncio.open_connection("127.0.0.1", here.port)


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What is said until the product closes the connection; it must."""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(120):
            return await reader.read()
    return b""


def secret(here: Town, channel: str) -> bytes:
    return here.settings[f"TELLAL_{channel.upper()}__APP_SECRET"].encode()


def signed(key: bytes, body: bytes) -> dict[str, str]:
    """As Meta signs."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.digest(key, body, "sha256").hex()}


def slack_signed(body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    made = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"}


async def test_sixty_slow_bodies_take_neither_the_memory_nor_the_door(tmp_path: Path) -> None:
    async with town(tmp_path, people=1, team=False, meta=True) as here:
        before = memory(here)
        slow: list[Pair] = []
        head = b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n"
        for _ in range(60):
            slow.append(await connect(here))
            slow[-1][1].write(head)

        async def trickle(writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                for _ in range(38):
                    writer.write(b" " * 100_000)
                    await writer.drain()
                    await asyncio.sleep(0.05)
                while not writer.is_closing():
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.5)

        pouring = [asyncio.create_task(trickle(writer)) for _, writer in slow]
        body = b'{"entry": []}'
        async with aiohttp.ClientSession() as client:  # Meta's own is heard meanwhile
            for _ in range(5):
                headers = signed(secret(here, "whatsapp"), body)
                url = f"{here.product_url}/webhooks/whatsapp"
                async with client.post(url, data=body, headers=headers) as answer:
                    assert answer.status == 200
                await asyncio.sleep(0.2)
        said = await asyncio.gather(*(closed(reader) for reader, _ in slow))
        assert memory(here) - before < 80 * 2**20
        assert not any(b"200 OK" in one for one in said)
        for task in pouring:
            task.cancel()
        await asyncio.gather(*pouring, return_exceptions=True)


async def test_a_crowd_of_silent_connections_keeps_nobody_out(tmp_path: Path) -> None:
    async with town(
        tmp_path, people=1, team=False, meta=True, TELLAL_HTTP__CONNECTIONS="40"
    ) as here:
        silent = []
        for number in range(200):
            reader, writer = await connect(here)
            if number % 2:
                writer.write(b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            silent.append((reader, writer))
        body = b'{"entry": []}'
        async with aiohttp.ClientSession() as client:
            for _ in range(5):
                headers = signed(secret(here, "whatsapp"), body)
                url = f"{here.product_url}/webhooks/whatsapp"
                async with client.post(url, data=body, headers=headers) as answer:
                    assert answer.status == 200
        for reader, writer in silent:
            assert await closed(reader) == b"", "nobody is left standing"
            writer.close()


@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "telegram"])
async def test_what_cannot_be_read_is_a_400_at_every_webhook(tmp_path: Path, channel: str) -> None:
    hook = {
        "TELLAL_TELEGRAM__WEBHOOK": "true",
        "TELLAL_TELEGRAM__WEBHOOK_SECRET": "a-secret-of-ours",
        "TELLAL_HTTP__PUBLIC_URL": "http://127.0.0.1:9",
    }
    async with town(tmp_path, people=1, team=False, meta=True, **hook) as here:
        url = f"{here.product_url}/webhooks/{channel}"
        bomb = gzip.compress(b" " * 50_000_000)
        bottomless = (
            b'{"update_id": 1, "message": ' * 1 + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
            b"[" * 100_000,
            b'{"object": ' + b"[" * 300 + b"]" * 300 + b"}",
        )
        before = memory(here)
        async with aiohttp.ClientSession() as client:
            for body in (b"{}", bomb):
                packed = {"Content-Encoding": "gzip"}
                async with client.post(url, data=body, headers=packed) as answer:
                    assert answer.status == 400
            for body in bottomless:
                headers = (
                    {"X-Telegram-Bot-Api-Secret-Token": "a-secret-of-ours"}
                    if channel == "telegram"
                    else signed(secret(here, channel), body)
                )
                async with client.post(url, data=body, headers=headers) as answer:
                    assert answer.status == 400
                async with client.post(url, data=body) as answer:
                    assert answer.status in {400, 403}
            async with client.post(url, data=b" " * 5_000_000) as answer:
                assert answer.status == 413
        assert memory(here) - before < 40 * 2**20
        assert here.product is not None and here.product.process.returncode is None


async def test_slacks_door_reads_nothing_that_is_not_signed(tmp_path: Path) -> None:
    slack = {"TELLAL_SLACK__APP_TOKEN": "", "TELLAL_SLACK__SIGNING_SECRET": SIGNING_SECRET}
    async with town(tmp_path, people=1, team=False, slack=True, **slack) as here:
        url = f"{here.product_url}/slack/events"
        deep = b'{"type": "event_callback", "event": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001
        form = b"payload=" + b"%5B" * 5000
        odd = {"Content-Type": "application/json; charset=nobody-knows"}
        async with aiohttp.ClientSession() as client:
            for body in (deep, form, b"\xff\xfe"):
                async with client.post(url, data=body, headers=odd) as answer:
                    assert answer.status == 401
            for body in (deep, form):
                async with client.post(url, data=body, headers=slack_signed(body) | odd) as answer:
                    assert answer.status == 400
            packed = {"Content-Encoding": "gzip"}
            async with client.post(url, data=gzip.compress(deep), headers=packed) as answer:
                assert answer.status == 400
            hello = b'{"type": "url_verification", "challenge": "abc", "token": "t"}'
            headers = slack_signed(hello) | {"Content-Type": "application/json"}
            async with client.post(url, data=hello, headers=headers) as answer:
                assert answer.status == 200 and "abc" in await answer.text()


async def test_numbers_are_for_those_who_watch_over_us(tmp_path: Path) -> None:
    watch = free_port()
    async with (
        town(tmp_path, people=1, team=False, TELLAL_HTTP__METRICS_PORT=str(watch)) as here,
        aiohttp.ClientSession() as client,
    ):
        for path in ("/metrics", "/readyz"):
            async with client.get(here.product_url + path) as answer:
                assert answer.status == 404
                assert "tellal_" not in await answer.text()
            async with client.get(f"http://127.0.0.1:{watch}{path}") as answer:
                assert answer.status == 200
        async with client.get(here.product_url + "/healthz") as answer:
            assert answer.status == 200
