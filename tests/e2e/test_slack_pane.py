"""The page's Slack workspace in a real browser, with a small app of unmodified slack-bolt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

from sandbox.server import running
from tests.e2e import slack_app
from tests.e2e.stage import attach, browser_page, fits

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.usefixtures("chromium"),
    pytest.mark.asyncio(loop_scope="session"),
]


@asynccontextmanager
async def workspace(width: int = 1440, height: int = 900) -> AsyncIterator[tuple[Page, list[Any]]]:
    """A page on a sandbox with the app in it, and what was submitted to the app."""
    async with running(people=4) as sandbox:
        app, submitted = slack_app.build(f"{sandbox.url}/slack/api/")
        handler = AsyncSocketModeHandler(app, slack_app.APP)
        try:
            await handler.connect_async()
            async with browser_page(width, height) as page:
                await page.goto(sandbox.url)
                await expect(page.locator("#slack")).to_be_visible()
                yield page, submitted
        finally:
            await handler.close_async()


async def say(pane: Locator, words: str) -> None:
    """Types into the message box of the channel."""
    box = pane.locator(".slack-main .slack-box")
    await box.locator("textarea").fill(words)
    await box.get_by_role("button", name="Send").click()


async def test_a_modal_is_written_checked_and_submitted_and_its_card_approved() -> None:
    async with workspace() as (page, submitted):
        pane, modal = page.locator("#slack"), page.locator("dialog.modal")
        await say(pane, "/broadcast new")
        await modal.get_by_label("Message").click()
        await page.keyboard.type("Water is ")
        await modal.get_by_role("button", name="Bold").click()
        await page.keyboard.type("off")
        await modal.get_by_role("button", name="Bold").click()
        await page.keyboard.press("Enter")
        await modal.get_by_role("button", name="Bulleted list").click()
        await page.keyboard.type("fill a bottle")
        await attach(modal, "Sea")
        await modal.get_by_label("Audience").select_option("Who reads Turkish")
        await modal.get_by_label("When").fill("2026-12-01T09:00")
        await modal.get_by_label("Quietly").check()
        await modal.get_by_label("Leave").check()

        await modal.get_by_role("button", name="Preview").click()
        await expect(modal.locator(".block-rich b")).to_have_text("off")
        await expect(modal.get_by_label("Message")).to_contain_text("fill a bottle")
        await modal.get_by_label("Button").fill("wrong")
        await modal.get_by_role("button", name="Submit").click()
        await expect(modal.get_by_role("alert")).to_have_text("A label and an address, please.")
        await modal.get_by_label("Button").fill("Read more")
        await modal.get_by_role("button", name="Submit").click()
        await expect(modal).to_be_hidden()

        values = {name: state["value"] for name, state in submitted[-1].items()}
        assert values["body"]["rich_text_value"]["elements"] == [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Water is "},
                    {"type": "text", "text": "off", "style": {"bold": True}},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "indent": 0,
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [{"type": "text", "text": "fill a bottle"}],
                    }
                ],
            },
        ]
        assert [file["name"] for file in values["picture"]["files"]] == ["sea.png"]
        assert values["audience"]["selected_option"]["value"] == "tr"
        assert values["when"]["selected_date_time"] == 1796104800  # 09:00 in Istanbul
        assert [o["value"] for o in values["ways"]["selected_options"]] == ["quiet"]
        assert values["policy"]["selected_option"]["value"] == "leave"

        card = pane.locator(".slack-message", has_text="Broadcast #1")
        await expect(card.locator(".block-image img")).to_be_visible()
        await card.get_by_role("button", name="Approve").click()
        confirm = page.locator("dialog.confirm")
        await expect(confirm).to_contain_text("412 people")
        await confirm.get_by_role("button", name="Not yet").click()
        await pane.get_by_role("tab", name="Anna Walker").click()
        await card.get_by_role("button", name="Approve").click()
        await confirm.get_by_role("button", name="Approve").click()
        await expect(card).to_contain_text("approved by @Anna Walker")
        await card.get_by_role("button", name="2 replies").click()
        await expect(pane.locator(".slack-thread")).to_contain_text("Status: completed")


async def test_a_modal_says_what_is_missing_before_the_app_hears_of_it() -> None:
    async with workspace() as (page, submitted):
        modal = page.locator("dialog.modal")
        await say(page.locator("#slack"), "/broadcast new")
        await modal.get_by_role("button", name="Submit").click()
        await expect(modal.get_by_role("alert")).to_contain_text("complete this required field")
        assert not submitted
        await page.keyboard.press("Escape")
        await expect(modal).to_be_hidden()


async def test_a_message_is_broadcast_from_its_menu_with_its_formatting() -> None:
    async with workspace() as (page, _):
        pane, modal = page.locator("#slack"), page.locator("dialog.modal")
        await say(pane, "*Road works* & _dust_ until <Friday>")
        message = pane.locator(".slack-message", has_text="Road works")
        await expect(message.locator("b", has_text="Road works")).to_be_visible()
        await expect(message).to_contain_text("& dust until <Friday>")
        await message.hover()
        await message.get_by_label("More actions").click()
        await message.get_by_role("menuitem", name="Broadcast this message").click()
        await expect(modal.get_by_label("Message").locator("b")).to_have_text("Road works")


async def test_an_answer_for_one_is_seen_by_one_and_the_home_tab_opens() -> None:
    async with workspace() as (page, _):
        pane = page.locator("#slack")
        await say(pane, "/broadcast help")
        private = pane.locator(".slack-message", has_text="You said help")
        await expect(private).to_contain_text("Only visible to you")
        await pane.get_by_role("tab", name="Mert Kaya").click()
        await expect(pane.get_by_role("tab", name="Mert Kaya")).to_have_attribute(
            "aria-selected", "true"
        )
        await expect(private).to_have_count(0)
        await pane.get_by_role("button", name="Home").click()
        await expect(pane.locator(".slack-home")).to_contain_text("Waiting for you")


async def test_the_workspace_fits_a_phone() -> None:
    async with workspace(390, 844) as (page, _):
        pane, modal = page.locator("#slack"), page.locator("dialog.modal")
        await say(pane, "word" * 80)
        await expect(pane.locator(".slack-message")).to_be_visible()
        assert await fits(page)
        await pane.get_by_role("button", name="Channels").click()
        await pane.get_by_role("button", name="general").click()
        await expect(pane.locator(".place-title")).to_have_text("general")
        await say(pane, "/broadcast new")
        await expect(modal).to_be_visible()
        assert await fits(page)
