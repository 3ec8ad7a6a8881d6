"""`/share` and `/subscribers` at both consoles: links, posters as files, figures as a picture."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import text

from bot.views import review_card
from broadcast.language import speech
from broadcast.services import compose, posters
from tests.contract.desk import Desk, SlackDesk, TelegramDesk, offered, sees, until
from tests.contract.office import PEOPLE, Team, opened


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def team(console: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, console) as made:
        yield made


async def kept(team: Team, ending: str) -> bytes:
    """The newest file of that kind, as it was sent."""
    async with team.house.core.store.read() as session:
        path = await session.scalar(
            text("SELECT path FROM stored_file WHERE filename LIKE :e ORDER BY media_id DESC"),
            {"e": f"%{ending}"},
        )
    return await asyncio.to_thread(Path(str(path)).read_bytes)


async def files(team: Team, desk: Desk) -> list[str]:
    """Names of what this person was given as files, in their chat or their direct messages."""
    if isinstance(desk, TelegramDesk):
        chat = await team.sandbox.do("chat", "GET", person=desk.person)
        shown = [m for m in chat["messages"] if m["from"]["is_bot"]]
        return ["photo" for m in shown if "photo" in m] + [
            m["document"]["file_name"] for m in shown if "document" in m
        ]
    assert isinstance(desk, SlackDesk)
    found: list[str] = []
    for message, _ in await desk.messages():
        found += [str(one.get("name") or one.get("title")) for one in message.get("files") or []]
        blocks: list[dict[str, Any]] = message.get("blocks") or []
        found += ["photo" for block in blocks if block["type"] == "image"]
    return found


async def given(team: Team, desk: Desk, pattern: str) -> str:
    async def look() -> str:
        return next((name for name in await files(team, desk) if re.search(pattern, name)), "")

    try:
        return str(await until(pattern, look))
    except AssertionError:
        raise AssertionError(f"no {pattern!r} among {await files(team, desk)}") from None


async def test_a_named_link_and_its_poster_in_the_hand(team: Team) -> None:
    desk = team.author
    await desk.types("share Kapı afişi")
    link = (await sees(desk, r"https://t\.me/\w+\?start=kapi-afisi"))[0]
    await sees(desk, "Nobody has opened it yet")
    await desk.press("poster kapi-afisi telegram")
    await given(team, desk, "photo")
    name = await given(team, desk, r"\.pdf$")
    assert name == "poster-kapi-afisi-en.pdf"
    picture = Image.open(io.BytesIO(await kept(team, ".png")))
    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [link]
    (page,) = pypdf.PdfReader(io.BytesIO(await kept(team, ".pdf"))).pages
    assert link.removeprefix("https://") in " ".join(page.extract_text().split())


async def test_a_poster_in_every_language_has_them_all(team: Team) -> None:
    desk = team.author
    await desk.types("share door")
    await desk.press("poster door telegram")
    await given(team, desk, r"door-en\.pdf$")
    await desk.press("poster door telegram all")
    await given(team, desk, r"door-en-tr\.pdf$")
    (page,) = pypdf.PdfReader(io.BytesIO(await kept(team, "en-tr.pdf"))).pages
    said = " ".join(page.extract_text().split())
    for language in ("en", "tr"):
        line = "Scan this with your phone's camera to get our announcements."
        assert speech(language).plain(line) in said


async def test_whoever_comes_by_it_is_counted_and_the_links_list_them(team: Team) -> None:
    await posters.make(team.house.core, *(await _owner(team)), "door")
    newcomer = 7001
    await team.sandbox.do("people", id=newcomer, name="Deniz", language="en")
    await team.sandbox.do("say", person=newcomer, text="/start door")
    await team.sandbox.do("say", person=newcomer, text="YES")

    async def counted() -> bool:
        ((_, came),) = await posters.count_joined(team.house.core)
        return (came.opened, came.joined) == (1, 1)

    await until("one who joined", counted)
    await team.author.types("share")
    await sees(team.author, "door: 1 opened it, 1 joined")
    await team.author.types("subscribers")
    await sees(team.author, f"{PEOPLE + 1} subscribers\n")
    await sees(team.author, r"In the last 4 weeks: 1 joined\.")
    await sees(team.author, r"door: 1 opened it, 1 joined")
    await given(team, team.author, r"photo|subscribers")
    everything = "\n".join(await team.author.screen())
    assert "Deniz" not in everything


async def _owner(team: Team) -> tuple[Any, ...]:
    from broadcast.services import team as people

    return ((await people.members(team.house.core))[0],)


async def test_a_new_link_asks_where_it_will_be_found(team: Team) -> None:
    await team.author.types("share")
    await team.author.press("share new")
    if isinstance(team.author, SlackDesk):
        await team.author.submit(Name="Market")
    else:
        assert isinstance(team.author, TelegramDesk)
        await sees(team.author, "Where will people find it")
        await team.sandbox.do("say", person=team.author.person, text="Market")
    await sees(team.author, r"\?start=market")


async def test_everybody_of_the_team_may_see_the_figures_and_nobody_else(team: Team) -> None:
    core = team.house.core
    before = await team.stranger.screen()
    await team.stranger.types("subscribers")
    await team.stranger.types("share door")
    await team.author.types("subscribers")
    await sees(team.author, f"{PEOPLE} subscribers")
    fresh = (await team.stranger.screen())[len(before) :]
    assert all("subscribers" not in text and "start=door" not in text for text in fresh)
    assert await posters.count_joined(core) == []


async def test_a_link_that_was_never_made_is_no_poster(team: Team) -> None:
    await team.author.types("poster nowhere telegram")
    await sees(team.author, "There is no link of that name")
    await team.author.types("share 🌻")
    await sees(team.author, "Please name it with letters or numbers")


async def test_a_card_that_would_reach_nobody_offers_the_link(console: str, tmp_path: Path) -> None:
    async with opened(tmp_path, console, people=0) as team:
        number = await team.composed()
        await sees(team.author, "To: 0 people")
        assert await offered(team.author, "share")
        await team.author.press("share")
        await sees(team.author, "https://t.me/")
        look = await compose.look_at(team.house.core, number)
        shown = review_card.card(team.house.core, speech("en"), look, timezone="UTC")
        assert shown.buttons[0][0].command == "share"
