"""The page by axe-core, by contrast, on small screens and by keyboard alone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.e2e import stage
from tests.e2e.looking import faint, grave
from tests.e2e.stage import attach, become, browser_page, drafted, fits, press, team, write

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.asyncio(loop_scope="session"),
]
WIDTHS = {320: 640, 390: 844, 768: 1024, 1400: 900}
LOOKS = list(itertools.product(("light", "dark"), ("en-GB", "tr-TR")))
PANES = ("team", "slack", "phones", "breaking")


async def furnish(page: Page, address: str) -> None:
    """Something of everything on the page: a draft, a broadcast that went out, a joined crowd."""
    await page.goto(address)
    ayse = team(page)
    if await ayse.locator(".theirs", has_text="The fair").count():
        return
    await write(ayse, "/new")
    await expect(ayse.locator(".theirs").last).to_contain_text("is open")
    await attach(ayse, "Sea")
    await write(ayse, "**The fair** is on `Sunday`, see https://example.org/fair\n> bring friends")
    await drafted(ayse, "The fair")
    await press(ayse, "Submit for approval")
    await become(page, "Murat")
    await press(ayse, "Approve")
    await expect(page.locator("#counters")).to_contain_text("Everyone is accounted for")
    await become(page, "Ayşe")


@pytest.fixture(scope="module")
def furnished(demo: str) -> set[str]:
    """Addresses of demos that are furnished already."""
    return set()


@pytest_asyncio.fixture(loop_scope="session")
async def address(demo: str, furnished: set[str]) -> str:
    """Of a demo with something of everything."""
    if demo not in furnished:
        async with browser_page(1440, 900) as page:
            await furnish(page, demo)
        furnished.add(demo)
    return demo


async def sights(page: Page, width: int) -> AsyncIterator[str]:
    """Every sight of the page at this width, one after the other; its name."""
    if width <= 760:
        for pane in PANES:
            await page.locator(f"#tabs [data-pane={pane}]").click()
            await expect(page.locator(f"#{pane}")).to_be_visible()
            yield pane
        await page.locator("#tabs [data-pane=slack]").click()
    else:
        await page.locator("#to-breaking").click()
        await expect(page.locator("#breaking .way").first).to_be_visible()
        yield "Telegram, breaking"
        await page.keyboard.press("Escape")
        await page.locator("#switch").get_by_role("button", name="Slack").click()
        await expect(page.locator("#slack .slack-message").last).to_be_visible()
        yield "Slack, phones"
    box = page.locator("#slack .slack-box textarea").first
    await box.fill("/broadcast new")
    await box.press("Enter")
    modal = page.locator("dialog.modal")
    await expect(modal).to_be_visible()
    yield "the modal"
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()
    if width <= 760:
        await page.locator("#tabs [data-pane=phones]").click()
    else:
        await page.locator("#switch").get_by_role("button", name="Telegram").click()
    who = page.locator("#phones .device:visible .who").first
    await who.click()
    await expect(page.locator("dialog.picker[open] .people-list button").first).to_be_visible()
    yield "the list of people"
    await page.keyboard.press("Escape")
    await expect(who).to_be_focused()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), LOOKS)
async def test_axe_finds_nothing_serious(
    address: str, scheme: str, language: str, width: int
) -> None:
    found: list[str] = []
    async with browser_page(width, WIDTHS[width], language=language, scheme=scheme) as page:
        await page.goto(address)
        await expect(page.locator("#live.on")).to_be_visible()
        async for sight in sights(page, width):
            found += [f"{sight}: {line}" for line in await grave(page)]
            assert await fits(page), f"{sight} overflows at {width} px"
    assert not found, "\n".join(found)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [320, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_can_be_told_from_what_is_behind_it(
    address: str, scheme: str, width: int
) -> None:
    found: list[str] = []
    async with browser_page(width, WIDTHS[width], scheme=scheme) as page:
        await page.goto(address)
        await expect(page.locator("#live.on")).to_be_visible()
        async for sight in sights(page, width):
            found += [f"{sight}: {line}" for line in await faint(page)]
    assert not found, "\n".join(found)


OVERLAPS = """() => {
  const shown = [...document.querySelectorAll("button, a, dt, dd, h2, .headline > *, .rate > *, textarea, select, .guide b, .guide .current span")]
    .filter(node => node.checkVisibility({ visibilityProperty: true }) && !node.closest("[hidden], .log, .slack-home, .slack-side, .unseen"));
  const boxes = shown.map(node => ({ node, box: node.getBoundingClientRect() })).filter(({ box }) => box.width && box.height);
  const name = node => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 24)}`;
  return boxes.flatMap(({ node, box }, index) => boxes.slice(index + 1)
    .filter(other => !node.contains(other.node) && !other.node.contains(node)
      && Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left) > 1
      && Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top) > 1)
    .map(other => `${name(node)} over ${name(other.node)}`));
}"""


@pytest.mark.parametrize("language", ["en-GB", "tr-TR"])
async def test_nothing_lies_over_anything_else_at_320(address: str, language: str) -> None:
    async with browser_page(320, 640, language=language) as page:
        await page.goto(address)
        await expect(page.locator("#counters .planned dd")).not_to_have_text("–")
        for pane in PANES:
            await page.locator(f"#tabs [data-pane={pane}]").click()
            await expect(page.locator(f"#{pane}")).to_be_visible()
            assert await page.evaluate(OVERLAPS) == [], pane
            assert await fits(page), pane


async def test_there_are_landmarks_one_heading_and_a_log_around_each_list(address: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(address)
        await expect(page.locator("#live.on")).to_be_visible()
        for landmark in ("banner", "main"):
            await expect(page.get_by_role(landmark)).to_have_count(1)
        await expect(page.get_by_role("heading", level=1)).to_have_text("TellalFrom chat to crowd")
        for name in ("The team", "The subscribers' phones", "Counters", "How to begin"):
            await expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        logs = page.get_by_role("log")
        assert await logs.count() >= 3
        for log in await logs.all():
            await expect(log.get_by_role("list").first).to_be_visible()
    async with browser_page(390, 844) as page:
        await page.goto(address)
        await expect(page.get_by_role("navigation", name="Parts of this page")).to_be_visible()


async def test_dots_say_how_many_phones_there_are_and_bring_each(address: str) -> None:
    async with browser_page(390, 844) as page:
        await page.goto(address)
        await page.locator("#tabs [data-pane=phones]").click()
        dots = page.get_by_role("group", name="Which phone").get_by_role("button")
        devices = page.locator("#phones .device")
        await expect(dots).to_have_count(3)
        for index in range(3):
            await dots.nth(index).click()
            await expect(dots.nth(index)).to_have_attribute("aria-pressed", "true")
            for other in range(3):
                await expect(devices.nth(other)).to_be_visible(visible=other == index)
        await page.keyboard.press("ArrowRight")
        await expect(devices.nth(0)).to_be_visible()
        await expect(dots.nth(0)).to_be_focused()
        await page.set_viewport_size({"width": 1700, "height": 900})
        for index in range(3):
            await expect(devices.nth(index)).to_be_visible()
        await expect(dots.first).to_be_hidden()


async def test_a_page_read_again_with_an_open_modal_can_be_used(address: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(address)
        await page.locator("#switch").get_by_role("button", name="Slack").click()
        box, modal = page.get_by_label("Message to #broadcasts"), page.locator("dialog.modal")
        await box.fill("/broadcast new")
        await box.press("Enter")
        await modal.get_by_label("Message").click()
        await page.reload()
        await expect(modal).to_be_visible()  # one is where one was, and it can be closed
        await modal.locator("footer button").first.click()
        await expect(modal).to_be_hidden()
        await page.locator("#switch").get_by_role("button", name="Telegram").click()

        await page.locator("#switch").get_by_role("button", name="Slack").click()
        await box.fill("/broadcast new")
        await box.press("Enter")
        await expect(modal).to_be_visible()
        await page.evaluate("sessionStorage.clear()")
        await page.reload()  # as a new visitor, on the other console: nothing stands before it
        await expect(modal).to_be_hidden()
        await team(page).get_by_label("Message", exact=True).click()
        await expect(team(page).get_by_label("Message", exact=True)).to_be_focused()
        await page.locator("#switch").get_by_role("button", name="Slack").click()
        await expect(modal).to_be_visible()
        await page.set_viewport_size({"width": 390, "height": 844})
        await expect(modal).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(modal).to_be_hidden()


async def test_dialogs_and_menus_close_by_escape_and_give_the_focus_back(address: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(address)
        ayse = team(page)
        opener = ayse.get_by_label("Edit or delete").last
        await opener.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("ArrowDown")
        await expect(ayse.get_by_role("menuitem", name="Edit").last).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(ayse.get_by_role("menuitem", name="Edit").last).to_be_hidden()
        await expect(opener).to_be_focused()

        clip = ayse.get_by_role("button", name="Attach")
        await clip.focus()
        await page.keyboard.press("Enter")
        await expect(ayse.locator(".sample").first).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(clip).to_be_focused()
        await expect(clip).to_have_attribute("aria-expanded", "false")

        who = page.locator("#phones .who").first
        await who.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Escape")
        await expect(who).to_be_focused()

        await page.get_by_role("button", name="Close this guide").click()
        reopen = page.get_by_role("button", name="How to begin")
        await expect(reopen).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#guide")).to_be_visible()

        toggle = page.locator("#to-breaking")
        await toggle.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Block 10 %")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(toggle).to_be_focused()


UNMARKED = """() => {
  const node = document.activeElement, style = getComputedStyle(node);
  const around = [node, node.parentElement, node.closest(".search, .editor, .slack-box, .line")].filter(Boolean).map(one => getComputedStyle(one));
  const ringed = around.some(one => (one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 2) || one.boxShadow !== "none");
  const box = node.getBoundingClientRect();
  return { name: `${node.tagName}.${node.className} ${node.getAttribute("aria-label") ?? node.textContent.trim().slice(0, 20)}`,
    ringed, seen: box.width > 0 && style.visibility !== "hidden", body: node === document.body };
}"""


async def test_tab_goes_everywhere_and_shows_where_it_is(address: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(address)
        await expect(page.locator("#live.on")).to_be_visible()
        await expect(page.locator("#guide:not(.unsure)")).to_have_count(1)
        seen: list[str] = []
        rounds = 0
        while rounds < 2:  # twice: what is drawn anew just then begins at the top
            await page.keyboard.press("Tab")
            at = await page.evaluate(UNMARKED)
            if at["body"]:
                rounds += 1
                continue
            assert at["ringed"] and at["seen"], f"the focus cannot be seen on {at['name']}"
            seen.append(at["name"])
        for part in ("BUTTON.toggle", "TEXTAREA", "BUTTON.who", "BUTTON.send", "DIV.log"):
            assert any(name.startswith(part) for name in seen), (
                f"Tab does not come to {part}: {seen}"
            )


@dataclass(frozen=True)
class Said:
    """What the page and the bot say in one language, on the way of one broadcast."""

    lang: str
    begin: str
    opened: str
    now_write: str
    written: str
    draft: str
    submit: str
    be: str
    approve: str
    to_phones: str
    counted: str


SAID = {
    "en-GB": Said(
        "C.UTF-8", "Write /new", "is open", "Now write your message", "This is how it will look",
        "Status: a draft", "Submit for approval", "Be Murat", "Approve", "To the phones",
        "Everybody is counted",
    ),
    "tr-TR": Said(
        "tr_TR.UTF-8", "/new yaz", "açık", "Şimdi herkese mesajınızı yazın", "Böyle görünecek",
        "Durum: taslak", "Onaya gönder", "Murat'a geçin", "Onayla", "Telefonlara",
        "Herkes sayıldı",
    ),
}  # fmt: skip


@pytest.fixture(params=SAID)
def spoken(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A language, and the address of a demo whose team speaks it."""
    language: str = request.param
    if language == "en-GB":
        yield language, request.getfixturevalue("demo")
        return
    with stage.demo(tmp_path, 12, SAID[language].lang) as address:
        yield language, address


async def test_one_broadcast_by_keyboard_alone_with_the_guide(spoken: tuple[str, str]) -> None:
    language, address = spoken
    said, words = SAID[language], "ığüşöç: by keyboard alone"
    async with browser_page(390, 844, language=language) as page:
        await page.goto(address)
        ayse, guide = team(page), page.locator("#guide")
        field = ayse.locator(".composer textarea")
        await expect(page.locator("#guide:not(.unsure)")).to_have_count(1)
        begin = guide.locator(".primary:visible", has_text=said.begin)
        if await begin.count():
            await begin.focus()
            await page.keyboard.press("Enter")
        else:
            await field.focus()
            await page.keyboard.type("/new")
            await page.keyboard.press("Enter")
        await expect(ayse.locator(".theirs").last).to_contain_text(said.opened)
        await expect(field).to_be_focused()
        await expect(guide).to_contain_text(said.now_write)
        await page.keyboard.type(words)
        await page.keyboard.press("Enter")
        card = ayse.locator(".theirs").last
        await expect(card).to_contain_text(words)
        await expect(card).to_contain_text(said.draft)
        await expect(guide).to_contain_text(said.written)
        await ayse.locator(".key", has_text=said.submit).last.focus()
        await page.keyboard.press("Enter")
        to_murat = guide.locator(".current .primary")
        await expect(to_murat).to_have_text(said.be)
        await to_murat.focus()
        await page.keyboard.press("Enter")
        await expect(ayse.locator(".key:focus")).to_have_text(said.approve)
        await page.keyboard.press("Enter")
        to_phones = guide.locator(".current .primary", has_text=said.to_phones)
        await to_phones.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#phones .log:focus")).to_be_visible()
        await expect(page.locator("#phones .device:visible .theirs").last).to_contain_text(words)
        await expect(guide).to_contain_text(said.counted)


async def test_the_guide_follows_the_newest_broadcast(address: str) -> None:
    async with browser_page(1440, 900) as page:
        await page.goto(address)
        ayse, now = team(page), page.locator("#guide .now")
        await expect(now).to_contain_text("Everybody is counted")
        await write(ayse, "/new")
        await expect(now).to_contain_text("Now write your message")
        await write(ayse, "The next one")
        await expect(now).to_contain_text("This is how it will look")
        await drafted(ayse, "The next one")
        await press(ayse, "Submit for approval")
        await expect(now.get_by_role("button", name="Be Murat")).to_be_visible()
        await now.get_by_role("button", name="Be Murat").click()
        await expect(ayse.locator(".key:focus")).to_have_text("Approve")
        await page.keyboard.press("Enter")
        await expect(now).to_contain_text("Watch the phones")
        await expect(now).to_contain_text("Everybody is counted")


async def test_on_a_slow_network_nothing_typed_is_lost_and_nothing_jumps(address: str) -> None:
    async def late(route: Route) -> None:
        await asyncio.sleep(0.7)
        await route.continue_()

    async with browser_page(1440, 900) as page:
        await page.route("**/control/**", late)
        await page.goto(address)
        field, words = team(page).locator("textarea"), "typed meanwhile"
        await field.focus()
        before = await team(page).bounding_box()
        await page.keyboard.type(words)
        await expect(page.locator("#guide:not(.unsure)")).to_be_visible()
        await expect(team(page).locator(".theirs").last).to_be_visible()
        await expect(field).to_be_focused()
        await expect(field).to_have_value(words)
        assert await team(page).bounding_box() == before
