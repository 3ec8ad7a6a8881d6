"""The product's own console in Slack, in a real browser: written, seen, approved, followed."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.stage import attach, browser_page

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
ECE, MERT, JONAS = "Ece Yılmaz", "Mert Kaya", "Jonas Weber"


async def opened(page: Page, demo: str) -> Locator:
    await page.goto(demo)
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


async def compose(page: Page, pane: Locator, words: str) -> None:
    """In the modal, up to its preview."""
    modal = page.locator("dialog.modal")
    await say(pane, "/broadcast new")
    await modal.get_by_label("Message").click()
    await modal.get_by_role("button", name="Bold").click()
    await page.keyboard.type(words)
    await modal.get_by_role("button", name="Bold").click()
    await page.keyboard.type(" tomorrow, 10:00 to 14:00")
    await attach(modal, "Sea")
    await modal.get_by_label("Buttons").fill("Where - https://example.org/water")
    await modal.get_by_role("button", name="Preview").click()
    await expect(modal.get_by_role("button", name="Submit for approval")).to_be_visible()


async def submit(page: Page) -> None:
    modal = page.locator("dialog.modal")
    await modal.get_by_role("button", name="Submit for approval").click()
    await expect(modal).to_contain_text("Status: waiting for approval")
    await modal.get_by_role("button", name="Close").last.click()
    await expect(modal).to_be_hidden()


async def test_from_the_slash_to_the_report_in_the_thread(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        pane, modal = await opened(page, demo), page.locator("dialog.modal")
        await compose(page, pane, "Water is off")
        await expect(modal.locator(".block-rich b", has_text="Water is off")).to_be_visible()
        await expect(modal.locator(".block-image img")).to_be_visible()
        await expect(modal.get_by_text("Where", exact=True)).to_be_visible()
        await expect(modal).to_contain_text("everyone who opted in")
        await submit(page)

        card = pane.locator(".slack-message:not(.ephemeral)", has_text="Water is off").last
        await expect(card).to_contain_text("asks for approval")
        await card.get_by_role("button", name="Approve").click()  # one's own
        await expect(pane.locator(".ephemeral").last).to_contain_text(
            "somebody else has to approve"
        )
        await become(pane, MERT)
        await card.get_by_role("button", name="Approve").click()
        await expect(card).to_contain_text(f"Approved by {MERT}")
        await expect(pane.locator(".ephemeral").last).to_contain_text("You approved it.")
        await expect(card.get_by_role("button", name="Approve")).to_have_count(0)
        await card.get_by_role("button", name="View thread").click()
        thread = pane.locator(".slack-thread")
        await expect(thread).to_contain_text("Status: completed")
        await expect(thread).to_contain_text("Took ")
        await expect(card).to_contain_text("Status: completed")


async def test_a_reason_goes_to_the_author_and_strangers_are_told_kindly(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        pane, modal = await opened(page, demo), page.locator("dialog.modal")
        await compose(page, pane, "The bridge is closed")
        await submit(page)
        card = pane.locator(".slack-message:not(.ephemeral)", has_text="The bridge is closed").last

        await become(pane, JONAS)
        await card.get_by_role("button", name="Approve").click()
        only = pane.locator(".ephemeral").last
        await expect(only).to_contain_text("ask an admin here for an invitation")
        await say(pane, "/broadcast status")
        await expect(pane.locator(".ephemeral")).to_have_count(2)
        assert "bridge" not in " ".join(await pane.locator(".ephemeral").all_inner_texts())

        await become(pane, MERT)
        await card.get_by_role("button", name="Reject").click()
        await modal.get_by_label("Why? Its author will read it.").fill("It opens at noon")
        await modal.get_by_role("button", name="Send back").click()
        await expect(modal).to_contain_text("went back to its author")
        await modal.get_by_role("button", name="Close").last.click()
        await expect(card).to_contain_text(f"Sent back by {MERT}")
        await expect(card).to_contain_text("It opens at noon")


async def test_the_home_of_somebody_else_follows_without_a_click(demo: str) -> None:
    async with browser_page(1440, 900) as page, browser_page(1440, 900) as other:
        pane, watching = await opened(page, demo), await opened(other, demo)
        await become(watching, MERT)
        await watching.get_by_role("button", name="Home").click()
        home = watching.locator(".slack-home")
        await expect(home).to_contain_text("What shall we do?")
        await compose(page, pane, "The market moves")
        await submit(page)
        await expect(home).to_contain_text("The market moves")
        await expect(home).to_contain_text("Waiting for approval")
