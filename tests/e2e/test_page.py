"""The demo page in a real browser: compose, submit, approve, and a subscriber receives."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.demo import Processes, free_port
from sandbox.scenario import APPROVER, AUTHOR, Story

CHROMIUM = shutil.which("chromium")
WORDS = "Water is off tomorrow"
pytestmark = pytest.mark.e2e


def _need_chromium() -> str:
    if CHROMIUM is None:
        reason = "The browser tests need Debian's Chromium: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return CHROMIUM


async def test_a_broadcast_goes_from_the_authors_phone_to_a_subscribers(tmp_path: Path) -> None:
    chromium = _need_chromium()
    import aiohttp
    from playwright.async_api import async_playwright, expect

    processes = Processes(
        tmp_path, free_port(), 10, TELLAL_OWNERS=f"telegram:{AUTHOR},telegram:{APPROVER}",
        TELLAL_UNDO_HOLD_SECONDS="1",
    )  # fmt: skip
    try:
        await processes.open_sandbox()
        story = Story(processes.url, processes, 10, lambda _: None)
        async with aiohttp.ClientSession() as story.client:
            await story.ask("people", id=AUTHOR, name="Ayşe", language="en")
            await story.ask("people", id=APPROVER, name="Murat", language="en")
            await processes.start()
            await story.ask("start", people=[AUTHOR, APPROVER])
            await story.ask("crowd", count=10, opt_in_share=1.0)

            async def everybody_in() -> bool:
                return bool((await story.ask("crowd", "GET"))[0]["done"])

            await story._until("everybody in", everybody_in)
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path=chromium,
                args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
            )
            page = await browser.new_page(viewport={"width": 390, "height": 844})
            await page.goto(processes.url)
            admin, subscriber = page.locator("#admin"), page.locator("#subscriber")
            for words, answer in (("/new", "is open"), (WORDS, "Status")):
                await admin.get_by_label("Message").fill(words)
                await admin.get_by_role("button", name="Send", exact=True).click()
                await expect(admin.locator(".chat")).to_contain_text(answer, timeout=15_000)
            await admin.get_by_role("button", name="Submit for approval").click()
            await admin.locator("select").select_option(str(APPROVER))
            await admin.get_by_role("button", name="Approve").first.click(timeout=15_000)
            await expect(subscriber.locator(".chat")).to_contain_text(WORDS, timeout=20_000)
            overflow = "document.documentElement.scrollWidth > innerWidth"
            assert not await page.evaluate(overflow), "the page fits a phone"
            await browser.close()
    finally:
        await processes.close()
