"""docs/sentences shows every sentence as it is said today, and Turkish names commands as its menu does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import command_names, dispatch
from broadcast.language import speech
from locales import catalogs
from tests.sentences import book, keeping, tree
from tests.sentences.listening import Listener

_COMMAND = re.compile(r"(?<![\w/:.}])/([^\W\d_]{3,})\b")
_NOT_OURS = {"invite", "metrics", "healthz"}  # Slack's own, and addresses


def test_every_sentence_is_shown_as_it_is_said_today() -> None:
    there = {file.name: file.read_text(encoding="utf-8") for file in book.FOLDER.glob("*.md")}
    assert there == book.pages(), "run: .venv/bin/python -m tests.sentences.book"


def test_the_book_holds_each_sentence_of_the_catalogs_once() -> None:
    rows = [row for page in book.pages().values() for row in page.splitlines() if row[:2] == "| "]
    shown = [re.sub(r"<br>_.*", "", row[2:].split(" | ")[0]) for row in rows]
    for sentence in tree.known():
        many = tree.plurals().get(sentence)
        written = book.cell(sentence) + (f"<br>{book.cell(many)}" if many else "")
        assert shown.count(written.split(" | ")[0]) >= 1, sentence


def test_a_message_is_said_again_in_the_other_language(tmp_path: Path) -> None:
    ear = Listener(tmp_path)
    for language in ("en", "tr"):
        words = speech(language)
        count = words.say_n("{n} person", "{n} people", 1234)
        said = words.say("To: {count}, everyone who opted in", count=count)
        ear.said(count.text, "{n} person", {}, n=1234)
        ear.said(said.text, "To: {count}, everyone who opted in", {"count": count})
        parts = ear.window.parts(f"#1 Water\n{said.text}\nSee you")
        assert tree.render(parts, "en") == (
            "#1 Water\nTo: 1,234 people, everyone who opted in\nSee you"
        )
        assert tree.render(parts, "tr") == "#1 Water\nKime: 1.234 kişi, abone olan herkes\nSee you"


def test_no_moment_path_or_port_of_one_run_is_written_down() -> None:
    at = {"at": "2026-11-30T22:49:00+00:00", "zone": "UTC", "offset": False}
    later = {**at, "at": "2026-12-01T22:49:00+00:00"}
    parts: tree.Parts = ["/tmp/pytest-of-root/pytest-7/a.csv on 127.0.0.1:43111, ", at, later]
    assert tree.steady(parts) == [
        "/srv/tellal/a.csv on 127.0.0.1:8080, ",
        {**at, "at": "2026-03-02T09:00:00+00:00"},
        {**at, "at": "2026-03-03T09:00:00+00:00"},
    ]


def test_a_message_of_which_a_sentence_is_gone_is_shown_no_more() -> None:
    gone = {"place": "console", "test": "", "said": [{"id": "Nobody says this"}], "buttons": []}
    good = {"place": "console", "test": "", "said": [{"id": "Menu"}], "buttons": []}
    assert keeping.best([gone, good]) == [good]


def _of_language(language: str) -> list[str]:
    found = (message.string or "" for message in catalogs.read(language) if message.id)
    return [one for each in found for one in ([each] if isinstance(each, str) else each)]


@pytest.mark.parametrize("language", catalogs.languages())
def test_a_sentence_names_commands_as_the_menu_of_its_language_does(language: str) -> None:
    there = {alias for row in dispatch.COMMANDS for alias in (row.name, *row.aliases)}
    said = {s for s in _of_language(language) if not s.startswith("/")}
    for sentence in said:
        for typed in _COMMAND.findall(sentence):
            if typed in _NOT_OURS:
                continue
            command = command_names.by_name().get(command_names.folded(typed), typed)
            shown = {
                command_names.in_menu(command, language),
                *command_names.names(command, language),
            }
            assert typed in shown or (command not in command_names.NAMES and typed in there), (
                sentence
            )
