"""The product's own console in Slack, in a real browser: written, seen, approved, followed."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.slack_pane import become, card_of, fill, opened, preview, say, submit
from tests.e2e.stage import browser_page

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.asyncio(loop_scope="session"),
]
ECE, MERT, JONAS = "Ece Yılmaz", "Mert Kaya", "Jonas Weber"


async def compose(page: Page, words: str) -> None:
    """In the form, up to its preview."""
    await fill(page, words, " tomorrow, 10:00 to 14:00", button="Where - https://example.org/water")
    await preview(page)


async def test_from_the_slash_to_the_report_in_the_thread(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        pane, modal = await opened(page, demo), page.locator("dialog.modal")
        await compose(page, "Water is off")
        await expect(modal.locator(".block-rich b", has_text="Water is off")).to_be_visible()
        await expect(modal.locator(".block-image img")).to_be_visible()
        await expect(modal.get_by_text("Where", exact=True)).to_be_visible()
        await expect(modal).to_contain_text("everyone who opted in")
        await submit(page)

        card = card_of(pane, "Water is off")
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
        await expect(card).to_contain_text("Status: completed")
        await expect(card).to_contain_text("Took ")


async def test_a_reason_goes_to_the_author_and_strangers_are_told_kindly(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        pane, modal = await opened(page, demo), page.locator("dialog.modal")
        await compose(page, "The bridge is closed")
        await submit(page)
        card = card_of(pane, "The bridge is closed")

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
        await expect(modal).to_be_hidden()
        await expect(pane).to_contain_text("went back to its author")
        await expect(card).to_contain_text(f"Rejected by {MERT}")
        await expect(card).to_contain_text("It opens at noon")


async def test_the_home_of_somebody_else_follows_without_a_click(demo: str) -> None:
    async with browser_page(1440, 900) as page, browser_page(1440, 900) as other:
        await opened(page, demo)
        watching = await opened(other, demo)
        await become(watching, MERT)
        await watching.get_by_role("button", name="Home").click()
        home = watching.locator(".slack-home")
        await expect(home).to_contain_text("Nothing waits for you.")
        await compose(page, "The market moves")
        await submit(page)
        await expect(home).to_contain_text("The market moves")
        await expect(home).to_contain_text("waits for your approval")
