"""Three strangers write 300 messages a second during a broadcast: who leaves, and who cancels.

A STOP counts from the moment the platform has it until it is in the database, and nothing may reach
that phone afterwards; those who say it are the next whose turn it is. A cancel counts until it is
carried out and the last message of its broadcast has come.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from lab.bench.flood_stage import APPROVER, RATE, Scene, scene
from lab.bench.report import Step
from sandbox.people import FIRST_ID

STRANGERS, PER_SECOND = 3, 300.0
STOP_SECONDS, CANCEL_SECONDS, GROWTH_MB = 1.0, 2.0, 50.0
LARGE = "large"
_AHEAD = 45  # people between the one whose turn it is and the one who leaves: a second and a half
_APART_SECONDS = 0.4
_AFTER_SECONDS = 3.0  # in which a message that should not come would have come
_FEW = 8  # messages of a broadcast before it is cancelled


@dataclass
class Found:
    """What was seen, in seconds and megabytes."""

    stops: dict[int, float] = field(default_factory=dict)  # person: when they said it
    cancels: dict[int, tuple[str, float]] = field(default_factory=dict)  # number: mark, when
    memory: list[float] = field(default_factory=list)


async def flood(stops: int, cancels: int, step: Step) -> dict[str, Any]:
    """`stops` people leave one after another, `cancels` broadcasts are cancelled meanwhile."""
    people = int(RATE * (stops * _APART_SECONDS + cancels * 5 + 60))
    with tempfile.TemporaryDirectory(prefix="tellal-bench-") as name:
        step("starting the product")
        async with scene(Path(name), people) as on:
            await on.launch(LARGE)
            await on.until("the large one begins", partial(_reached, on, LARGE, 2 * _FEW))
            return await _under_flood(on, Found(), stops, cancels, step)


async def _reached(on: Scene, mark: str, count: int) -> bool:
    return on.reached(mark) >= count


async def _under_flood(
    on: Scene, found: Found, stops: int, cancels: int, step: Step
) -> dict[str, Any]:
    before = on.memory_mb()
    strangers = [FIRST_ID + on.people + n for n in range(STRANGERS)]
    began, reached = monotonic(), len(on.phones)
    await on.ask("flood", people=strangers, count=10_000_000, per_second=PER_SECOND)
    watching = asyncio.create_task(_watch(on, found))
    try:
        await asyncio.gather(_leave(on, found, stops, step), _cancel(on, found, cancels))
    finally:
        watching.cancel()
    flooded = int((await on.ask("flood", "GET"))[0]["sent"])
    seconds, sent = monotonic() - began, len(on.phones) - reached
    await asyncio.sleep(_AFTER_SECONDS)
    found.memory.append(on.memory_mb())
    answers = sum(on.received[who] for who in strangers)
    return _figures(on, found) | {
        "stops": stops, "cancels": cancels, "strangers_per_second": round(flooded / seconds, 1),
        "strangers_messages": flooded, "strangers_answered": answers,
        "broadcasts_per_second": round(sent / seconds, 1),
        "rss_growth_mb": round(max(found.memory) - before, 1), "seconds": round(seconds, 1),
    } | _judged(on, found, max(found.memory) - before)  # fmt: skip


async def _leave(on: Scene, found: Found, stops: int, step: Step) -> None:
    """Those who are the next to get it, one after another."""
    last = FIRST_ID
    for number in range(stops):
        last = max(last + 1, FIRST_ID + on.reached(LARGE) + number + _AHEAD)
        found.stops[last] = on.say(last, "STOP")
        step("people leave", number + 1, stops)
        await asyncio.sleep(_APART_SECONDS)
    await on.until("the last has left", partial(_all_in, found.stops, on.left))


async def _cancel(on: Scene, found: Found, cancels: int) -> None:
    for number in range(cancels):
        mark = f"c{number}"
        broadcast = await on.launch(mark)
        await on.until("it is being sent", partial(_reached, on, mark, _FEW))
        found.cancels[broadcast] = mark, on.say(APPROVER, f"/cancel {broadcast} now")
        await on.until("it is cancelled", partial(_all_in, found.cancels, on.cancelled))


async def _all_in(wanted: Mapping[int, Any], there: Mapping[int, float]) -> bool:
    return wanted.keys() <= there.keys()


async def _watch(on: Scene, found: Found) -> None:
    while True:
        found.memory.append(on.memory_mb())
        await asyncio.sleep(0.25)


def _stop_seconds(on: Scene, found: Found) -> list[float]:
    return sorted(on.left[person] - said for person, said in found.stops.items())


def _cancel_seconds(on: Scene, found: Found) -> list[float]:
    """Until it was carried out, and its last message had come."""
    return sorted(
        max(on.cancelled[number], on.latest.get(mark, 0.0)) - said
        for number, (mark, said) in found.cancels.items()
    )


def _late(on: Scene, found: Found) -> int:
    """Messages of a broadcast to somebody whose leaving was in force."""
    return sum(
        1 for (person, _), at in on.phones.items() if person in found.stops and at > on.left[person]
    )


def _figures(on: Scene, found: Found) -> dict[str, Any]:
    stops, cancels = _stop_seconds(on, found), _cancel_seconds(on, found)
    return {
        "stop_p50_seconds": _rank(stops, 0.5), "stop_p99_seconds": _rank(stops, 0.99),
        "stop_max_seconds": _rank(stops, 1.0), "sent_after_stop": _late(on, found),
        "command_p50_seconds": _rank(cancels, 0.5), "command_p99_seconds": _rank(cancels, 0.99),
        "command_max_seconds": _rank(cancels, 1.0),
    }  # fmt: skip


def _judged(on: Scene, found: Found, growth: float) -> dict[str, bool]:
    stops, cancels = _stop_seconds(on, found), _cancel_seconds(on, found)
    held = (
        _rank(stops, 0.99) <= STOP_SECONDS
        and cancels[-1] <= CANCEL_SECONDS
        and growth <= GROWTH_MB
        and not _late(on, found)
    )
    return {"holds": held}


def _rank(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)
