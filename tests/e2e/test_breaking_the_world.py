"""The page's buttons that break the world, pressed while a broadcast goes out: the ledger adds up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from sandbox.server import running
from tests.e2e import stage
from tests.e2e.stage import become, browser_page, drafted, press, team, write

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]
ENDS = ("sent", "failed", "skipped", "uncertain", "open")
SLOW = {"kind": "latency", "seconds": 1.0, "jitter": 1.0}


@pytest.fixture(scope="module")
def town(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo with some forty people."""
    with stage.demo(tmp_path_factory.mktemp("town"), 40) as address:
        yield address


async def control(address: str, verb: str, http: str = "POST", /, **data: Any) -> Any:
    async with aiohttp.ClientSession() as client:
        sent: dict[str, Any] = {"json": data} if http == "POST" else {"params": data}
        async with client.request(http, f"{address}/control/{verb}", **sent) as answer:
            return await answer.json()


@asynccontextmanager
async def breaking(address: str) -> AsyncIterator[tuple[Page, Locator]]:
    """The page with the pane open; everything is mended at the end."""
    async with browser_page(1440, 900) as page:
        await page.goto(address)
        await page.get_by_role("button", name="Break something").first.click()
        try:
            yield page, page.locator("#breaking")
        finally:
            await control(address, "break", what="mend")
            await control(address, "faults", "DELETE")


async def approved(page: Page, words: str) -> None:
    """A broadcast up to its undo hold."""
    ayse = team(page)
    await become(page, "Ayşe")
    await write(ayse, "/new")
    await expect(ayse.locator(".theirs").last).to_contain_text("is open")
    await write(ayse, words)
    await drafted(ayse, words)
    await press(ayse, "Submit for approval")
    await become(page, "Murat")
    await press(ayse, "Approve")


async def slow(address: str) -> None:
    """So slow that there is a middle of it."""
    await control(address, "faults", channel="telegram", method="send*", **SLOW)
    for channel in ("whatsapp", "messenger"):
        await control(address, "faults", channel=channel, method="messages", **SLOW)


async def begun(pane: Locator) -> None:
    """The newest broadcast is on its way."""
    await expect(pane.locator(".breaking-note")).to_contain_text("to go", timeout=40_000)


async def table(pane: Locator) -> dict[str, list[int | None]]:
    """The numbers of the ledger by row; a dash is None."""
    rows: list[list[str]] = await pane.locator(".ledger tbody tr").evaluate_all(
        "rows => rows.map(row => [row.className, ...[...row.cells].slice(1).map(cell => cell.textContent)])"
    )
    return {name: [None if c == "–" else int(c) for c in cells] for name, *cells in rows}


async def adds_up(pane: Locator, number: str) -> dict[str, list[int | None]]:
    """Waits for the end of this broadcast; the table, which must add up in every column."""
    await expect(pane.locator("caption")).to_contain_text(number)
    note = pane.locator(".breaking-note")
    await expect(note).to_have_text("It adds up. Nobody got it twice.", timeout=90_000)
    found = await table(pane)
    for column, planned in enumerate(found["planned"]):
        assert planned == sum(found[end][column] or 0 for end in ENDS)
        sent, shown = found["sent"][column] or 0, found["phones"][column]
        assert shown is not None
        assert sent <= shown <= sent + (found["uncertain"][column] or 0)
    return found


async def number_of(pane: Locator) -> str:
    """The broadcast that has just begun, as the caption names it."""
    await begun(pane)
    return (await pane.locator("caption").inner_text()).split(":")[0].split("#")[1]


async def test_phones_that_block_are_found_out_and_counted_as_failed(town: str) -> None:
    async with breaking(town) as (page, pane):
        for _ in range(3):
            await pane.get_by_role("button", name="Block 10 %").click()
        await expect(pane.locator(".way.broken")).to_contain_text("have blocked us")
        await slow(town)
        await approved(page, "For those who did not block")
        found = await adds_up(pane, await number_of(pane))
        assert found["failed"][-1]
        await pane.get_by_role("button", name="Mend everything").click()
        await expect(pane.locator(".way.broken")).to_have_count(0)


async def test_telegrams_429_is_waited_out_and_nobody_is_lost(town: str) -> None:
    async with breaking(town) as (page, pane):
        await approved(page, "Slower, please")
        await pane.get_by_role("button", name="Telegram says 429").click()
        await expect(pane.locator(".way.broken")).to_contain_text("Waits for the next message")
        found = await adds_up(pane, await number_of(pane))
        await expect(pane.locator(".way.broken")).to_have_count(0)
        assert found["uncertain"][0] == 0


async def test_a_killed_bot_comes_back_and_nobody_gets_it_twice(town: str) -> None:
    async with breaking(town) as (page, pane):
        await slow(town)
        await approved(page, "Through a crash")
        number = await number_of(pane)
        await pane.get_by_role("button", name="Kill the bot").click()
        await pane.get_by_role("button", name="Kill the bot").click()  # it cannot die twice
        await expect(pane.locator(".way.broken")).to_contain_text("It is dead")
        await expect(page.locator("#counters")).to_contain_text("The bot is not running.")
        await expect(pane.locator(".way.broken")).to_have_count(0, timeout=60_000)
        await adds_up(pane, number)


async def test_a_network_that_was_away_leaves_every_one_accounted_for(town: str) -> None:
    async with breaking(town) as (page, pane):
        await slow(town)
        await approved(page, "Through a dead network")
        number = await number_of(pane)
        await pane.get_by_role("button", name="No network for 30 s").click()
        await expect(pane.locator(".way.broken")).to_contain_text("s more")
        await expect(pane.locator(".way.broken")).to_have_count(0, timeout=60_000)
        resume = team(page).locator(".key", has_text="Resume")
        note = pane.locator(".breaking-note")
        whole = note.filter(has_text="Nobody got it twice")
        await expect(whole.or_(resume).first).to_be_visible(timeout=90_000)
        if await resume.count():  # it stopped by itself, and asks
            await resume.last.click()
        await adds_up(pane, number)


async def test_nothing_can_be_broken_where_no_demo_runs_the_bot(chromium: str) -> None:
    async with running(people=4) as sandbox, browser_page(1440, 900) as page:
        await page.goto(sandbox.url)
        await expect(page.locator("#live.on")).to_be_visible()
        await expect(page.locator("#phones .device").first).to_be_visible()
        await expect(page.get_by_role("button", name="Break something")).to_have_count(0)
        await expect(page.locator("#breaking")).to_be_hidden()
