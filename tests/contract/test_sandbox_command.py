"""python -m sandbox: one line when it listens, gone at once on SIGTERM, the page at /."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import aiohttp
import pytest

import sandbox.server
from tests.contract.wire import Wire


async def test_it_says_where_it_listens_and_stops_promptly_in_the_middle_of_a_poll() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "0", "--people", "5", "--rate", "0",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        url = next(word for word in line.split() if word.startswith("http://"))
        assert line == f"sandbox listening on {url} with 5 people\n"
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{url}/control/limits") as answer:
                told = await answer.json()
            assert told.pop("chat_burst") and not any(told.values()), told
            poll = asyncio.create_task(http.get(f"{url}/bot1:A/getUpdates?timeout=50"))
            await asyncio.sleep(0.1)
            began = time.monotonic()
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 60) == 0
            assert time.monotonic() - began < 30, "the poll would be held for 50"
            await asyncio.gather(poll, return_exceptions=True)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_page_is_served_uncached_and_nothing_above_it(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<p>demo</p>")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(sandbox.server, "PAGE", page)
    async with wire.http.get(f"{wire.url}/") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert await answer.text() == "<p>demo</p>"
    for path in ("/..%2fsecret.txt", "/nothing.js"):
        async with wire.http.get(f"{wire.url}{path}") as answer:
            assert answer.status == 404
