"""What is approved is what arrives: a preview beside the phone it was of, and at both consoles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from broadcast.channel import Envelope, Shown
from broadcast.message import Entity, EntityKind, LinkButton, Message, RichText
from broadcast.services import templates
from broadcast.states import BroadcastStatus as S
from channels._kit.read_marks import read, unseen_removed
from sandbox.server import running
from tests.contract.channels import ENTRIES
from tests.contract.desk import SlackDesk, TelegramDesk, offered, sees
from tests.contract.office import Team, opened
from tests.contract.stage import Stage, stage
from tests.contract.whatsapp import PROMO, USE

BEN, CAN = 1_000_000_002, 1_000_000_003
META = {"whatsapp": BEN, "messenger": CAN}
BOLD = Entity(kind=EntityKind.BOLD, offset=0, length=5)
ROWS = ((LinkButton(label="Read *more*", url="https://example.org/a_b"),),)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(people=300) as sandbox, stage(sandbox, tmp_path, *META) as made:
        for channel, person in META.items():
            await made.joined(channel, person)
        yield made


def shown(world: Stage, channel: str, message: Message, **envelope: Any) -> tuple[Shown, ...]:
    able: Any = world.core.channels[channel, "default"]
    return tuple(able.shown(Envelope(0, "", message, **envelope)))


def read_there(channel: str, bubble: dict[str, Any]) -> str:
    """The words in a bubble as its reader sees them."""
    words = "\n".join(filter(None, (bubble.get("header"), bubble["text"], bubble.get("footer"))))
    return read(words).text if channel == "whatsapp" else unseen_removed(words)


MESSAGES = [
    Message(text=RichText(text="Water is off")),
    Message(text=RichText(text="The *pool* is _open_\n- bring a towel\n> and `soap`")),
    Message(text=RichText(text="Water is off", entities=(BOLD,)), buttons=ROWS),
    Message(text=RichText(text="word " * 250), buttons=ROWS),
]


@pytest.mark.parametrize("channel", META)
@pytest.mark.parametrize("message", MESSAGES, ids=["plain", "signs", "button", "long"])
async def test_the_preview_is_what_the_phone_shows(
    world: Stage, channel: str, message: Message
) -> None:
    before = len(await world.bubbles(channel, META[channel]))
    pages = shown(world, channel, message)
    number = await world.approved(message)
    await world.became(number, S.COMPLETED)

    async def arrived() -> list[dict[str, Any]]:
        got = (await world.bubbles(channel, META[channel]))[before:]
        return got if len(got) == len(pages) else []

    got = await world.until(arrived)
    for page, bubble in zip(pages, got, strict=True):
        assert page.message.text.text.strip() == read_there(channel, bubble).strip()
        links = [one.label for row in page.message.buttons for one in row]
        assert _labels(bubble) == [*links, *page.answers]


def _labels(bubble: dict[str, Any]) -> list[str]:
    found = [*(bubble.get("buttons") or []), *(bubble.get("quick_replies") or [])]
    return [str(one.get("title") or one.get("text") or one.get("label")) for one in found]


async def test_the_preview_of_a_template_is_what_the_phone_shows(world: Stage) -> None:
    await world.do("whatsapp", "templates", create=PROMO)
    message = Message(text=RichText(text="Freely"), templates=(USE,))
    await templates.look_again(world.core, message)
    name = (await world.ask("SELECT s.name FROM subscriber s JOIN address a ON "
            "a.subscriber_id = s.subscriber_id WHERE a.channel = 'whatsapp'"))[0][0]  # fmt: skip
    await world.close_windows("whatsapp")
    (page,) = shown(world, "whatsapp", message, window_open=False, name=name)
    number = await world.approved(message)
    await world.became(number, S.COMPLETED)

    async def arrived() -> dict[str, Any] | None:
        found = await world.bubbles("whatsapp", BEN)
        return next((one for one in found if name in one["text"] and "sergi" in one["text"]), None)

    bubble = await world.until(arrived)
    assert page.message.text.text == read_there("whatsapp", bubble)
    assert list(page.answers) == _labels(bubble)


@pytest.fixture(params=["telegram", "slack"])
async def team(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Team]:
    """With WhatsApp beside Telegram."""
    whatsapp = ENTRIES["whatsapp"].section
    async with opened(tmp_path, str(request.param), hold=30, more=whatsapp) as made:
        yield made


async def test_a_preview_is_turned_to_another_channel_and_person_by_buttons(team: Team) -> None:
    signs = isinstance(team.author, TelegramDesk)  # Slack itself makes them bold, before our eyes
    words = "The *pool* is open" if signs else "The pool is open"
    await team.composed(words)
    if signs:
        await sees(team.author, r"goes out with its signs")
    await team.author.press("preview 1")
    await sees(team.author, r"as Emma sees it: Telegram, English")
    await team.author.press("preview 1 whatsapp")
    await sees(team.author, r"as Emma sees it: WhatsApp, English")
    await sees(team.author, r"Under it: \[Stop messages\]")
    await team.author.press("preview 1 whatsapp tr")
    await sees(team.author, r"as Fatma sees it: WhatsApp, Türkçe")
    screen = "\n".join(await team.author.screen())
    assert words in screen
    await team.author.press("open 1")
    await sees(team.author, "Status: a draft")


async def test_somebody_is_found_by_name_at_either_console(team: Team) -> None:
    name = (await _people(team))[3]
    await team.submitted()
    await team.approver.press("preview 1")
    await sees(team.approver, r"sees it: Telegram")
    await team.approver.press("preview 1 telegram whom")
    if isinstance(team.approver, SlackDesk):
        await team.approver.submit(**{"A subscriber's name": name})
    elif isinstance(team.approver, TelegramDesk):
        await sees(team.approver, "Send me a subscriber's name")
        await team.sandbox.do("say", person=team.approver.person, text=name)
    await sees(team.approver, rf"as {name} sees it: Telegram|Several have that name")
    await team.approver.press("approve 1 ")
    await team.becomes(1, S.HOLDING)


async def test_an_approver_is_warned_of_a_blank_nobody_fills_in(team: Team) -> None:
    await team.composed("Dear {nmae}, water is off")
    await sees(team.author, r"“{nmae}” goes out as it is typed")
    await team.author.press("submit 1")
    await sees(team.approver, r"asks for approval[^$]*“{nmae}” goes out as it is typed")


async def _people(team: Team) -> list[str]:
    return [
        one["first_name"]
        for one in (await team.sandbox.do("people", "GET", offset=0, count=9))["people"]
    ]


@pytest.mark.parametrize("file", ["", "sunset"])
async def test_a_preview_is_turned_in_its_place(tmp_path: Path, file: str) -> None:
    whatsapp = ENTRIES["whatsapp"].section
    async with opened(tmp_path, "telegram", hold=30, more=whatsapp) as team:
        author = team.author
        assert isinstance(author, TelegramDesk)
        await author.types("new")
        await sees(author, "send or forward me the message")
        said = {"photo": file, "caption": "It is open"} if file else {"text": "It is open"}
        await team.sandbox.do("say", person=author.person, **said)
        await offered(author, "submit 1")
        before = len(await author.screen())
        await author.press("preview 1")
        await sees(author, r"as Emma sees it: Telegram, English")
        stands = len(await author.screen())
        assert stands == before + 2, "what arrives, and its buttons"
        for line, seen in (
            ("preview 1 whatsapp", "as Emma sees it: WhatsApp, English"),
            ("preview 1 whatsapp tr", "as Fatma sees it: WhatsApp, Türkçe"),
            ("preview 1 telegram", "sees it: Telegram"),
        ):
            await author.press(line)
            await sees(author, seen)
            assert len(await author.screen()) == stands
        heads = [text for text in await author.screen() if "sees it" in text]
        assert len(heads) == 1
