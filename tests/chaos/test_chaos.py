"""A short `tellal chaos`: real processes, really killed; nobody is lost and nobody gets two."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

SEED = 20


@pytest.mark.chaos
@pytest.mark.timeout(240)
async def test_nobody_is_lost_or_gets_two_whatever_happens() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "chaos", "--rounds", "4", "--seed", str(SEED), "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    found = json.loads(said.splitlines()[-1])
    assert (found["rounds"], found["lost"], found["sent_twice"]) == (4, 0, 0)
    assert found["uncertain"] <= found["in_flight_at_kills"]
    assert found["uncertain_by_answer"] <= found["ambiguous_answers"]
    assert found["kills"] >= 4
    assert [found[f"after_{end}"] for end in ("stop", "cancel", "expired_approval")] == [0, 0, 0]
    assert found["claimed_ahead_seconds"] <= 0.2
    assert found["seed"] == SEED
