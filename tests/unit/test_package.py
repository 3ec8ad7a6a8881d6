"""What is installed from the wheel has all it reads, and nothing that belongs to the checkout alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = [n for n in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] if "." not in n]
DOCUMENTS = {".md"}

LOOK = """
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
from bot import terminal
from bot.frontends.slack import emoji, scopes
from broadcast.language import languages, speech
from broadcast.store.migrate import upgrade, versions
from broadcast.wording import lexicon, moment
from channels import available
from locales import catalogs
from sandbox import server
from sandbox.slack import schema

url = "sqlite+aiosqlite:///" + sys.argv[2] + "/t.db"
asyncio.run(upgrade(url))
print(json.dumps({
    "from": terminal.__file__,
    "version": terminal.version(),
    "languages": sorted(languages()),
    "turkish": speech("tr").plain("Stopped."),
    "catalogs": sorted(catalogs.languages()),
    "head": len(set(asyncio.run(versions(url)))),
    "page": sorted(p.name for p in server.PAGE.iterdir()),
    "manifest": scopes.MANIFEST.is_file(),
    "channels": available(),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, str(HOUSE / ".make" / "build-wheel"), str(folder)],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def inside(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_everything_in_the_rooms_but_documents_travels(wheel: Path) -> None:
    there = {
        str(path.relative_to(HOUSE))
        for room in ROOMS
        for path in (HOUSE / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in DOCUMENTS
    }
    assert {name for name in inside(wheel) if ".dist-info/" not in name} == there


def test_the_rooms_are_all_that_is_put_beside_other_packages(wheel: Path) -> None:
    first = {name.partition("/")[0] for name in inside(wheel)}
    assert {name for name in first if not name.endswith(".dist-info")} == set(ROOMS)


def test_it_says_what_it_is(wheel: Path) -> None:
    info = f"tellal-{PROJECT['project']['version']}.dist-info"
    with zipfile.ZipFile(wheel) as opened:
        said = message_from_string(opened.read(f"{info}/METADATA").decode())
        entries = opened.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in opened.namelist()
    assert (said["Name"], said["License-Expression"]) == ("tellal", "Apache-2.0")
    assert said["Requires-Python"] == PROJECT["project"]["requires-python"]
    assert "tellal = bot.cli:main" in entries


def test_what_it_reads_is_found_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(installed)
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(installed), str(elsewhere)],
        cwd=elsewhere, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["from"].startswith(str(installed))
    assert found["version"] == PROJECT["project"]["version"]
    assert found["languages"] == found["catalogs"] == ["en", "tr"]
    assert found["turkish"] not in ("", "Stopped.")
    assert found["head"] == 1 and found["manifest"]
    assert "index.html" in found["page"] and found["channels"]


def test_it_is_built_of_what_is_there_now(wheel: Path) -> None:
    """A build/ that an earlier version left in the checkout brings nothing back."""
    made = zipfile.ZipFile(wheel)
    assert not [name for name in made.namelist() if name.startswith("build/")]
    assert not (wheel.parent / "build").exists()
