"""`tellal chaos`: real processes on the sandbox, killed, starved, frozen and cut off; then counted."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from broadcast.states import BroadcastStatus
from lab.chaos import evidence
from lab.chaos.plan import Act, Plan, houses, plan_alone
from lab.chaos.play import Result, Round
from lab.chaos.reconciliation import End
from lab.chaos.world import Lane
from sandbox.stage import Deviation

LANES = 2


async def play_rounds(
    waiting: list[list[Plan]], seed: int, lanes: int, told: Callable[[Result], None]
) -> list[Result]:
    """Play the rounds; houses are taken by whichever lane is free."""
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="tellal-chaos-") as folder:

        async def work(name: str) -> None:
            async with Lane(Path(folder) / name, name) as lane:
                while waiting:
                    for result in await _live(lane, waiting.pop(0), seed):
                        results.append(result)
                        told(result)

        async with asyncio.TaskGroup() as group:
            for i in range(min(lanes, len(waiting))):
                group.create_task(work(f"lane-{i + 1}"))
    return results


async def _live(lane: Lane, plans: list[Plan], seed: int) -> list[Result]:
    """One house's rounds, one after another; a broken one ends the house, and is kept."""
    house = lane.house(meta=plans[0].meta)
    found: list[Result] = []
    try:
        await house.furnish(plans[0].people)
        for plan in plans:
            found.append(await Round(house, plan).play())
            if not found[-1].verdict.holds:
                break
    except Deviation as wrong:
        found.append(Result(plans[0]))
        found[-1].verdict.wrong.append(f"the house could not be furnished: {wrong}")
    finally:
        await house.close()
    if not found[-1].verdict.holds:
        found[-1].kept = evidence.keep(house, found[-1], seed)
    return found


def summary(results: list[Result], seed: int) -> dict[str, Any]:
    """What `--json` prints. `uncertain`: in flight when the process was killed, and nobody told us
    since; `uncertain_by_answer`: the platform's own answer was lost. The rows after each are the
    most they can be, which every round is held to. `after_…`: messages that came after a STOP that was
    confirmed, a cancel, an approval that was void; `…_confirmed`: how often that was listened for.
    `claimed_ahead_seconds`: the most sending, at any kill, that was on disk as begun and had never
    been asked for (0.2 are promised)."""
    return {
        "rounds": len(results),
        "lost": sum(len(r.verdict.lost) for r in results),
        "sent_twice": sum(len(r.verdict.sent_twice) for r in results),
        **{f"after_{end}": sum(len(r.verdict.after[end]) for r in results) for end in End},
        **{f"{end}_confirmed": sum(r.ended_by[end] for r in results) for end in End},
        "claimed_ahead_seconds": round(
            max((r.claimed_ahead_seconds for r in results), default=0), 3
        ),
        "uncertain": sum(r.died for r in results),
        "in_flight_at_kills": sum(r.in_flight_at_kills for r in results),
        "uncertain_by_answer": sum(r.unanswered for r in results),
        "ambiguous_answers": sum(r.ambiguous_answers for r in results),
        "kills": sum(r.kills for r in results),
        "people": sum(r.people for r in results),
        "on_whatsapp_and_messenger": sum(r.on_meta for r in results),
        "completed": sum(r.ended == BroadcastStatus.COMPLETED for r in results),
        "cancelled": sum(r.ended == BroadcastStatus.CANCELLED for r in results),
        "broken_rounds": sum(not r.verdict.holds for r in results),
        **{f"planned_{act}": sum(r.plan.count(act) for r in results) for act in Act},
        "real_enospc": all(r.real_enospc for r in results),
        "seed": seed,
    }


def main(*, rounds: int, seed: int | None, only: int | None, as_json: bool) -> int:
    """Returns 0 when every round held, 1 when one did not. `only`: that round of the seed."""
    seed = random.randrange(1, 1 << 31) if seed is None else seed
    plans = plan_alone(seed, only) if only else houses(seed, rounds)
    rounds = sum(map(len, plans))
    console = Console(stderr=as_json)
    console.print(f"{rounds} rounds, seed {seed}")
    columns = (TextColumn("rounds"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("rounds", total=rounds)

        def told(result: Result) -> None:
            progress.advance(task)
            if not result.verdict.holds:
                _complain(console, result, seed)

        begun = monotonic()
        results = asyncio.run(play_rounds(plans, seed, LANES, told))
    found = summary(results, seed)
    found |= {"rounds_asked": rounds, "seconds": round(monotonic() - begun)}
    _show(console, found)
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    return 0 if not found["broken_rounds"] and len(results) == rounds else 1


def _complain(console: Console, result: Result, seed: int) -> None:
    verdict = result.verdict
    console.print(f"Round {result.plan.number} did not hold:", style="bold red")
    for what, found in (
        ("lost", verdict.lost), ("sent twice", verdict.sent_twice), ("wrong", verdict.wrong),
        *verdict.after.items(),
    ):  # fmt: skip
        for line in found[:5]:
            console.print(f"  {what}: {line}", markup=False)
    console.print(f"  Its database and logs: {result.kept}", markup=False, soft_wrap=True)
    console.print(f"  Once more: {evidence.again(seed, result.plan.number)}", markup=False)


def _show(console: Console, found: dict[str, Any]) -> None:
    table = Table("what", "count", title="Ledger beside sandbox, after everything")
    for name, value in found.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
