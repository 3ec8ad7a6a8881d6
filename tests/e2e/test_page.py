"""The demo page in a real browser, over the real `tellal demo`."""

from __future__ import annotations

import aiohttp
import pytest
from playwright.async_api import WebSocketRoute, expect

from sandbox.scenario import AUTHOR
from tests.e2e.stage import attach, become, browser_page, drafted, fits, phone, press, team, write

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.asyncio(loop_scope="session"),
]
WORDS = "Water is off tomorrow"
SHOWN = "img => img.complete && img.naturalWidth > 0"
# Notes, by channel, each state a subscriber's phone shows beside the message with these words.
FOLLOW_TICKS = """words => {
    window.ticks = {};
    new MutationObserver(() => {
        for (const device of document.querySelectorAll("#phones .device")) {
            const seen = window.ticks[device.dataset.channel] ??= [];
            for (const bubble of device.querySelectorAll(".theirs")) {
                const sign = bubble.querySelector(".status")?.getAttribute("aria-label");
                if (sign && sign !== seen.at(-1) && bubble.textContent.includes(words)) seen.push(sign);
            }
        }
    }).observe(document.querySelector("#phones"), { childList: true, subtree: true });
}"""


async def test_a_broadcast_goes_from_the_authors_phone_to_a_subscribers(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(demo)
        ayse, subscriber = team(page), phone(page)

        await page.get_by_role("button", name="Write /new").click()
        await expect(ayse.locator(".chat")).to_contain_text("is open")
        await attach(ayse, "Sea")
        await write(ayse, f"**{WORDS}**, 10:00–14:00")
        await expect(ayse.locator(".theirs b", has_text=WORDS).first).to_be_visible()
        await drafted(ayse, WORDS)
        await press(ayse, "Add button")
        await expect(ayse.locator(".chat")).to_contain_text("label and address")
        await write(ayse, "Read more - https://example.org/water")
        await expect(ayse.locator(".theirs a.key", has_text="Read more")).to_be_visible()
        await drafted(ayse, WORDS)
        await press(ayse, "Submit for approval")

        await become(page, "Murat")
        await press(ayse, "Approve")
        received = subscriber.locator(".theirs").filter(has_text=WORDS)
        await expect(received.locator("b")).to_have_text(WORDS)
        picture = received.locator("img")
        await page.wait_for_function(SHOWN, arg=await picture.element_handle())
        await expect(received.locator("a.key")).to_have_attribute(
            "href", "https://example.org/water"
        )
        strip = page.locator("#counters")
        await expect(strip).to_contain_text("Everyone is accounted for")
        planned, sent = strip.locator(".planned dd"), strip.locator(".sent dd")
        assert await planned.inner_text() == await sent.inner_text() != "0"
        await expect(page.locator("#guide")).to_contain_text("Everybody is counted")

        await page.locator("#switch").get_by_role("button", name="Slack").click()
        card = page.locator("#slack .slack-message", has_text=WORDS)
        await page.wait_for_function(SHOWN, arg=await card.locator("img").last.element_handle())
        await expect(card).to_contain_text("Approved by Murat Demir")


async def test_one_broadcast_arrives_on_every_platform_with_its_ticks(demo: str) -> None:
    async with browser_page(1700, 900) as page:
        await page.goto(demo)
        ayse = team(page)
        await write(ayse, "/new")
        await expect(ayse.locator(".theirs").last).to_contain_text("is open")
        await attach(ayse, "Hills")
        await write(ayse, "The **bridge** is open")
        await drafted(ayse, "bridge")
        await press(ayse, "Submit for approval")
        await become(page, "Murat")
        await page.evaluate(FOLLOW_TICKS, "bridge")
        await press(ayse, "Approve")
        for channel in ("telegram", "whatsapp", "messenger"):
            device = page.locator(f"#phones .device[data-channel={channel}]")
            received = device.locator(".theirs").filter(has_text="bridge")
            await expect(received).to_be_visible()
            # A picture of Messenger's takes no words: it comes as a message of its own, before them.
            before = received.locator("xpath=preceding-sibling::li[1]")
            picture = (before if channel == "messenger" else received).locator("img")
            await expect(received.locator(".meta")).to_be_in_viewport()  # the newest is in sight
            await picture.scroll_into_view_if_needed()
            await page.wait_for_function(SHOWN, arg=await picture.element_handle())
            if channel != "telegram":
                await expect(received.get_by_role("img", name="read")).to_be_visible()
        ticks = await page.evaluate("window.ticks")
        assert ticks["whatsapp"] == ["on its way", "sent", "delivered", "read"]
        assert ticks["messenger"] == ["on its way", "delivered", "read"]  # it tells of no "sent"
    async with browser_page(390, 844) as page:  # one phone: its apps are opened in turn
        await page.goto(demo)
        await page.locator("#tabs [data-pane=phones]").click()
        for app in ("WhatsApp", "Messenger", "Telegram"):
            await phone(page).get_by_role("button", name=app).click()
            received = phone(page).locator(".theirs", has_text="bridge")
            await expect(received.locator(".meta")).to_be_in_viewport()
        await phone(page).get_by_role("button", name="WhatsApp").click()
        await phone(page).get_by_role("button", name="Stop messages").last.click()
        goodbye = phone(page).locator(".theirs").last
        await expect(goodbye).to_contain_text("not receive anything more")
        await phone(page).get_by_role("button", name="Telegram").click()  # meanwhile nobody …
        await phone(page).get_by_role("button", name="WhatsApp").click()  # … subscribes them again
        await expect(goodbye).to_contain_text("not receive anything more")


async def test_a_draft_follows_when_its_message_is_edited_or_replaced(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(demo)
        ayse = team(page)
        await write(ayse, "/new")
        await expect(ayse.locator(".theirs").last).to_contain_text("is open")
        await write(ayse, "A __first__ try")
        own = ayse.locator(".mine", has_text="A first try")
        await expect(ayse.locator(".theirs i", has_text="first")).to_be_visible()

        await own.hover()
        await own.get_by_label("Edit or delete").click()
        await own.get_by_role("menuitem", name="Edit").click()
        await expect(ayse.get_by_label("Message", exact=True)).to_have_value("A __first__ try")
        await write(ayse, "A __better__ try")
        await expect(ayse.locator(".theirs i", has_text="better")).to_be_visible()
        await expect(own).to_have_count(0)

        await attach(ayse, "Sea", "Forest", "Sunset")
        await write(ayse, "An album")
        await expect(ayse.locator(".mine", has_text="An album").locator("img")).to_have_count(3)
        await press(ayse, "Replace")
        await drafted(ayse, "An album")


@pytest.mark.parametrize("language", ["en-GB", "tr-TR"])
async def test_nothing_overflows_on_a_phone(demo: str, language: str) -> None:
    async with browser_page(390, 844, language=language) as page:
        await page.goto(demo)
        for name in ("team", "phones"):
            await page.locator(f"#tabs [data-pane={name}]").click()
            device = page.locator(f"#{name} .device").first
            await expect(device).to_be_in_viewport()
            await device.locator(".attach").click()
            await device.locator(".sample").first.click()
            await device.locator("textarea").fill("word" * 60)
            await device.locator(".send").click()
            await expect(device.locator(".mine", has_text="wordword").last).to_be_visible()
            assert await fits(page)
        await page.locator("#tabs [data-pane=slack]").click()
        await expect(page.locator("#slack .slack-main")).to_be_in_viewport()
        assert await fits(page)
        await page.locator("#tabs [data-pane=phones]").click()
        await page.locator("#phones .who").first.click()
        await expect(page.locator("dialog[open] .people-list button").first).to_be_visible()
        assert await fits(page)


async def test_after_a_lost_connection_the_page_shows_what_it_missed(demo: str) -> None:
    open_sockets: list[WebSocketRoute] = []
    async with browser_page(1200, 800) as page:

        async def connect(socket: WebSocketRoute) -> None:
            open_sockets.append(socket)
            socket.connect_to_server()

        await page.route_web_socket("**/control/live*", connect)
        await page.goto(demo)
        await expect(page.locator("#live")).to_have_text("Live")

        async with aiohttp.ClientSession() as client:
            await open_sockets.pop().close()
            said = {"person": AUTHOR, "text": "/help"}
            await (await client.post(f"{demo}/control/say", json=said)).json()
        await expect(team(page).locator(".mine").last).to_contain_text("/help")
        await expect(page.locator("#live")).to_have_text("Live")
        await expect(team(page).locator(".theirs").last).to_contain_text("/new")


async def test_what_is_typed_with_marks_becomes_formatting_and_can_be_edited_again(
    demo: str,
) -> None:
    typed = "😀 **bold __both__** [a link](https://example.org)\n> quoted\n> twice\n`a*b` ~~x~~ 2*3"
    async with browser_page(390, 844) as page:
        await page.goto(demo)
        text, kinds, again = await page.evaluate(
            """async typed => {
                const { parsed, typed: unparsed } = await import("/js/telegram/marks.js");
                const { text, entities } = parsed(typed);
                const kinds = entities.map(({ type, offset, length }) =>
                    [type, text.slice(offset, offset + length)]);
                return [text, kinds, unparsed(text, entities)];
            }""",
            typed,
        )
    assert text == "😀 bold both a link\nquoted\ntwice\na*b x 2*3"
    assert kinds == [
        ["bold", "bold both"], ["italic", "both"], ["text_link", "a link"],
        ["blockquote", "quoted\ntwice"], ["code", "a*b"], ["strikethrough", "x"],
    ]  # fmt: skip
    assert again == typed


async def test_what_is_written_in_slack_is_approved_on_telegram_and_both_show_it(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(demo)
        pane, modal = page.locator("#slack"), page.locator("dialog.modal")
        await page.locator("#switch").get_by_role("button", name="Slack").click()
        await pane.get_by_label("Message to #broadcasts").fill("/broadcast new")
        await pane.get_by_label("Message to #broadcasts").press("Enter")
        await modal.get_by_label("Message").click()
        await modal.get_by_role("button", name="Bold").click()
        await page.keyboard.type("The market moves")
        await attach(modal, "Forest")
        await modal.get_by_role("button", name="Preview").click()
        await expect(modal.locator(".block-image img")).to_be_visible()
        await modal.get_by_role("button", name="Submit for approval").click()
        card = pane.locator(".slack-message", has_text="The market moves")
        await expect(card.get_by_role("button", name="Approve")).to_be_visible()
        if await modal.is_visible():
            await modal.get_by_role("button", name="Close").last.click()

        await page.locator("#switch").get_by_role("button", name="Telegram").click()
        await become(page, "Murat")
        await press(team(page), "Approve")
        received = phone(page, 1).locator(".theirs b", has_text="The market moves")
        await expect(received).to_be_visible()

        await page.locator("#switch").get_by_role("button", name="Slack").click()
        await expect(card).to_contain_text("Approved by Murat Demir")
        await expect(card).to_contain_text("Status: completed")


async def test_stop_on_a_phone_is_answered_and_no_broadcast_comes_there(demo: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(demo)
        ayse, subscriber = team(page), phone(page)
        await write(subscriber, "STOP")
        await expect(subscriber.locator(".mine").last).to_contain_text("STOP")
        await expect(subscriber.locator(".theirs").last).to_contain_text(
            "not receive anything more"
        )
        await write(ayse, "/new")
        await expect(ayse.locator(".theirs").last).to_contain_text("is open")
        await write(ayse, "For those who stayed")
        await drafted(ayse, "For those who stayed")
        await press(ayse, "Submit for approval")
        await become(page, "Murat")
        await press(ayse, "Approve")
        await expect(page.locator("#counters")).to_contain_text("Everyone is accounted for")
        await expect(phone(page, 1).locator(".theirs", has_text="stayed")).to_be_visible()
        await expect(subscriber.locator(".theirs", has_text="stayed")).to_have_count(0)
