"""What is kept of a round that did not hold: its database, its logs, and what the sandbox saw."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from lab.chaos.play import Result
from lab.chaos.reconciliation import connect
from lab.chaos.world import House


def again(seed: int, number: int) -> str:
    """The command that plays only this round."""
    return f"tellal chaos --seed {seed} --only {number}"


def keep(house: House, result: Result, seed: int) -> str:
    """A folder nobody removes; the house's processes must have ended."""
    folder = Path(tempfile.mkdtemp(prefix=f"tellal-chaos-{seed}-round-{result.plan.number}-"))
    verdict = result.verdict
    found = {
        "again": again(seed, result.plan.number),
        "broadcast": result.broadcast,
        "lost": verdict.lost,
        "sent_twice": verdict.sent_twice,
        "wrong": verdict.wrong,
        "after": verdict.after,
        "plan": str(result.plan),
        "faults": result.faults,
        "received": result.received,
    }
    (folder / "round.json").write_text(json.dumps(found, indent=1, ensure_ascii=False))
    for number, product in enumerate(house.products, 1):
        name = f"process-{number:02d}-ended-{product.process.returncode}.log"
        (folder / name).write_text(product.output)
    if house.database.exists():
        with closing(connect(house.database)) as db, closing(_copy(folder)) as copy:
            db.backup(copy)
    return str(folder)


def _copy(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "tellal.db")
