"""The engine with everything recorded, beside loops that record nothing, in interleaved rounds."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic, process_time
from typing import Any

import aiohttp
from yarl import URL

from broadcast.channel import Envelope, Trial
from broadcast.message import Message, RichText
from broadcast.outcome import Accepted
from broadcast.services import report
from lab.bench import host
from lab.bench.installation import WORDS, House, house, note_first_send, trial_of
from lab.bench.report import Step

CONCURRENCY = 100
PLAIN_AT_MOST = 5_000  # messages: it is slow, and its pace does not change


@dataclass
class Loop:
    """Messages a second, and CPU of this process in milliseconds per 1,000."""

    per_second: float
    cpu_ms: float


@dataclass
class Engine(Loop):
    """One fan-out from launch to the last record; times in seconds. `database_bytes` it took."""

    first_message: float
    planning: float
    rss_mb: float
    database_bytes: int


async def fanout(
    channel: str, recipients: int, rate: float, rounds: int, step: Step
) -> dict[str, Any]:
    """Medians over rounds; ratios are taken within a round. Keys as the contract names them.

    With a rate the sink refuses what is beyond it, as the platform does.
    """
    host.take_sender_core()
    async with host.sink(channel, rate) as sink:
        step("warming up")
        warm = await engine(
            sink.url, channel, min(1000, recipients, int(rate) + 2 if rate else 1000), rate
        )
        await sink.ask("forget")
        rows: list[dict[str, Loop]] = []
        for number in range(1 if rate else rounds):
            row: dict[str, Loop] = {}
            step(f"round {number + 1}: the engine")
            row["engine"] = await engine(sink.url, channel, recipients, rate)
            if not rate:
                step(f"round {number + 1}: the same sender, bare")
                row["sender"] = await _sender(sink.url, channel, recipients)
                step(f"round {number + 1}: bare aiohttp")
                row["bare"] = await _bare(sink.url, channel, recipients)
                step(f"round {number + 1}: the usual loop")
                row["plain"] = await _plain(sink.url, channel, min(recipients, PLAIN_AT_MOST))
            rows.append(row)
        throttled = sum(one["throttled"] for one in (await sink.ask("arrivals")).values())
    found = _summary(rows, warm, recipients, rate, channel)
    return found | {"throttled": throttled} if rate else found


def _summary(
    rows: list[dict[str, Loop]], warm: Engine, recipients: int, rate: float, channel: str
) -> dict[str, Any]:
    def middle(of: Callable[[dict[str, Any]], float], digits: int = 3) -> float:
        return round(statistics.median(of(row) for row in rows), digits)

    found: dict[str, Any] = {
        "channel": channel,
        "recipients": recipients,
        "rounds": len(rows),
        "messages_per_second": middle(lambda r: r["engine"].per_second, 1),
    }
    if rate:
        found["ratio_to_allowed_rate"] = middle(lambda r: r["engine"].per_second / rate, 4)
    else:
        usual = trial_of(channel).plain[0]
        found |= {
            "ratio_to_bare_loop": middle(lambda r: r["engine"].per_second / r["bare"].per_second),
            f"ratio_to_{usual}": middle(lambda r: r["engine"].per_second / r["plain"].per_second),
            "ratio_to_same_sender": middle(
                lambda r: r["engine"].per_second / r["sender"].per_second
            ),
            "cpu_ratio_to_bare_loop": middle(lambda r: r["bare"].cpu_ms / r["engine"].cpu_ms),
            "engine_cpu_ms_per_1000": middle(lambda r: r["engine"].cpu_ms - r["sender"].cpu_ms, 1),
            "sender_cpu_ms_per_1000": middle(lambda r: r["sender"].cpu_ms, 1),
            "bare_loop_cpu_ms_per_1000": middle(lambda r: r["bare"].cpu_ms, 1),
            f"{usual}_cpu_ms_per_1000": middle(lambda r: r["plain"].cpu_ms, 1),
        }
    peak = max(row["engine"].rss_mb for row in rows)  # type: ignore[attr-defined]
    return found | {
        "cpu_seconds_per_1000": middle(lambda r: r["engine"].cpu_ms / 1000, 4),
        "peak_rss_mb": round(peak, 1),
        "rss_growth_mb": round(peak - warm.rss_mb, 1),
        "first_message_seconds": middle(lambda r: r["engine"].first_message),
        "planning_seconds": middle(lambda r: r["engine"].planning),
    }


async def engine(url: str, channel: str, recipients: int, rate: float) -> Engine:
    """Plan, send and record everything durably, as `tellal run` does."""
    async with house(channel) as made:
        await made.fill(recipients)
        await made.open(url, rate)
        number = await made.approved()
        before = await made.database_bytes()
        first, planned = note_first_send(made), _time_planning(made)
        begun, cpu = monotonic(), process_time()
        async with made.running():
            await made.completed(number)
            ended, cpu = monotonic(), process_time() - cpu
        sums = await report.sums(made.core, number)
        if sums.sent != recipients:
            raise SystemExit(f"bench: only {sums.sent} of {recipients} were sent")
        per_second = recipients / (ended - first[0])
        if rate:  # how evenly it went, apart from what proving the end takes
            per_second = await made.pace(number)
        return Engine(
            per_second,
            1_000_000 * cpu / recipients,
            first[0] - begun,
            planned[0],
            host.rss_mb(),
            await made.database_bytes() - before,
        )


def _time_planning(made: House) -> list[float]:
    plan, seconds = made.ledger.plan, list[float]()

    async def timed(*args: Any) -> int:
        begun = monotonic()
        count = await plan(*args)
        seconds.append(monotonic() - begun)
        return count

    made.ledger.plan = timed  # type: ignore[method-assign, assignment]
    return seconds


async def crew(recipients: int, trial: Trial, send: Callable[[str], Awaitable[Any]]) -> Loop:
    """`CONCURRENCY` workers, each sending the next as soon as its last was answered."""
    addresses = map(trial.address, range(recipients))

    async def work() -> None:
        for address in addresses:
            await send(address)

    begun, cpu = monotonic(), process_time()
    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return Loop(recipients / (monotonic() - begun), 1_000_000 * (process_time() - cpu) / recipients)


async def _sender(url: str, channel: str, recipients: int) -> Loop:
    """Our own adapter without the engine."""
    async with house(channel) as made:
        await made.open(url, 0.0)
        opened = next(iter(made.core.channels.values()))
        message = Message(text=RichText(text=WORDS))
        numbers = iter(range(1, recipients + 1))

        async def send(address: str) -> None:
            outcome = await opened.send(Envelope(next(numbers), address, message))
            if not isinstance(outcome, Accepted):
                raise SystemExit(f"bench: {outcome}")

        return await crew(recipients, made.trial, send)


async def _bare(url: str, channel: str, recipients: int) -> Loop:
    """Lean aiohttp posts that record nothing: the limit this is measured by."""
    trial = trial_of(channel)
    call = trial.call(url, 0, WORDS)
    target, headers, body = URL(call.url, encoded=True), call.headers, call.body
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONCURRENCY),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
    ) as client:

        async def send(address: str) -> None:
            async with client.post(target, data=body(address), headers=headers) as answer:
                await answer.read()

        return await crew(recipients, trial, send)


async def _plain(url: str, channel: str, recipients: int) -> Loop:
    trial = trial_of(channel)
    async with trial.plain[1](url, 0, WORDS, CONCURRENCY) as send:
        return await crew(recipients, trial, send)
