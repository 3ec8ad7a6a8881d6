"""The story of `tellal demo --play`: the process is killed half-way, and the sums agree."""

from __future__ import annotations

import asyncio
import sys

import pytest


@pytest.mark.chaos
async def test_the_story_holds_with_a_kill_half_way() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--play", stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"The story held." in said
