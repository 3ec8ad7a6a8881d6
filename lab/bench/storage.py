"""The store alone: planning, claiming and recording many deliveries, as the engine asks for it."""

from __future__ import annotations

from time import monotonic, process_time
from typing import Any

from broadcast.clock import steady_unix
from broadcast.store.deliveries import Sent, Wish
from lab.bench import host
from lab.bench.installation import ACCOUNT, House, house, launched
from lab.bench.report import Step

CLAIM = 512  # as many as an engine without a limit claims ahead
_PARTS = 10


async def storage(channel: str, rows: int, step: Step) -> dict[str, Any]:
    """Rows a second; `flat` compares the last tenth of the rows with the first."""
    host.take_sender_core()
    async with house(channel) as made:
        step("people")
        await made.fill(rows)
        number = await launched(made)
        locks = _time_locks(made)
        before = await made.database_bytes()
        step(f"planning {rows:,} rows")
        begun, cpu = monotonic(), process_time()
        await made.ledger.plan(number, {}, [f"{channel}:{ACCOUNT}"])
        planning, planning_cpu, lock = monotonic() - begun, process_time() - cpu, max(locks)
        locks.clear()
        step("claiming and recording")
        parts, cpu = await _claim_and_record(made, number, rows)
        step("counting")
        begun = monotonic()
        await made.ledger.tallies(number)
        glance = monotonic() - begun
        begun = monotonic()
        counts = await made.ledger.prove(number)
        proof = monotonic() - begun
        if sum(counts.values()) != rows:
            raise SystemExit(f"bench: {counts} of {rows} rows")
        size = await made.database_bytes() - before
    return {
        "rows": rows,
        "planning_seconds": round(planning, 3),
        "planning_cpu_seconds": round(planning_cpu, 3),
        "planning_worst_lock_ms": round(1000 * lock, 1),
        "claim_record_rows_per_second": round(rows / sum(parts), 1),
        "claim_record_cpu_us_per_row": round(1_000_000 * cpu / rows, 2),
        "claim_record_last_tenth_to_first": round(parts[0] / parts[-1], 3),
        "claim_record_worst_lock_ms": round(1000 * max(locks), 1),
        "sums_at_a_glance_ms": round(1000 * glance, 2),
        "sums_proved_ms": round(1000 * proof, 1),
        "database_bytes_per_recipient": round(size / rows, 1),
    }


async def _claim_and_record(made: House, number: int, rows: int) -> tuple[list[float], float]:
    """Seconds of each tenth of the rows, and the CPU seconds of all."""
    wish = Wish(number, made.channel, ACCOUNT, size=CLAIM)
    parts: list[float] = []
    sent: list[Sent] = []
    done, begun, cpu = 0, monotonic(), process_time()
    while True:
        batch = await made.ledger.exchange(sent, [], wish._replace(now=steady_unix()))
        done += len(sent)
        if len(parts) < _PARTS and done * _PARTS >= rows * (len(parts) + 1):
            parts.append(monotonic() - begun)
            begun = monotonic()
        if not batch.claimed:
            return parts, process_time() - cpu
        sent = [Sent(one.delivery_id, steady_unix(), "123456") for one in batch.claimed]
        wish = wish._replace(after=batch.reached)


def _time_locks(made: House) -> list[float]:
    """Seconds of each transaction of the hot path, from its beginning to the end of its commit."""
    work, seconds = made.core.store.work, list[float]()

    async def timed(job: Any) -> Any:
        begun = monotonic()
        try:
            return await work(job)
        finally:
            seconds.append(monotonic() - begun)

    made.core.store.work = timed  # type: ignore[method-assign]
    return seconds
