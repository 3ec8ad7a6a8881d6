"""What a person does in the page's Slack workspace, with the product behind it."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.async_api import Locator, Page, expect

from tests.e2e.stage import attach


async def opened(page: Page, address: str) -> Locator:
    """The Slack pane, in #broadcasts."""
    await page.goto(address)
    await page.locator("#switch").get_by_role("button", name="Slack").click()
    pane = page.locator("#slack")
    await expect(pane.get_by_label("Message to #broadcasts")).to_be_visible()
    return pane


async def become(pane: Locator, name: str) -> None:
    tab = pane.get_by_role("tab", name=name)
    await tab.click()
    await expect(tab).to_have_attribute("aria-selected", "true")


async def say(pane: Locator, words: str) -> None:
    box = pane.get_by_label("Message to #broadcasts")
    await box.fill(words)
    await box.press("Enter")


async def fill(
    page: Page, bold: str, rest: str, *, bullets: Sequence[str] = (), button: str = ""
) -> None:
    """`/broadcast new`, and the form that opens."""
    modal = page.locator("dialog.modal")
    await say(page.locator("#slack"), "/broadcast new")
    await modal.get_by_label("Message").click()
    await modal.get_by_role("button", name="Bold").click()
    await page.keyboard.type(bold)
    await modal.get_by_role("button", name="Bold").click()
    await page.keyboard.type(rest)
    for number, line in enumerate(bullets):
        await page.keyboard.press("Enter")
        if not number:
            await modal.get_by_role("button", name="Bulleted list").click()
        await page.keyboard.type(line)
    if button:
        await attach(modal, "Sea")
        await modal.get_by_label("Buttons").fill(button)


async def preview(page: Page) -> None:
    modal = page.locator("dialog.modal")
    await modal.get_by_role("button", name="Preview").click()
    await expect(modal.get_by_role("button", name="Submit for approval")).to_be_visible()


async def submit(page: Page) -> None:
    modal = page.locator("dialog.modal")
    await modal.get_by_role("button", name="Submit for approval").click()
    await expect(modal).to_contain_text("Status: waiting for approval")
    await close(page)


async def close(page: Page) -> None:
    modal = page.locator("dialog.modal")
    await modal.get_by_role("button", name="Close").last.click()
    await expect(modal).to_be_hidden()


def card_of(pane: Locator, words: str) -> Locator:
    """The card in the channel, not what only one person sees of it."""
    return pane.locator(".slack-message:not(.ephemeral)", has_text=words).last
