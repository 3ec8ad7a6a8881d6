"""Takes the pictures of docs/slack.md: `python -m tests.e2e.slack_pictures` (needs Chromium, fonts-inter)."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e import stage
from tests.e2e.pictures import PICTURES
from tests.e2e.stage import attach, browser_page

TITLE, REST = "The market moves", " to the harbour this Saturday."
LIST = ("bring your own bags", "the ferry runs every hour")
# Pictures out of sight are not fetched at all.
_SHOWN = """[...document.images].every(image => image.complete || !image.offsetParent
  || image.getBoundingClientRect().top > innerHeight || image.getBoundingClientRect().bottom < 0)"""


async def opened(page: Page, address: str) -> Locator:
    await page.goto(address)
    await page.locator("#switch").get_by_role("button", name="Slack").click()
    pane = page.locator("#slack")
    await expect(pane.get_by_label("Message to #broadcasts")).to_be_visible()
    return pane


async def say(pane: Locator, words: str) -> None:
    box = pane.get_by_label("Message to #broadcasts")
    await box.fill(words)
    await box.press("Enter")


async def compose(page: Page, pane: Locator) -> None:
    modal = page.locator("dialog.modal")
    await say(pane, "/broadcast new")
    await modal.get_by_label("Message").click()
    await modal.get_by_role("button", name="Bold").click()
    await page.keyboard.type(TITLE)
    await modal.get_by_role("button", name="Bold").click()
    await page.keyboard.type(REST)
    await page.keyboard.press("Enter")
    await modal.get_by_role("button", name="Bulleted list").click()
    for number, line in enumerate(LIST):
        if number:
            await page.keyboard.press("Enter")
        await page.keyboard.type(line)
    await attach(modal, "Sea")
    await modal.get_by_label("Buttons").fill("See the map - https://example.org/map")


async def taken(page: Page, name: str, what: Locator | None = None) -> None:
    """Once every picture in it is there."""
    await page.wait_for_load_state("networkidle")
    await page.wait_for_function(_SHOWN)
    await (what or page).screenshot(path=PICTURES / name)


async def draft(page: Page, pane: Locator, words: str) -> None:
    modal = page.locator("dialog.modal")
    await say(pane, "/broadcast new")
    await modal.get_by_label("Message").click()
    await page.keyboard.type(words)
    await modal.get_by_role("button", name="Preview").click()
    await expect(modal.get_by_role("button", name="Submit for approval")).to_be_visible()


async def close(page: Page) -> None:
    modal = page.locator("dialog.modal")
    await modal.get_by_role("button", name="Close").last.click()
    await expect(modal).to_be_hidden()


async def submit(page: Page) -> None:
    modal = page.locator("dialog.modal")
    await modal.get_by_role("button", name="Submit for approval").click()
    await expect(modal).to_contain_text("waiting for approval")
    await close(page)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, stage.demo(Path(folder), 120) as address:
        async with browser_page(1560, 1000) as page:
            pane, modal = await opened(page, address), page.locator("dialog.modal")
            await compose(page, pane)
            await taken(page, "slack-compose.png", modal)
            await modal.get_by_role("button", name="Preview").click()
            await expect(modal.get_by_role("button", name="Submit for approval")).to_be_visible()
            await taken(page, "slack-preview.png", modal)
            await submit(page)
            await draft(page, pane, "Library hours in December")
            await close(page)
            await draft(page, pane, "No school on Monday")
            await submit(page)

            card = pane.locator(".slack-message:not(.ephemeral)", has_text=TITLE).last
            await pane.get_by_role("tab", name="Mert Kaya").click()
            await card.get_by_role("button", name="Approve").click()
            await expect(card).to_contain_text("Approved by Mert Kaya")
            await expect(card).to_contain_text("Status: being sent")
            await pane.get_by_role("tab", name="Ece Yılmaz").click()
            await pane.get_by_role("button", name="Home").click()
            home = pane.locator(".slack-home")
            await expect(home).to_contain_text("being sent")
            await taken(page, "slack-home.png", pane)
            await pane.get_by_role("button", name="broadcasts").click()
            await card.get_by_role("button", name="View thread").click()
            await expect(pane.locator(".slack-thread")).to_contain_text("Took ")
            await expect(pane.locator(".slack-thread")).to_contain_text("100 %")
            await page.mouse.move(1, 1)
            await taken(page, "slack-card.png", pane)


if __name__ == "__main__":
    asyncio.run(main())
