"""The product is killed: its owner hears of it in the chat, with a banner at the terminal again."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sys
from pathlib import Path

from tests.attacks.stage import OWNER, Town, town

PATIENCE_SECONDS = 60.0


async def told_of_the_end(made: Town) -> list[str]:
    return [words for words in await made.said(OWNER) if "I was not running" in words]


async def test_the_owner_hears_of_a_kill_and_not_of_a_stop(tmp_path: Path) -> None:
    async with town(tmp_path, people=2) as made:
        await made.restart()
        assert await told_of_the_end(made) == []
        assert made.product is not None
        await made.product.kill()
        await made.start()

        async def heard() -> list[str] | None:
            return await told_of_the_end(made) or None

        (words,) = await made.until("a word about the end", heard)
        assert "Nothing was on its way" in words
        assert re.search(r"\d\d:\d\d – \d\d:\d\d \(", words) or words.count("(") > 1, words


async def shown(folder: Path, settings: dict[str, str], until: str) -> str:
    """What `tellal run` shows at a terminal until it says this; then it is stopped."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=folder, env=settings | {"TERM": "xterm"},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while until.encode() not in said:
                said += await loop.run_in_executor(None, os.read, ours, 65536)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)
    return said.decode()


async def test_at_a_terminal_it_says_who_it_is_and_where(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, start=False) as made:
        said = await shown(tmp_path, made.environment(), "Press Ctrl+C")
        assert "Tellal 0." in said and "Town Hall" in said
        assert "@attacked_bot" in said and "https://t.me/attacked_bot" in said
        assert made.product_url in said
        assert '"event"' not in said, "sentences, no records"
        turkish = made.environment() | {"TELLAL_LANGUAGE": "tr"}
        assert "Kanallar" in await shown(tmp_path, turkish, "Durdurmak için")
