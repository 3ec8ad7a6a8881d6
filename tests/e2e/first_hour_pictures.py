"""Takes the pictures of a first hour, in both languages: `python -m tests.e2e.first_hour_pictures`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e import stage
from tests.e2e.first_chat import LOCALES, PEOPLE, Scenes
from tests.e2e.first_house import house
from tests.e2e.stage import become, browser_page, phone, press_for, team
from tests.e2e.taking import FIRST_HOUR, taken

TOWN = 120  # people of the demo
WORDS = {
    "en": ("**Summer concert** this Saturday at 20:00 in the __old harbour__.", "Sunset"),
    "tr": ("**Yaz konseri** bu cumartesi 20.00'de __eski limanda__.", "Gün batımı"),
}
LANG = {"en": "C.UTF-8", "tr": "tr_TR.UTF-8"}


async def written(page: Page, words: str, sample: str) -> None:
    """Ayşe's message with a picture, as far as its preview."""
    ayse = team(page)
    await page.locator("#guide .primary:visible").first.click()
    await expect(ayse.locator(".theirs").last).to_contain_text("#")
    ready = ayse.locator('.key[data-command^="a:submit"]')
    await ayse.locator(".attach").click()
    await ayse.get_by_role("button", name=sample, exact=True).click()
    await ayse.locator("textarea").fill(words)
    await ayse.locator(".send").click()
    await expect(ready.last).to_be_visible()


async def on_the_page(language: str) -> None:
    """The demo's page, from the first look to the broken world."""

    async def take(page: Page, name: str, what: Locator | None = None) -> None:
        await taken(page, FIRST_HOUR / f"{name}.{language}.png", what)

    locale, lang = LOCALES[language], LANG[language]
    with (
        tempfile.TemporaryDirectory() as folder,
        stage.demo(Path(folder), TOWN, lang) as address,
    ):
        async with browser_page(1400, 980, language=locale) as page:
            await page.goto(address)
            await expect(page.locator("#guide:not(.unsure)")).to_be_visible()
            await take(page, "01-page")
            await written(page, *WORDS[language])
            await take(page, "02-written")
            await press_for(team(page), "submit ")
            await become(page, "Murat")
            await expect(team(page).locator('.key[data-command^="a:approve "]')).to_be_visible()
            await page.locator("#to-breaking").click()
            await press_for(team(page), "approve ")
            await expect(phone(page).locator(".theirs img").last).to_be_visible()
            await page.locator("#breaking .way").nth(2).click()
            await expect(page.locator("#breaking .way.broken")).to_be_visible()
            await take(page, "03-broken")
            await expect(page.locator("#breaking .way.broken")).to_have_count(0, timeout=60_000)
            to_go = page.locator("#breaking .ledger tr.open td").last
            await expect(to_go).to_have_text("0", timeout=60_000)
            await expect(page.locator("#guide li.done")).to_have_count(3)
            await take(page, "04-counted")
        async with browser_page(390, 844, language=locale, scheme="dark", scale=2) as page:
            await page.goto(address)
            await page.locator("#tabs [data-pane=phones]").click()
            await expect(phone(page).locator(".theirs img").last).to_be_visible()
            await take(page, "05-phone")
        async with browser_page(1560, 900, language=locale) as page:
            await page.goto(address)
            await page.locator("#switch [data-pane=slack]").click()
            await page.locator("#slack .slack-side button", has=page.locator(".icon-home")).click()
            home = page.locator("#slack .slack-home")
            await expect(home.locator("button").first).to_be_visible()
            await take(page, "06-slack-home", page.locator("#slack .device"))


async def in_chat(language: str) -> None:
    """A new house, from the first word to its owner to who left."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            house(Path(folder), language, PEOPLE) as found,
            browser_page(1240, 1040, language=LOCALES[language]) as page,
        ):

            async def show(name: str, what: Locator) -> None:
                await taken(page, FIRST_HOUR / f"{name}.{language}.png", what)

            await Scenes(page, found, language, show).play()


async def main(languages: list[str]) -> None:
    FIRST_HOUR.mkdir(parents=True, exist_ok=True)
    for language in languages:
        await on_the_page(language)
        await in_chat(language)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or list(LOCALES)))
