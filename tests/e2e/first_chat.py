"""The first hour of an owner in chat, scene by scene: how it is shown in docs, and that it goes so."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from sandbox.scenario import APPROVER, AUTHOR
from tests.e2e.first_house import House
from tests.e2e.stage import become, phone, press_for, team

PEOPLE, CROWD, BLOCKED = 90, 60, 4
LOCALES = {"en": "en-GB", "tr": "tr-TR"}
Show = Callable[[str, Locator], Awaitable[None]]


@dataclass(frozen=True)
class Words:
    """What is written by hand in the scenes of one language."""

    name: str
    place: str
    message: str
    goodbye: str


WORDS = {
    "en": Words("Oak Street News", "door",
                "Water is off tomorrow, 10:00–14:00. Please fill a jug tonight.", "STOP"),
    "tr": Words("Meşe Sokak", "kapı",
                "Yarın 10.00–14.00 arası sular kesik. Akşamdan bir sürahi doldurun.", "DUR"),
}  # fmt: skip


@dataclass
class Scenes:
    """`show` is called with a name and the part of the page where each scene can be seen."""

    page: Page
    house: House
    language: str
    show: Show

    @property
    def words(self) -> Words:
        return WORDS[self.language]

    async def play(self) -> None:
        await self.page.add_init_script("localStorage.setItem('tellal-guide-closed', '1')")
        await self.page.goto(self.house.address)
        await expect(self.page.locator("#live.on")).to_be_visible()
        await self.first_steps()
        await self.poster()
        await self.a_subscriber()
        await self.text_first()
        await self.on_its_way()
        await self.afterwards()

    async def tell(self, device: Locator, text: str) -> None:
        """Write, and wait for the answer."""
        theirs = device.locator(".theirs")
        before = await theirs.count()
        await device.locator("textarea").fill(text)
        await device.locator(".send").click()
        await expect(theirs.nth(before)).to_be_visible()

    async def ask(self, command: str) -> None:
        """Press a button on the team's phone, and wait for the message that it brings."""
        theirs = team(self.page).locator(".theirs")
        before = await theirs.count()
        await press_for(team(self.page), command)
        await expect(theirs.nth(before)).to_be_visible()

    async def to_end(self) -> None:
        """Of the team's chat, as whoever reads it would go there."""
        log = team(self.page).locator(".log")
        await log.evaluate("node => node.scrollTo(0, node.scrollHeight)")
        await expect(team(self.page).locator(".to-end")).to_be_hidden()

    def holding(self, command: str) -> Locator:
        """The newest message of the team's phone with a button for this."""
        key = self.page.locator(f'.key[data-command^="a:{command}"]')
        return team(self.page).locator(".theirs", has=key).last

    async def first_steps(self) -> None:
        ours = team(self.page)
        await self.tell(ours, f"/start claim-{self.house.claim}")
        steps = self.holding("checklist name")
        await expect(steps).to_be_visible()
        await self.show("11-first-steps", ours)
        await self.ask("checklist name")
        await self.tell(ours, self.words.name)
        await self.ask("checklist privacy")
        await self.tell(ours, "https://example.org/privacy")
        await self.ask("invite approver")
        code = (await self.house.stage.see(AUTHOR, "an invitation", r"invite-[\w-]+"))[0]
        await self.house.writes(APPROVER, f"/start {code}")
        await self.ticked(3)
        await self.show("12-ticked", self.holding("checklist hide"))

    async def ticked(self, count: int) -> None:
        done = re.compile("(?:✅[^✅]*){" + str(count) + "}", re.DOTALL)
        await expect(self.holding("checklist hide")).to_have_text(done)

    async def poster(self) -> None:
        ours = team(self.page)
        await self.ask("share")
        await self.ask("share new")
        await self.tell(ours, self.words.place)
        key = ours.locator('.key[data-command^="a:poster"]', has_text="Telegram").last
        await key.click()
        picture = ours.locator(".theirs", has=self.page.locator("img")).last
        await expect(picture).to_be_visible()
        await expect(ours.locator(".theirs").last.locator(".key")).not_to_have_count(0)
        await self.ticked(4)
        await picture.evaluate("node => node.scrollIntoView({ block: 'center' })")
        await self.show("13-poster", picture)
        await self.to_end()

    async def a_subscriber(self) -> None:
        """Somebody of the house's own language, by the poster's link."""
        found = await self.house.stage.ask("people", "GET", offset=CROWD, count=PEOPLE - CROWD)
        person = next(one for one in found["people"] if one["language"] == self.language)
        device = phone(self.page)
        await device.locator(".who").click()
        box = self.page.locator("dialog.picker[open]")
        await box.locator("input").fill(str(person["id"]))
        await box.locator(".people-list button").first.click()
        await expect(box).to_be_hidden()
        link = await self.house.stage.see(AUTHOR, "a link", r"\?start=(\S+)")
        await self.tell(device, f"/start {link[1]}")
        join = device.locator('.key[data-command="s:in"]')
        await expect(join).to_be_visible()
        await self.show("14-joining", device)
        await join.click()
        await expect(join).to_be_hidden()

    async def text_first(self) -> None:
        ours = team(self.page)
        await self.tell(ours, self.words.message)
        make = ours.locator('.key[data-command$=" make"]').last
        await expect(make).to_be_visible()
        await self.show("15-text-first", ours)
        await make.click()
        card = self.holding("submit 1")
        await expect(card).to_be_visible()
        await self.show("16-draft", card)
        await press_for(ours, "test 1")
        await self.ask("preview 1")
        await expect(self.holding("preview 1 ")).to_be_visible()
        await self.show("17-preview", ours)

    async def on_its_way(self) -> None:
        """Asked for, approved, held, stopped half-way, let go on, reported."""
        await self.house.crowd(0, CROWD)
        await self.house.stage.ask("block", offset=10, count=BLOCKED, silent=True)
        ours = team(self.page)
        await press_for(ours, "submit 1")
        await become(self.page, "Murat")
        await expect(self.holding("approve 1")).to_be_visible()
        await self.show("18-asked", ours)
        await press_for(ours, "approve 1")
        await become(self.page, "Ayşe")
        held = self.holding("cancel 1")
        await expect(held.locator('.key[data-command="a:halt"]')).to_be_visible()
        number = await held.get_attribute("data-message")
        card = ours.locator(f'.theirs[data-message="{number}"]')
        await self.show("19-hold", card)
        await expect(card).to_contain_text("█")
        await self.show("20-running", card)
        await self.tell(ours, "/halt")
        await expect(card.locator('.key[data-command^="a:lift "]')).to_be_visible()
        await self.show("21-halt", ours)
        await self.ask("lift ")
        await expect(card.locator('.key[data-command^="a:missed 1"]')).to_be_visible()
        await self.show("22-report", card)

    async def afterwards(self) -> None:
        ours, subscriber, other = team(self.page), phone(self.page), phone(self.page, 1)
        await self.ask("missed 1")
        await self.to_end()
        await self.show("23-missed", ours)
        await self.tell(ours, "/subscribers")
        await expect(ours.locator(".theirs").last.locator(".key")).not_to_have_count(0)
        await self.page.set_viewport_size({"width": 1240, "height": 1200})
        await self.show("24-subscribers", ours)
        await self.tell(other, "KATIL")
        await self.show("25-katil", other)
        await self.tell(subscriber, self.words.goodbye)
        await self.show("26-stop", subscriber)
