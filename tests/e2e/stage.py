"""The real `tellal demo`, and a real browser looking at it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic, sleep

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from lab.demo import free_port

CHROMIUM = shutil.which("chromium")
PATIENCE_SECONDS = 120
_shared: Browser | None = None  # what `one_browser` has opened
expect.set_options(timeout=60_000)  # longer than the undo hold, a condition and not a sleep


@contextlib.contextmanager
def demo(folder: Path, people: int, lang: str = "C.UTF-8") -> Iterator[str]:
    """The address of a demo whose crowd has subscribed; its team speaks as `lang` says."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TELLAL_", "LC_"))}
    environment |= {"LANG": lang, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", str(free_port()), "--people", str(people)],
        cwd=folder, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:  # each step is said, the address last
            said.append(line)
            if found := re.search(r"http://[\w.:]+", line):
                break
        else:
            raise AssertionError(f"the demo said {said!r}")
        until = monotonic() + PATIENCE_SECONDS
        while not _everybody_in(found[0]):
            assert monotonic() < until, "the crowd never came"
            sleep(0.1)
        yield found[0]
    finally:
        process.terminate()
        process.wait()


def _everybody_in(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/control/state") as answer:
        channels = json.load(answer)["channels"].values()
    return all(crowd["done"] for channel in channels for crowd in channel.get("crowds", ()))


@contextlib.asynccontextmanager
async def browser_page(
    width: int, height: int, *, language: str = "en-GB", scheme: str = "light", scale: float = 1
) -> AsyncIterator[Page]:
    """A page of a browser that speaks `language`; its own errors fail the test."""
    wrong: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        browser = _shared or await stack.enter_async_context(_a_browser())
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale=language,
            color_scheme="dark" if scheme == "dark" else "light", device_scale_factor=scale,
        )  # fmt: skip
        stack.push_async_callback(context.close)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield page
    assert not wrong, wrong


@contextlib.asynccontextmanager
async def _a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def one_browser() -> AsyncIterator[None]:
    """One browser for every page that is opened inside, in this event loop."""
    global _shared
    async with _a_browser() as _shared:
        try:
            yield
        finally:
            _shared = None


def team(page: Page) -> Locator:
    """The phone of the team."""
    return page.locator("#team")


def phone(page: Page, number: int = 0) -> Locator:
    """A subscriber's phone."""
    return page.locator("#phones .device").nth(number)


async def write(device: Locator, words: str) -> None:
    """Types a message and sends it."""
    await device.get_by_label("Message", exact=True).fill(words)
    await device.get_by_role("button", name="Send", exact=True).click()


async def attach(device: Locator, *samples: str) -> None:
    """Takes sample files from the paper clip."""
    for sample in samples:
        await device.get_by_role("button", name="Attach").click()
        await device.get_by_role("button", name=sample, exact=True).click()


async def drafted(device: Locator, words: str) -> None:
    """Waits for the newest card of the draft that says so; older cards keep their buttons."""
    newest = device.locator(".theirs").last
    await expect(newest).to_contain_text(words)
    await expect(newest).to_contain_text("Status: a draft")


async def become(page: Page, name: str) -> None:
    """Hands the team's phone to somebody."""
    await team(page).get_by_role("tab", name=name).click()


async def press(device: Locator, label: str) -> None:
    """Presses the newest button with this label under a message."""
    await device.locator(".key", has_text=re.compile(f"^{re.escape(label)}$")).last.click()


async def press_for(device: Locator, command: str) -> None:
    """Presses the newest button that carries this command, in whatever language it is labelled."""
    await device.locator(f'.key[data-command^="a:{command}"]').last.click()


async def fits(page: Page) -> bool:
    """Nothing makes the page scroll sideways."""
    fit: bool = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fit
