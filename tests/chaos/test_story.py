"""The story of `tellal demo --play`: three platforms, a kill half-way, and the sums agree."""

from __future__ import annotations

import asyncio
import sys

import pytest


@pytest.mark.chaos
@pytest.mark.timeout(600)  # the story has a watchdog of its own
async def test_the_story_holds_with_a_kill_half_way() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--play", stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"Nobody received it twice. The story held." in said
    assert all(name in said for name in (b"Telegram", b"WhatsApp", b"Messenger"))
