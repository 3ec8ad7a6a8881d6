"""`tellal bench fanout`: the real engine and adapter against a sink, beside two plain loops."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import aiohttp
from pydantic import SecretStr
from sqlalchemy import text
from yarl import URL

import channels
from broadcast.core import Core, Policy
from broadcast.engine import memory
from broadcast.engine.pacing import Pacer
from broadcast.engine.runner import Runner
from broadcast.machine import BroadcastStatus
from broadcast.message import Message, RichText
from broadcast.models import Admin, Role
from broadcast.services import compose, report, review
from broadcast.store.ledger import Ledger
from broadcast.store.session import Store
from broadcast.store.upgrade import upgrade

TOKEN = "1:bench"
KEY = ("telegram", "default")
CONCURRENCY = 100
ROUNDS = 3
TEXT = "Water will be off tomorrow between 10:00 and 14:00 in the old town. " * 3


@dataclass
class Run:
    """One measured fan-out; times in seconds, memory in MB."""

    per_second: float
    cpu_per_1000: float
    first_message: float
    planning: float
    throttled: int = 0


def _rss_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextlib.asynccontextmanager
async def _sink() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.sink", str(port_file)
        )
        try:
            while not port_file.exists():
                await asyncio.sleep(0.02)
            yield f"http://127.0.0.1:{port_file.read_text()}"
        finally:
            process.terminate()
            await process.wait()


async def _house(folder: Path, url: str, recipients: int, rate: float) -> tuple[Core, Pacer]:
    database = f"sqlite+aiosqlite:///{folder}/bench.db"
    await upgrade(database)
    store = Store(database)
    core = Core(store, Policy(undo_hold_seconds=0.0))
    async with store.bulk() as db:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < :n)"
        await db.execute(
            text(f"""INSERT INTO subscriber (subscriber_id, name, language, timezone, created_at)
            {numbers} SELECT i, 'Person ' || i, 'en', '', '2026-01-01 00:00:00' FROM n"""),
            {"n": recipients},
        )
        await db.execute(
            text(f"""INSERT INTO address (subscriber_id, channel, account, value, consent, suppressed)
            {numbers} SELECT i, 'telegram', 'default', 1000000000 + i, 'opted_in', '' FROM n"""),
            {"n": recipients},
        )
    pacer = Pacer(rate)
    spec = channels.load("telegram")
    config = spec.config(token=SecretStr(TOKEN), api_url=url, rate_per_second=rate)

    async def nobody(_: Any) -> Any:
        return []

    channel = spec.build(config, account="default", pace=pacer, find_media=nobody, hear=nobody)
    await channel.open()
    core.channels[KEY] = channel
    memory.settle()
    return core, pacer


async def _engine(url: str, recipients: int, rate: float) -> Run:
    """Plan, send and record everything durably, as `tellal run` does."""
    with tempfile.TemporaryDirectory(prefix="tellal-bench-") as name:
        core, pacer = await _house(Path(name), url, recipients, rate)
        ledger = Ledger(core.store)
        author = Admin(name="author", role=Role.AUTHOR, created_at=core.clock())
        approver = Admin(name="approver", role=Role.APPROVER, created_at=core.clock())
        async with core.store.write() as session:
            session.add_all([author, approver])
        row = await compose.new(core, author)
        broadcast_id = row.broadcast_id or 0
        await compose.set_message(core, author, broadcast_id, Message(text=RichText(text=TEXT)))
        seen = await review.submit(core, author, broadcast_id)
        await review.approve(core, approver, broadcast_id, seen.fingerprint)
        channel = core.channels[KEY]
        first: list[float] = []
        throttled = [0]
        original = channel.send

        async def marked(envelope: Any) -> Any:
            first.append(monotonic())
            channel.send = original  # type: ignore[method-assign]
            return await original(envelope)

        channel.send = marked  # type: ignore[method-assign]
        planned: list[float] = []
        plan = ledger.plan

        async def timed_plan(*args: Any) -> int:
            begun = monotonic()
            count = await plan(*args)
            planned.append(monotonic() - begun)
            return count

        ledger.plan = timed_plan  # type: ignore[method-assign, assignment]
        begun, cpu = monotonic(), process_time()
        runner = asyncio.create_task(Runner(core, ledger, {KEY: pacer}).run())
        while True:
            await asyncio.sleep(0.02)
            if (await compose.get(core, broadcast_id)).status == BroadcastStatus.COMPLETED:
                break
        ended, cpu = monotonic(), process_time() - cpu
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
        sums = await report.sums(core, broadcast_id)
        if sums.sent != recipients:
            raise SystemExit(f"bench: only {sums.sent} of {recipients} were sent")
        await channel.close()
        await core.store.close()
        sending = ended - first[0]
        return Run(
            recipients / sending,
            1000 * cpu / recipients,
            first[0] - begun,
            planned[0],
            throttled[0],
        )


async def _gathered(recipients: int, send: Callable[[int], Awaitable[Any]]) -> float:
    numbers = iter(range(recipients))

    async def worker() -> None:
        for number in numbers:
            await send(1_000_000_001 + number)

    begun = monotonic()
    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return recipients / (monotonic() - begun)


async def _bare(url: str, recipients: int) -> float:
    """Lean aiohttp posts that record nothing."""
    target = URL(f"{url}/bot{TOKEN}/sendMessage", encoded=True)
    tail = b"," + json.dumps({"text": TEXT}).encode()[1:]
    headers = {"Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout()
    ) as client:

        async def send(chat: int) -> None:
            body = b'{"chat_id":%d' % chat + tail
            async with client.post(target, data=body, headers=headers) as answer:
                await answer.read()

        return await _gathered(recipients, send)


async def _aiogram(url: str, recipients: int) -> float:
    """What everybody writes first."""
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=CONCURRENCY)
    bot = Bot(TOKEN, session=session)
    try:
        return await _gathered(recipients, lambda chat: bot.send_message(chat, TEXT))
    finally:
        await bot.session.close()


async def fanout(recipients: int, rate: float) -> dict[str, float]:
    """Interleaved rounds, medians. Keys as the contract names them."""
    async with _sink() as url:
        await _engine(url, min(1000, recipients), 0.0)  # imports and pools, not measured
        base_rss = _rss_mb()
        runs, bare, plain = [], [], []
        for _ in range(1 if rate else ROUNDS):
            runs.append(await _engine(url, recipients, rate))
            if not rate:
                bare.append(await _bare(url, recipients))
                plain.append(await _aiogram(url, min(recipients, 5000)))
    middle = statistics.median
    per_second = middle(r.per_second for r in runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "recipients": recipients,
        "messages_per_second": round(per_second, 1),
        "ratio_to_bare_loop": round(middle(r.per_second / b for r, b in zip(runs, bare, strict=True)), 3) if bare else 0.0,
        "ratio_to_aiogram_send_message": round(middle(r.per_second / p for r, p in zip(runs, plain, strict=True)), 3) if plain else 0.0,
        "cpu_seconds_per_1000": round(middle(r.cpu_per_1000 for r in runs), 4),
        "peak_rss_mb": round(peak, 1),
        "rss_growth_mb": round(peak - base_rss, 1),
        "first_message_seconds": round(middle(r.first_message for r in runs), 3),
        "planning_seconds": round(middle(r.planning for r in runs), 3),
    }  # fmt: skip
    if rate:
        result["ratio_to_allowed_rate"] = round(per_second / rate, 4)
    return result
