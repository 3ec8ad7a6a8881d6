"""The house stays as drawn in docs/architecture.md: what import-linter cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "broadcast", "channels", "lab", "web", "sandbox", "locales")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "data", "info"}
PLATFORM = {"aiogram", "telegram", "slack_sdk", "slack_bolt", "aiohttp", "httpx", "requests"}
FILES = sorted(
    file for room in ROOMS for file in (HOUSE / room).rglob("*.py") if "versions" not in file.parts
)


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def place(file: Path) -> str:
    return str(file.relative_to(HOUSE))


@pytest.mark.parametrize("file", FILES, ids=place)
def test_a_module_says_what_it_is_for_and_has_a_speaking_name(file: Path) -> None:
    assert file.stem not in FORBIDDEN_NAMES
    source = file.read_text(encoding="utf-8")
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "its first line says what it is for"


def test_the_core_and_the_handlers_know_no_platform_and_no_http() -> None:
    folders = (HOUSE / "broadcast", HOUSE / "bot" / "handlers")
    found = [
        (place(file), name)
        for folder in folders
        for file in folder.rglob("*.py")
        for name in imported(file)
        if name.split(".")[0] in PLATFORM
    ]
    assert found == []


# How Telegram writes a message is known in one place, pure: docs/decisions/0008
ALLOWED = {
    ("bot/frontends/telegram/markup.py", "channels.telegram.markup"),
    ("bot/frontends/telegram/markup.py", "channels.telegram.content"),
}


def test_channels_are_loaded_by_name_and_do_not_know_each_other() -> None:
    folder = HOUSE / "channels"
    names = {f.name for f in folder.iterdir() if f.is_dir() and not f.name.startswith("_")}
    found = []
    for file in FILES:
        if file.parts[len(HOUSE.parts)] == "sandbox":  # it hosts the simulators
            continue
        own = file.relative_to(folder).parts[0] if file.is_relative_to(folder) else ""
        for name in imported(file):
            parts = name.split(".")
            foreign = parts[0] == "channels" and len(parts) > 1 and parts[1] in names - {own}
            if foreign and (place(file), ".".join(parts[:3])) not in ALLOWED:
                found.append((place(file), name))
    assert found == []


def test_one_library_for_one_job_on_telegram() -> None:
    """aiogram sends and hears subscribers; python-telegram-bot is the admins' console.

    The peers we are measured beside use what they use.
    """
    for file in FILES:
        if file.is_relative_to(HOUSE / "lab" / "bench" / "peers"):
            continue
        heads = {name.split(".")[0] for name in imported(file)}
        if "aiogram" in heads:
            assert file.is_relative_to(HOUSE / "channels" / "telegram") or file.stem == "bench"
        if "telegram" in heads:
            assert file.is_relative_to(HOUSE / "bot" / "frontends" / "telegram")


@pytest.mark.parametrize("module", ["bot.settings", "channels", "broadcast.language", "bot.cli"])
def test_what_every_command_loads_is_light(module: str) -> None:
    look = f"import sys, {module}; print({{'aiogram', 'telegram', 'sqlmodel'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=HOUSE
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "room",
    [
        "bot",
        "bot/announce",
        "bot/frontends",
        "bot/handlers",
        "bot/views",
        "broadcast",
        "lab",
        "locales",
        "tests",
        "web",
    ],
)
def test_a_room_says_in_twenty_lines_what_lives_there(room: str) -> None:
    lines = (HOUSE / room / "README.md").read_text(encoding="utf-8").splitlines()
    assert 3 <= len(lines) <= 20


def test_every_drawing_the_readme_shows_exists() -> None:
    import re

    for page in [HOUSE / "README.md", *(HOUSE / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points at {target}"
