"""Takes the pictures of docs/pictures: `python -m tests.e2e.pictures` (needs Chromium, fonts-inter)."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e import stage
from tests.e2e.slack_pane import fill, opened, preview, say, submit
from tests.e2e.stage import attach, become, browser_page, drafted, phone, press, team, write
from tests.e2e.taking import PICTURES, taken

MESSAGE = """**Summer concert** this Saturday at 20:00 in the __old harbour__.
> Bring a blanket, bring a friend.
Free entry, doors at 19:00."""


async def compose(page: Page) -> None:
    """Ayşe writes, with a picture and a button, and asks for approval."""
    ayse = team(page)
    await write(ayse, "/new")
    await expect(ayse.locator(".chat")).to_contain_text("is open")
    await attach(ayse, "Sunset")
    await write(ayse, MESSAGE)
    await drafted(ayse, "concert")
    await press(ayse, "Add button")
    await expect(ayse.locator(".chat")).to_contain_text("label and address")
    await write(ayse, "Save my seat - https://example.org/seat")
    await expect(ayse.locator(".theirs a.key", has_text="Save my seat")).to_be_visible()
    await drafted(ayse, "concert")
    await press(ayse, "Submit for approval")


async def compose_in_slack(page: Page) -> None:
    """Ece writes in Slack's form and asks for approval; Murat approves on his phone."""
    await say(page.locator("#slack"), "Shall we tell people about Saturday?")
    await fill(
        page, "The market moves", " to the harbour this Saturday.",
        button="See the map - https://example.org/map",
    )  # fmt: skip
    await preview(page)
    await submit(page)


async def all_read(page: Page) -> None:
    """The concert has come to the phones of all three platforms, and was read where that is told."""
    for channel in ("telegram", "whatsapp", "messenger"):
        device = page.locator(f"#phones .device[data-channel={channel}]")
        message = device.locator(".theirs", has_text="concert")
        await expect(message).to_be_visible()
        if channel != "telegram":
            await expect(message.get_by_role("img", name="read")).to_be_visible()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, stage.demo(Path(folder), 120) as address:
        async with browser_page(1400, 860) as page:
            await page.goto(address)
            await compose(page)
            await become(page, "Murat")
            await press(team(page), "Approve")
            await expect(phone(page).locator(".theirs", has_text="concert")).to_be_visible()
            await expect(team(page).locator(".chat")).to_contain_text("a second")
            await taken(page, PICTURES / "demo.png")
            await expect(page.locator("#counters")).to_contain_text("Everyone is accounted for")
            await all_read(page)
            await taken(page, PICTURES / "phones.png", page.locator("#phones .shelf"))
        async with browser_page(1440, 900) as page:
            await opened(page, address)
            await compose_in_slack(page)
            await page.locator("#switch").get_by_role("button", name="Telegram").click()
            await become(page, "Murat")
            await press(team(page), "Approve")
            await page.locator("#switch").get_by_role("button", name="Slack").click()
            card = page.locator("#slack .slack-message", has_text="The market moves")
            await card.get_by_role("button", name="View thread").click()
            await expect(page.locator(".slack-thread")).to_contain_text("a second")
            await taken(page, PICTURES / "slack.png")
            await expect(page.locator("#counters")).to_contain_text("Everyone is accounted for")
        async with browser_page(390, 844, scale=2) as page:
            await page.goto(address)
            await page.locator("#tabs [data-pane=phones]").click()
            await expect(phone(page).locator(".theirs", has_text="concert")).to_be_visible()
            await taken(page, PICTURES / "demo-phone.png")


if __name__ == "__main__":
    asyncio.run(main())
