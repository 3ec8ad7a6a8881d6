"""At the allowance: how evenly, how closely, at what cost, and what a 429 does to the account.

Times are those of arrival at the sink, which refuses what is beyond the allowance.
"""

from __future__ import annotations

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from time import monotonic, process_time
from typing import Any

from lab.bench import host
from lab.bench.host import SinkProcess
from lab.bench.installation import House, house
from lab.bench.report import Step

RATES = (30.0, 80.0, 1000.0)
JITTER_RATES = (30.0,)
SLACKS = {"slack_2": 2.0, "no_slack": 0.0}  # messages more than the rate that a second may hold
_THROTTLE_SECONDS = 2
_BEFORE_SECONDS, _AFTER_SECONDS = 3.0, 4.0
_FULL_RATE = 0.98  # of the allowance, over half a second, is full rate again


async def pacing(
    channel: str, rates: tuple[float, ...], seconds: float, step: Step
) -> dict[str, Any]:
    host.take_sender_core()
    rows = []
    for rate in rates:
        row: dict[str, Any] = {"allowed_per_second": rate, "seconds": seconds}
        row |= await _steady(channel, rate, seconds, step)
        row |= {"after_429": await _throttled(channel, rate, step)}
        rows.append(row)
    return {"channel": channel, "rates": rows}


async def jittered(
    channel: str, rates: tuple[float, ...], seconds: float, jitter_ms: float, step: Step
) -> dict[str, Any]:
    """The same allowance where the network delays each message by chance, up to `jitter_ms`, and the
    limiter counts what arrives in any second."""
    host.take_sender_core()
    rows = []
    for rate in rates:
        row: dict[str, Any] = {"allowed_per_second": rate, "seconds": seconds}
        for name, slack in SLACKS.items():
            more = ("--slack", str(slack), "--jitter-ms", str(jitter_ms))
            row[name] = await _steady(channel, rate, seconds, step, more)
        rows.append(row)
    figures = {
        f"achieved_with_{name}": min(row[name]["achieved_ratio"] for row in rows) for name in SLACKS
    }
    return {"channel": channel, "jitter_ms": jitter_ms, **figures, "rates": rows}


async def _steady(
    channel: str, rate: float, seconds: float, step: Step, more: Sequence[str] = ()
) -> dict[str, Any]:
    async with _sending(channel, rate, seconds, more) as (made, sink, number):
        cpu, begun = process_time(), monotonic()
        finished = asyncio.create_task(made.completed(number))
        while not finished.done():
            step(f"{rate:g} a second", monotonic() - begun, seconds)
            await asyncio.wait({finished}, timeout=0.5)
        await finished
        cpu = process_time() - cpu
        seen = await _seen(sink)
    return (
        {"throttled": seen["throttled"]}
        | shape(seen["arrivals"], rate)
        | ({"left_in_worst_second": _fullest(seen["left"], 1.0)} if seen["left"] else {})
        | {"cpu_share": round(cpu / (seen["arrivals"][-1] - seen["arrivals"][0]), 4)}
    )


async def _throttled(channel: str, rate: float, step: Step) -> dict[str, Any]:
    """A 429 in the middle: how long the account kept still, and when it was at its pace again."""
    seconds = _BEFORE_SECONDS + _AFTER_SECONDS
    async with _sending(channel, rate, seconds) as (made, sink, number):
        step(f"{rate:g} a second, and a 429", 0, 1)
        await asyncio.sleep(_BEFORE_SECONDS)
        told_at = monotonic()
        await sink.ask(f"throttle?seconds={_THROTTLE_SECONDS}")
        await made.completed(number)
        seen = await _seen(sink)
    arrivals = seen["arrivals"]
    before, after = _around_gap(arrivals, told_at)
    return {
        "told_to_wait_seconds": _THROTTLE_SECONDS,
        "waited_seconds": round(after - before, 3),
        "refused_meanwhile": seen["throttled"],
        "full_rate_after_seconds": _full_rate_after(arrivals, after, rate),
    }


@contextlib.asynccontextmanager
async def _sending(
    channel: str, rate: float, seconds: float, more: Sequence[str] = ()
) -> AsyncIterator[tuple[House, SinkProcess, int]]:
    async with host.sink(channel, rate, more=more) as sink, house(channel) as made:
        await made.fill(max(2, int(rate * seconds)))
        await made.open(sink.url, rate)
        number = await made.approved()
        async with made.running():
            yield made, sink, number


async def _seen(sink: SinkProcess) -> dict[str, Any]:
    (account,) = (await sink.ask("arrivals")).values()
    seen: dict[str, Any] = account
    return seen


def shape(arrivals: list[float], rate: float) -> dict[str, float]:
    """Of sorted arrival times: how much of the allowance, and the fullest windows beside it."""
    achieved = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])
    return {
        "achieved_ratio": round(achieved / rate, 4),
        "worst_second_ratio": round(_fullest(arrivals, 1.0) / rate, 4),
        "worst_second_messages": _fullest(arrivals, 1.0),
        "worst_50ms_ratio": round(_fullest(arrivals, 0.05) / (rate * 0.05), 3),
        "worst_50ms_messages": _fullest(arrivals, 0.05),
        "longest_gap_seconds": round(max(b - a for a, b in pairwise(arrivals)), 3),
    }


def _fullest(arrivals: list[float], seconds: float) -> int:
    """The most messages in any window of that length, its end not included."""
    most, first = 0, 0
    for index, at in enumerate(arrivals):
        while at - arrivals[first] >= seconds:
            first += 1
        most = max(most, index - first + 1)
    return most


def _around_gap(arrivals: list[float], moment: float) -> tuple[float, float]:
    """The accepted arrivals right before and after the longest silence since `moment`."""
    first = max(bisect_right(arrivals, moment) - 1, 0)
    return max(pairwise(arrivals[first:]), key=lambda pair: pair[1] - pair[0])


def _full_rate_after(arrivals: list[float], since: float, rate: float) -> float:
    """Seconds from `since` until half a second at full rate began."""
    window = max(0.5, 4 / rate)
    for at in arrivals[bisect_right(arrivals, since) - 1 :]:
        end = bisect_right(arrivals, at + window)
        begin = bisect_right(arrivals, at)
        if end - begin >= _FULL_RATE * rate * window - 1:
            return round(at - since, 3)
    return -1.0
