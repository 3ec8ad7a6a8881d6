"""How the cost of a broadcast grows with its people: each size in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from lab.bench import host
from lab.bench.fanout import engine
from lab.bench.report import Step

SIZES = (1_000, 10_000, 100_000, 1_000_000)


async def size(channel: str, sizes: tuple[int, ...], step: Step) -> dict[str, Any]:
    """One row per size; growth of peak memory against the smaller sizes the marks name."""
    rows: list[dict[str, Any]] = []
    async with host.sink(channel) as sink:
        for people in sizes:
            step(f"{people:,} people")
            rows.append(await _measured(sink.url, channel, people))
    peaks = {row["recipients"]: row["peak_rss_mb"] for row in rows}
    costs = {row["recipients"]: row["cpu_seconds_per_1000"] for row in rows}
    found: dict[str, Any] = {"channel": channel, "sizes": rows}
    for larger, smaller in ((100_000, 1_000), (1_000_000, 10_000)):
        if larger in peaks and smaller in peaks:
            found[f"rss_growth_mb_{larger}_over_{smaller}"] = round(
                peaks[larger] - peaks[smaller], 1
            )
    if {1_000_000, 10_000} <= costs.keys():
        found["cpu_ratio_1000000_to_10000"] = round(costs[1_000_000] / costs[10_000], 3)
    return found


async def _measured(url: str, channel: str, people: int) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab.bench.size", url, channel, str(people),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await child.communicate()
    if child.returncode:
        raise SystemExit("bench: a measurement failed")
    row: dict[str, Any] = json.loads(output.splitlines()[-1])
    return row


async def _one(url: str, channel: str, people: int) -> dict[str, Any]:
    host.take_sender_core()
    made = await engine(url, channel, people, 0.0)
    return {
        "recipients": people,
        "messages_per_second": round(made.per_second, 1),
        "cpu_seconds_per_1000": round(made.cpu_ms / 1000, 4),
        "first_message_seconds": round(made.first_message, 3),
        "planning_seconds": round(made.planning, 3),
        "database_bytes_per_recipient": round(made.database_bytes / people, 1),
        "peak_rss_mb": round(host.peak_rss_mb(), 1),
    }


def main() -> None:
    import uvloop

    url, channel, people = sys.argv[1:]
    found = uvloop.run(_one(url, channel, int(people)))
    print(json.dumps(found), flush=True)  # noqa: T201
    os._exit(0)  # nothing is left to save; taking aiogram down costs seconds


if __name__ == "__main__":
    main()
