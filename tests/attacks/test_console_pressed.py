"""Every button and command of the console at once, late, by others, with odd words, before and after
a kill: one installation, pressed from all sides."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.people import FIRST_ID
from sandbox.slack_stage import PLACE
from tests.attacks.stage import APPROVER, AUTHOR, OWNER, Town, town

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
OTHER, READER = 7004, FIRST_ID  # an author as well; somebody who only reads
AT_SLACK, COLLEAGUE = (
    "U0ECE",
    "U0MERT",
)  # an owner there; somebody of the workspace, not of the team
TIMES = 30
HELPED = ("halt", "halt", "shelf", "shelf")
BROKE = "Something went wrong"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("pressed")
    owners = f"telegram:{OWNER},slack:{AT_SLACK}"
    async with town(folder, people=3, spaced=False, slack=True, TELLAL_OWNERS=owners) as made:
        await made.ask("people", id=OTHER, name="Bora Ak", language="en")
        await made.ask("start", people=[OTHER])
        await made.join(OTHER, "author")
        yield made


async def settled(place: Town) -> None:
    """All that was done has been handled."""

    async def look() -> bool:
        (bot,) = await place.ask("bots", "GET")
        return not bot["pending_updates"] and not place.value(
            "SELECT count(*) FROM inbox WHERE NOT handled"
        )

    await place.until("everything handled", look)


async def force(place: Town, person: int, *lines: str) -> None:
    """Callback data as a client of their own sends it, under a message of the bot; at once."""
    known = [m["message_id"] for m in await place.messages(person) if m["from"]["is_bot"]]
    await asyncio.gather(
        *(
            place.ask("press", person=person, message_id=known[-1], data=data, force=True, wait=0.1)
            for data in lines
        )
    )


async def kept(place: Town, words: str, author: int = AUTHOR) -> int:
    """Words written beside an open draft; the number of the question about them."""
    before = place.value("SELECT coalesce(max(written_id), 0) FROM written")
    await place.ask("say", person=author, text=words)

    async def look() -> int | None:
        newest = int(place.value("SELECT coalesce(max(written_id), 0) FROM written"))
        return newest if newest > before else None

    return int(await place.until("a question about it", look))


def whole(place: Town) -> list[Any]:
    """What nobody but its people may change."""
    return [
        place.query("SELECT broadcast_id, status, version, content, audience FROM broadcast"),
        place.query("SELECT written_id, became, broadcast_id FROM written"),
        place.query("SELECT count(*) FROM draft_version"),
        place.query("SELECT code FROM poster"),
        place.query("SELECT halt_id, lifted_at FROM halt"),
        place.query("SELECT name, value FROM house_choice"),
    ]


async def test_what_others_and_strangers_forge_does_nothing(place: Town) -> None:
    number = await place.draft("Market on Saturday")
    one = await kept(place, "and bring a blanket")
    await settled(place)
    foreign = [f"place {one} {wish}" for wish in ("replace", "add", "nothing", "again", "make")]
    foreign += [f"place {one} ask {number}", f"putback {number} 1", f"takeback {number}"]
    foreign += [f"reuse {number}", f"newcomers {number} open", f"delete {number} now"]
    foreign += [f"{verb} {number}" for verb in ("versions", "schedule", "submit", "content")]
    team = ["halt", "lift", "stop broadcast", "shelf", "share door", "subscribers", "new"]
    team += ["poster door telegram", "checklist alone now", "checklist hide", f"test {number}"]
    before = whole(place)
    await force(place, OTHER, *(f"a:{line}" for line in foreign))
    await force(place, APPROVER, *(f"a:{line}" for line in foreign))
    await place.ask("say", person=READER, text="hello")
    await place.until("an answer", lambda: place.said(READER))
    await force(place, READER, *(f"a:{line}" for line in (*foreign, *team)))
    for line in (*foreign, *team):
        await place.ask("say", person=READER, text=f"/{line}")
    await settled(place)
    assert whole(place) == before
    said = "\n".join(await place.said(READER))
    assert "Market" not in said and "t.me/" not in said and BROKE not in said
    assert await place.received("Market on Saturday") == {}


async def test_pressed_thirty_times_at_once_is_pressed_once(place: Town) -> None:
    number = await place.draft("Concert in the park")
    one, other = await kept(place, "at nine"), await kept(place, "A walk by the lake")
    drafts = place.value("SELECT count(*) FROM broadcast")
    for line in (f"place {one} add", f"place {other} make", f"reuse {number}", "share Door"):
        await force(place, AUTHOR, *[f"a:{line}"] * TIMES)
        await settled(place)
    assert place.value("SELECT count(*) FROM broadcast") == drafts + 2
    (words,) = place.query("SELECT content FROM broadcast WHERE broadcast_id = ?", number)[0]
    assert words.count("at nine") == 1
    versions = place.value("SELECT count(*) FROM draft_version WHERE broadcast_id = ?", number)
    await force(place, AUTHOR, *[f"a:putback {number} 1"] * TIMES)
    await settled(place)
    now = place.value("SELECT count(*) FROM draft_version WHERE broadcast_id = ?", number)
    assert now == versions + 1, "putting back what stands there already is no change"
    await force(place, AUTHOR, *["a:halt"] * TIMES)
    await settled(place)
    assert place.value("SELECT count(*) FROM halt") == 1
    await force(place, OWNER, *["a:lift 1"] * TIMES)
    await settled(place)
    assert place.value("SELECT count(*) FROM audit WHERE action = 'lifted'") == 1
    assert place.value("SELECT count(*) FROM poster") == 1
    await force(
        place, AUTHOR, *[f"a:open {number}"] * TIMES, *[f"a:help {verb}" for verb in HELPED]
    )
    await settled(place)
    for person in (AUTHOR, OWNER):
        assert not any(BROKE in words for words in await place.said(person))
    assert place.product is not None
    assert '"level": "error"' not in place.product.output, (
        "an edit that changes nothing is no error"
    )


async def test_killed_between_the_presses_and_their_answers_each_acts_once(place: Town) -> None:
    number = await place.draft("Water is off")
    one, other = await kept(place, "until noon"), await kept(place, "A word of thanks")
    drafts = place.value("SELECT count(*) FROM broadcast")
    place.freeze()
    presses = [f"place {one} add", f"place {other} make", f"reuse {number}", "share Gate", "halt"]
    await force(place, AUTHOR, *(f"a:{line}" for line in presses))
    place.thaw()

    async def begun() -> bool:
        return bool(place.value("SELECT count(*) FROM halt WHERE lifted_at IS NULL"))

    await place.until("the first of them done", begun)
    assert place.product is not None
    place.product.send(signal.SIGKILL)
    await place.product.ended()
    assert place.value("SELECT count(*) FROM halt WHERE lifted_at IS NULL") == 1, "first of all"
    await place.start()
    await settled(place)
    assert place.value("SELECT count(*) FROM broadcast") == drafts + 2
    (words,) = place.query("SELECT content FROM broadcast WHERE broadcast_id = ?", number)[0]
    assert words.count("until noon") == 1
    assert place.value("SELECT count(*) FROM poster WHERE code = 'gate'") == 1
    told = await place.see(OWNER, "that it was not running", "still stopped by|I go on")
    assert told[0].startswith("still stopped by")
    await place.press(OWNER, "lift")
    await settled(place)


async def test_a_newcomer_gets_nothing_while_everything_is_stopped_and_it_once_afterwards(
    place: Town,
) -> None:
    words = "The library opens again"
    number = await place.draft(words)
    await place.press(AUTHOR, f"newcomers {number} open")
    await place.press(AUTHOR, f"submit {number}")
    await place.press(APPROVER, f"approve {number}")
    await place.becomes(number, "completed")
    await place.ask("say", person=APPROVER, text="/halt")
    newcomer = FIRST_ID + 40
    for line in ("/start", "JOIN", "/last", "/last"):
        await place.ask("say", person=newcomer, text=line)
    await settled(place)
    assert (await place.received(words))[newcomer] == 0
    await place.press(APPROVER, "lift")
    await place.see(newcomer, "what they missed", words)
    await settled(place)
    assert (await place.received(words))[newcomer] == 1


async def test_after_its_end_nothing_of_it_changes_and_each_refusal_shows_a_way(
    place: Town,
) -> None:
    words = "The bridge is closed"
    number = await place.draft(words)
    one = await kept(place, "and the road")
    await place.press(AUTHOR, f"submit {number}")
    await place.press(APPROVER, f"approve {number}")
    await place.becomes(number, "completed")
    (before,) = place.query("SELECT * FROM broadcast WHERE broadcast_id = ?", number)
    late = [f"takeback {number}", f"putback {number} 1", f"newcomers {number} open"]
    late += [f"place {one} add", f"place {one} replace", f"schedule {number}", f"submit {number}"]
    await force(place, AUTHOR, *(f"a:{line}" for line in late))
    await settled(place)
    assert place.query("SELECT * FROM broadcast WHERE broadcast_id = ?", number) == [before]
    assert set((await place.received(words)).values()) == {1}
    refused = [m for m in await place.messages(AUTHOR) if "no longer possible" in m.get("text", "")]
    assert refused
    for message in refused:
        rows = message["reply_markup"]["inline_keyboard"]
        lines = [button["callback_data"] for row in rows for button in row]
        assert len(lines) == len(set(lines)), "nothing is offered twice"
    await force(place, AUTHOR, f"a:place {one} make")
    await settled(place)
    newest = place.query("SELECT status, content FROM broadcast ORDER BY broadcast_id DESC")[0]
    assert newest[0] == "draft" and "and the road" in newest[1], "what was written is not lost"


async def test_taken_back_and_approved_in_the_same_moment_it_is_one_of_both(place: Town) -> None:
    words = "The pool is warm"
    number = await place.draft(words)
    await place.press(AUTHOR, f"submit {number}")
    _, yes = await place.button(APPROVER, f"approve {number}")
    place.freeze()
    await asyncio.gather(
        force(place, APPROVER, yes), force(place, AUTHOR, f"a:takeback {number}"),
        force(place, OWNER, yes, f"a:takeback {number}"),
    )  # fmt: skip
    place.thaw()
    await settled(place)
    ended = await place.becomes(number, "draft", "completed")
    got = await place.received(words)
    assert got == {} if ended == "draft" else set(got.values()) == {1}
    asks = place.value("SELECT approved_digest FROM broadcast WHERE broadcast_id = ?", number)
    assert bool(asks) is (ended == "completed")


async def test_in_slack_a_colleague_outside_the_team_changes_nothing_and_ten_presses_are_one(
    place: Town,
) -> None:
    number = await place.draft("Trams stop at ten")
    await place.press(AUTHOR, f"submit {number}")
    yes, where = await place.slack_button(COLLEAGUE, f"approve {number}")
    await settled(place)
    before = whole(place)
    await place.ask("press", channel="slack", user=COLLEAGUE, value=yes, wait=0, **where)
    for line in (
        "halt",
        "lift",
        "shelf",
        "share Late",
        f"reuse {number}",
        "subscribers",
        "checklist",
    ):
        await place.ask("command", channel="slack", user=COLLEAGUE, place=PLACE, text=line, wait=0)
    await place.slack_see(COLLEAGUE, "that it is not open to them", "not open to you")
    await settled(place)
    assert whole(place) == before
    await place.slack("say", AT_SLACK, text="A word nobody asked for")
    one, where = await place.slack_button(AT_SLACK, "place")
    drafts = place.value("SELECT count(*) FROM broadcast")
    make = {"user": AT_SLACK, "value": one.rpartition(" ")[0] + " make", "wait": 0, **where}
    await asyncio.gather(*(place.ask("press", channel="slack", **make) for _ in range(10)))
    await settled(place)
    assert place.value("SELECT count(*) FROM broadcast") == drafts + 1


ODD = (
    "\u202egnitset", "\u2067x", "𝔘𐍈🏴\u200d☠\ufe0f", "\u200b\u200d\u2060", "x" * 4000, "=HYPERLINK(1)",
    "../../../etc/passwd", "<b>*a*_b_`c`[l](http://x)</b>", "9" * 400, "-1", "٣", "¹", "\x00a", "{0}",
    "{id.__class__}", "%s%n", "1 2 3 4 5", "ﷺ" * 300, "İ", "#", "日本 1", "Рынок",
)  # fmt: skip
COMMANDS = (
    "shelf", "reuse", "takeback", "versions", "putback", "place", "lift", "checklist", "share",
    "poster", "newcomers", "stop", "help", "preview", "new",
)  # fmt: skip


async def test_odd_words_behind_every_command_are_answered_in_words(place: Town) -> None:
    for command in COMMANDS:
        for place_, words in enumerate(ODD):
            behind = f"1 {words}" if place_ % 2 else words
            await place.ask("say", person=OWNER, text=f"/{command} {behind}"[:4096])
    await place.ask("say", person=OWNER, text="/share 日本 1")
    await place.ask("say", person=OWNER, text="/share 東京 1")
    await place.ask("say", person=OWNER, text="/share " + "\u200b" * 40 + "x")
    await place.ask("say", person=OWNER, text="/share")
    await settled(place)
    assert place.product is not None
    assert "turn_failed" not in place.product.output
    assert not any(BROKE in words for words in await place.said(OWNER))
    await place.see(OWNER, "all the links, whatever they are called", "Your links")
    codes = [code for (code,) in place.query("SELECT code FROM poster")]
    assert all(code.isascii() and len(code) <= 32 for code in codes)
    names = {name for (name,) in place.query("SELECT name FROM poster")}
    assert {"日本 1", "東京 1", "1 Рынок"} <= names, "each name is a link of its own"


async def test_who_was_removed_finds_none_of_it_working(place: Town) -> None:
    number = await place.draft("The last one", OTHER)
    one = await kept(place, "with a postscript", OTHER)
    who = place.value("SELECT admin_id FROM admin WHERE name = 'Bora Ak'")
    await place.ask("say", person=OWNER, text=f"/remove {who} now")
    await place.see(OTHER, "that they are out", "taken you out of this team")
    before = whole(place)
    lines = [f"place {one} add", f"place {one} make", f"reuse {number}", f"takeback {number}"]
    lines += ["halt", "lift", "shelf", "share Late", "subscribers", f"putback {number} 1", "new"]
    await force(place, OTHER, *(f"a:{line}" for line in lines))
    for line in lines:
        await place.ask("say", person=OTHER, text=f"/{line}")
    await settled(place)
    assert whole(place) == before
