"""What authors see before anybody else does: all of it, what is wrong with it, what will differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from broadcast.message import (
    FOLDED,
    Entity,
    EntityKind,
    LinkButton,
    LinkPreview,
    Media,
    MediaKind,
    Message,
    RichText,
)
from broadcast.models import Admin
from broadcast.services import compose
from channels.messenger.problem import changes_of as messenger_changes
from channels.messenger.problem import problems_of as messenger_problems
from channels.whatsapp.problem import changes_of as whatsapp_changes
from tests.contract.desk import SlackDesk, offered, sees, until
from tests.contract.office import AYSE, ECE, MURAT, Team, opened

LONG = "\n".join(f"Line {n} of a very long announcement" for n in range(160))
WRONG = r"may have 4,?096 characters"


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def lengthened(team: Team) -> int:
    """A draft whose text is over what Telegram takes, however it got so."""
    number = await team.composed("Short")
    bold = Entity(kind=EntityKind.BOLD, offset=0, length=4)
    message = Message(text=RichText(text=LONG, entities=(bold,)))
    row = await compose.get(team.house.core, number)
    async with team.house.core.store.read() as session:
        author = await session.scalar(select(Admin).where(Admin.admin_id == row.author_id))
    assert author is not None
    await compose.set_message(team.house.core, author, number, message)
    return number


async def test_a_text_that_is_too_long_is_shown_whole_with_what_is_wrong(
    tmp_path: Path, console: str
) -> None:
    async with opened(tmp_path, console, hold=30) as team:
        number = await lengthened(team)
        await team.author.types(f"preview {number}")
        await sees(team.author, WRONG)
        screen = "\n".join(await team.author.screen())
        assert all(f"Line {n} of" in screen for n in range(160))
        assert "cannot go out like this yet" in screen
        assert "did not take that message" not in screen


async def test_a_film_named_in_the_modal_can_be_opened_in_the_direct_messages(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "slack", hold=30) as team:
        ece = SlackDesk(team.sandbox, ECE)
        await ece.types("new")
        await ece.submit(Message="Look", Files=["document"])
        await offered(ece, "submit 1")
        name = (await sees(ece, r"📎 (\S+) \(open it in our direct messages\)"))[1]

        async def shared() -> int:
            return str([one.get("files") for one in await ece.do("messages")]).count(f"'{name}'")

        once = await until("the file", shared)
        await ece.press("preview 1")
        await ece.press("submit 1")
        await sees(ece, "asks for approval")
        assert await shared() == once


def text(words: str, *kinds: EntityKind) -> RichText:
    entities = tuple(Entity(kind=k, offset=0, length=4, value="https://a.org") for k in kinds)
    return RichText(text=words, entities=entities)


@pytest.mark.parametrize(
    ("kinds", "whatsapp", "messenger"),
    [
        ((), [], []),
        ((EntityKind.BOLD,), [], ["no bold"]),
        ((EntityKind.UNDERLINE,), ["underline"], ["underline"]),
        ((EntityKind.SPOILER, EntityKind.CODE), ["spoiler"], ["no bold", "spoiler"]),
        ((EntityKind.QUOTE,), [], ["quotes"]),
        ((EntityKind.LINK,), ["address"], ["address"]),
        ((EntityKind.CUSTOM_EMOJI,), ["special emoji"], ["special emoji"]),
    ],
)  # fmt: skip
def test_what_a_platform_shows_otherwise_is_said_before_approval(
    kinds: tuple[EntityKind, ...], whatsapp: list[str], messenger: list[str]
) -> None:
    message = Message(text=text("some words", *kinds))
    for found, wanted in (
        (whatsapp_changes(message), whatsapp),
        (messenger_changes(message), messenger),
    ):
        said = [one.template for one in found]
        assert len(said) == len(wanted)
        assert all(words in sentence for words, sentence in zip(wanted, said, strict=True))


def test_a_mark_within_a_word_is_said_where_marks_are_typed() -> None:
    bold = Entity(kind=EntityKind.BOLD, offset=2, length=6)
    message = Message(text=RichText(text="unbelievable", entities=(bold,)))
    assert ["whole words" in p.template for p in whatsapp_changes(message)] == [True]
    assert not any("whole words" in p.template for p in messenger_changes(message))


@pytest.mark.parametrize(
    "url", ["tg://resolve?domain=x", "mailto:a@b.org", "https://localhost/x", "https://exa<mple.org",
            "https://a.org:99999", "ftp://a.org", "https://", "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_that_phones_do_not_open_is_said(url: str) -> None:
    button = ((LinkButton.model_construct(label="More", url=url),),)
    message = Message.model_construct(
        **dict(Message(text=text("some words"))) | {"buttons": button}
    )
    assert any("does not open" in p.template for p in messenger_problems(message))
    assert any("does not open" in p.template for p in whatsapp_changes(message))
    link = Entity(kind=EntityKind.LINK, offset=0, length=4, value=url)
    written = Message(text=RichText(text="some words", entities=(link,)))
    for changes in (whatsapp_changes, messenger_changes):
        assert any(p.values.get("url") == url for p in changes(written))


def test_an_apps_address_among_the_words_is_said() -> None:
    written = Message(text=text("Join us: tg://resolve?domain=x (now)"))
    for changes in (whatsapp_changes, messenger_changes):
        assert any(p.values.get("url") == "tg://resolve?domain=x" for p in changes(written))


@pytest.mark.parametrize(
    "url", ["https://a.org/x?y=1#z", "http://192.0.2.1:8080", "https://çay.example"]
)
def test_an_address_of_the_web_is_not(url: str) -> None:
    button = ((LinkButton.model_construct(label="More", url=url),),)
    message = Message.model_construct(
        **dict(Message(text=text("some words"))) | {"buttons": button}
    )
    assert not any("does not open" in p.template for p in messenger_problems(message))


def test_buttons_that_become_lines_are_cut_or_would_get_lost_are_said() -> None:
    rows = ((LinkButton(label="A label of over twenty signs", url="https://a.org"),),)
    short = Message(text=text("some words"), buttons=rows)
    assert ["lines under" in p.template for p in whatsapp_changes(short)] == [True]
    assert ["cuts" in p.template for p in messenger_changes(short)] == [True]
    long = short.model_copy(update={"text": text("word " * 200)})
    assert any("as lines" in p.template for p in messenger_changes(long))
    bare = Message(buttons=rows)
    assert any("no buttons without a text" in p.template for p in messenger_problems(bare))


def test_what_is_set_on_a_message_and_a_platform_does_not_know_is_said() -> None:
    item = Media(media_id=1, kind=MediaKind.PHOTO, spoiler=True, caption=text("own words"))
    quote = Entity(kind=EntityKind.QUOTE, offset=0, length=3, value=FOLDED)
    message = Message(
        text=RichText(text="some words", entities=(quote,)), media=(item,), text_above=True,
        preview=LinkPreview(off=True),
    )  # fmt: skip
    wanted = ["captions of the other", "cannot hide a picture", "above the files", "linked page",
              "folded"]  # fmt: skip
    for changes in (whatsapp_changes(message), messenger_changes(message)):
        said = " ".join(one.template for one in changes)
        assert all(words in said for words in wanted)


async def test_what_an_approver_could_not_see_they_can_send_back_and_not_approve(
    tmp_path: Path,
) -> None:
    """A card that never comes would be worse than one without its picture; a yes to a picture that
    was never shown would be worse still."""
    async with opened(tmp_path, "telegram", hold=0) as team:
        words = "Bad Request: PHOTO_INVALID_DIMENSIONS"
        fault = {"kind": "error", "method": "sendPhoto", "status": 400, "description": words}
        await team.sandbox.do("faults", **fault, person=MURAT)
        await team.author.types("new")
        await sees(team.author, "send or forward me the message")
        await team.sandbox.do("say", person=AYSE, photo="sunset", caption="Look at this")
        await team.author.press("submit 1")
        await offered(team.approver, "reject 1")
        await sees(team.approver, "(?i)photo_invalid_dimensions[^$]*asks for approval")
        lines = [line for line, _ in await team.approver.buttons()]
        assert not any(line.startswith("approve 1") for line in lines)
        await team.sandbox.do("faults", "DELETE")
        await team.approver.types("approve 1")
        await team.approver.press(await offered(team.approver, "approve 1"))
        await until("all of them", lambda: team.received("Look at this"))
