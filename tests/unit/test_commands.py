"""Commands have names in every language, explain themselves, and none of them is a way to leave."""

from __future__ import annotations

import re

import pytest

from bot import command_names, dispatch
from bot.command_examples import HELP
from bot.handlers.menu import MOST
from broadcast.consent_words import Verdict, verdict
from broadcast.language import languages, speech
from broadcast.models import Role
from broadcast.services.audit import change_status, load_broadcast
from broadcast.states import BroadcastStatus
from broadcast.wording.lexicon import codes
from tests.unit.desk import Desk

LISTED = sorted({row.name for row in dispatch.COMMANDS if row.listed})
# These are words subscribers leave by, and have to be: a cancel is called so. A command of an
# admin's is a command all the same.
LEAVING = {"stop", "cancel", "iptal", "remove", "revoke"}


@pytest.mark.parametrize("command", LISTED)
@pytest.mark.parametrize("language", languages())
def test_a_listed_command_has_a_name_and_an_explained_example(command: str, language: str) -> None:
    assert command in command_names.NAMES and command in HELP
    text = speech(language).plain(HELP[command])
    example = re.search(r"/(\w+)", text)
    assert example and dispatch.named(example[1]) == command, text


@pytest.mark.parametrize("language", languages())
def test_a_menu_takes_every_name_and_each_leads_to_its_command(language: str) -> None:
    shown = {command: command_names.in_menu(command, language) for command in LISTED}
    assert len(set(shown.values())) == len(shown)
    for command, name in shown.items():
        assert re.fullmatch(r"[a-z0-9_]{1,32}", name)
        assert dispatch.named(name) == command


def test_no_name_means_two_commands() -> None:
    owners: dict[str, set[str]] = {}
    for row in dispatch.COMMANDS:
        for name in {row.name, *row.aliases}:
            owners.setdefault(command_names.folded(name), set()).add(row.name)
    for command in command_names.NAMES:
        for language in languages():
            for name in command_names.names(command, language):
                owners.setdefault(command_names.folded(name), set()).add(command)
    assert {name: of for name, of in owners.items() if len(of) > 1} == {}


def test_no_name_is_a_word_that_people_leave_by() -> None:
    every = {name for row in dispatch.COMMANDS for name in (row.name, *row.aliases)}
    every |= {
        name
        for command in command_names.NAMES
        for language in languages()
        for name in command_names.names(command, language)
    }
    out = {
        name
        for name in every
        if any(verdict(name, own).verdict is Verdict.OUT for own in ((), *((c,) for c in codes())))
    }
    assert out == LEAVING
    brake = {
        name
        for language in languages()
        for name in command_names.names("halt", language)
        if name != "halt"
    }
    doubtful = {
        n for n in brake if any(verdict(n, (c,)).verdict is not Verdict.NONE for c in codes())
    }
    assert brake and not doubtful


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/durum", "status"), ("/DURUM", "status"), ("/yeni", "new"), ("/iptal", "cancel"),
        ("/İptal", "cancel"), ("/IPTAL", "cancel"), ("/yardım", "help"), ("/yardim", "help"),
        ("/gönder", "submit"), ("/gonder", "submit"), ("/GÖNDER", "submit"), ("/şablonlar", "templates"),
        ("/ÖNİZLE", "preview"), ("/compose", "new"), ("/fren", "halt"),
    ],
)  # fmt: skip
def test_a_name_is_known_in_any_language_with_and_without_its_dots(typed: str, meant: str) -> None:
    assert dispatch.named(typed) == meant


async def test_help_explains_one_thing_in_the_readers_language(desk: Desk) -> None:
    said = await desk.says("author", "/help schedule")
    assert "/schedule 3 tomorrow 9:00" in said
    assert "Did you mean /schedule?" in await desk.says("author", "/help shedule")
    await desk.says("author", "/dil tr")
    assert "/zamanla 3 yarın 9:00" in await desk.says("author", "/yardım zamanla")
    assert "/durum: " in await desk.says("author", "/yardım")


@pytest.mark.parametrize("word", ["dsfsdf", "qwerty", "asdfgh", "aaaa", "zzz", "merhaba"])
async def test_what_is_like_no_command_is_not_taken_for_one(desk: Desk, word: str) -> None:
    said = await desk.says("author", f"/{word}")
    assert "Did you mean" not in said and "/help shows" in said


async def test_a_suggestion_never_acts(desk: Desk) -> None:
    number, _ = await desk.submitted()
    said = await desk.says("author", "/cancle")
    assert "Did you mean /cancel?" in said
    commands = [b.command for reply in desk.last for row in reply.buttons for b in row]
    assert commands == ["help cancel", "help"]
    assert "/cancel 3" in await desk.press("author", "What does /cancel do?")
    assert await desk.house.status(number) == "in_review"


# By context


def labels(desk: Desk) -> list[list[str]]:
    return [[b.label for b in row] for reply in desk.last for row in reply.buttons]


async def test_the_menu_is_what_fits_now_then_the_brake_and_more(desk: Desk) -> None:
    await desk.says("author", "/menu")
    *jobs, last = labels(desk)
    assert last == ["🛑 Stop everything", "More…"]
    assert jobs[0][0] == "New broadcast" and sum(map(len, jobs)) <= MOST
    number, seen = await desk.submitted()
    await desk.says("approver", "/menu")
    assert labels(desk)[0][0] == "Waiting for you: 1"
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.says("approver", "/menu")
    assert labels(desk)[0][0] == "Running: 1"
    await desk.says("owner", "/menu")
    assert sum(map(len, labels(desk)[:-1])) <= MOST
    assert {"Running: 1", "New broadcast"} <= {label for row in labels(desk) for label in row}


async def test_more_has_every_command_of_the_role(desk: Desk) -> None:
    for user, role in (("author", Role.AUTHOR), ("owner", Role.OWNER)):
        await desk.says(user, "/menu all")
        commands = {b.command for reply in desk.last for row in reply.buttons for b in row}
        assert commands == {row.name for row in dispatch.listed(role)}


@pytest.mark.parametrize(
    "line",
    ["/cancel", "/pause", "/resume", "/approve", "/report", "/submit", "/correct", "/status",
     "/missed 9", "/pause 1", "/open 99", "/reject 1 no"],
)  # fmt: skip
async def test_no_refusal_is_a_dead_end(desk: Desk, line: str) -> None:
    number, _ = await desk.submitted()
    await desk.says("author", f"/cancel {number} now")
    await desk.says("approver", line)
    assert desk.last and any(reply.buttons for reply in desk.last), line


async def test_what_is_over_is_not_meant_by_a_command_without_a_number(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    async with desk.house.store.write() as session:
        row = await load_broadcast(session, number)
        change_status(row, BroadcastStatus.SENDING)
        change_status(row, BroadcastStatus.COMPLETED)
    for line in ("/submit", "/pause", "/cancel"):
        said = await desk.says("author", line)
        assert "no longer possible" not in said, said
        assert any(reply.buttons for reply in desk.last)
