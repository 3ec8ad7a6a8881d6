"""Takes the pictures of docs/slack.md: `python -m tests.e2e.slack_pictures` (needs Chromium, fonts-inter)."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import expect

from tests.e2e import stage
from tests.e2e.slack_pane import become, card_of, close, fill, opened, preview, submit
from tests.e2e.stage import browser_page
from tests.e2e.taking import PICTURES, taken

TITLE, REST = "The market moves", " to the harbour this Saturday."
LIST = ("bring your own bags", "the ferry runs every hour")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, stage.demo(Path(folder), 120) as address:
        async with browser_page(1560, 1000) as page:
            pane, modal = await opened(page, address), page.locator("dialog.modal")
            await fill(
                page, TITLE, REST, bullets=LIST, button="See the map - https://example.org/map"
            )
            await taken(page, PICTURES / "slack-compose.png", modal)
            await preview(page)
            await taken(page, PICTURES / "slack-preview.png", modal)
            await submit(page)
            await fill(page, "Library hours", " in December")
            await preview(page)
            await close(page)
            await fill(page, "No school", " on Monday")
            await preview(page)
            await submit(page)

            card = card_of(pane, TITLE)
            await become(pane, "Mert Kaya")
            await card.get_by_role("button", name="Approve").click()
            await expect(card).to_contain_text("Approved by Mert Kaya")
            await expect(card).to_contain_text("Status: being sent")
            await become(pane, "Ece Yılmaz")
            await pane.get_by_role("button", name="Home").click()
            home = pane.locator(".slack-home")
            await expect(home).to_contain_text("being sent")
            await taken(page, PICTURES / "slack-home.png", pane)
            await pane.get_by_role("button", name="broadcasts").click()
            await expect(card).to_contain_text("Took ")
            await page.mouse.move(1, 1)
            await taken(page, PICTURES / "slack-card.png", pane)


if __name__ == "__main__":
    asyncio.run(main())
