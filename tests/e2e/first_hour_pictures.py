"""Takes the pictures of a first hour, in both languages: `python -m tests.e2e.first_hour_pictures`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e import stage
from tests.e2e.pictures import PICTURES
from tests.e2e.stage import become, browser_page, phone, press_for, team

FOLDER = PICTURES / "first-hour"
PEOPLE = 120
WORDS = {
    "en": ("**Summer concert** this Saturday at 20:00 in the __old harbour__.", "Sunset"),
    "tr": ("**Yaz konseri** bu cumartesi 20.00'de __eski limanda__.", "Gün batımı"),
}
LOCALES = {"en": ("en-GB", "C.UTF-8"), "tr": ("tr-TR", "tr_TR.UTF-8")}
_COMPLETE = "[...document.images].every(image => image.complete)"


async def taken(page: Page, name: str, what: Locator | None = None) -> None:
    """Once its pictures are there and nothing moves."""
    await page.wait_for_function(_COMPLETE)
    await (what or page).screenshot(path=FOLDER / name, animations="disabled")


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


async def take(language: str) -> None:
    """One language, from the first look to the broken world."""
    locale, lang = LOCALES[language]
    with (
        tempfile.TemporaryDirectory() as folder,
        stage.demo(Path(folder), PEOPLE, lang) as address,
    ):
        async with browser_page(1400, 860, language=locale) as page:
            await page.goto(address)
            await expect(page.locator("#live.on")).to_be_visible()
            await taken(page, f"1-start.{language}.png")
            await written(page, *WORDS[language])
            await taken(page, f"2-written.{language}.png")
            await press_for(team(page), "submit ")
            await become(page, "Murat")
            await expect(team(page).locator('.key[data-command^="a:approve "]')).to_be_visible()
            await taken(page, f"3-approve.{language}.png")
            await page.locator("#to-breaking").click()
            await press_for(team(page), "approve ")
            await expect(phone(page).locator(".theirs img").last).to_be_visible()
            await page.locator("#breaking .way").nth(2).click()
            await expect(page.locator("#breaking .way.broken")).to_be_visible()
            await taken(page, f"4-broken.{language}.png")
            await expect(page.locator("#breaking .way.broken")).to_have_count(0, timeout=60_000)
            to_go = page.locator("#breaking .ledger tr.open td").last
            await expect(to_go).to_have_text("0", timeout=60_000)
            await expect(page.locator("#guide li.done")).to_have_count(3)
            await taken(page, f"5-counted.{language}.png")
        async with browser_page(390, 844, language=locale, scheme="dark", scale=2) as page:
            await page.goto(address)
            await page.locator("#tabs [data-pane=phones]").click()
            await expect(phone(page).locator(".theirs img").last).to_be_visible()
            await taken(page, f"6-phone.{language}.png")


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for language in WORDS:
        await take(language)


if __name__ == "__main__":
    asyncio.run(main())
