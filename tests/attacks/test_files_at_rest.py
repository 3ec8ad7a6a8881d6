"""Whoever else has an account on this machine reads nobody's data; what is lost can be had again."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.spreadsheet.formula import harmless
from broadcast.models import SOURCE_LONGEST
from lab.child_process import Child
from tests.attacks.stage import town

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """As most machines have it: new files can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The rights of everything in it that the product made."""
    ours = (p for p in folder.rglob("*") if not re.fullmatch(r"people-\d+\.csv", p.name))
    return {str(p.relative_to(folder)): oct(stat.S_IMODE(p.stat().st_mode)) for p in ours}


def private(found: dict[str, str]) -> bool:
    return set(found.values()) <= {"0o600", "0o700"}


async def test_nobody_else_can_read_what_a_running_house_keeps(tmp_path: Path) -> None:
    async with town(tmp_path, people=2, new=True) as made:
        await made.draft("With a picture", photo="sea")
        await made.take_in(["pigeon,1,Ali,tr,opted_in,fair"])  # a rejected file as well
        done = await made.run("backup", "safe/b.tar", "--json")
        assert done.process.returncode == 0, done.output
        exported = await made.run("export", "subscribers", "--to", "people.csv.out")
        assert exported.process.returncode == 0, exported.output
        found = modes(tmp_path)
        assert {
            "tellal.db",
            "tellal.db-wal",
            "tellal.db-shm",
            "media",
            "safe",
            "safe/b.tar",
        } <= set(found)
        assert any(name.startswith("media/") for name in found)
        assert any(".rejected" in name for name in found)
        assert private(found), found


async def test_what_was_open_before_is_closed_or_named_by_doctor(tmp_path: Path) -> None:
    async with town(tmp_path, people=1, team=False, start=False, new=True) as made:
        media = tmp_path / "media"
        media.mkdir(0o755)
        (media / "old").write_bytes(b"a picture")
        made.database.chmod(0o644)
        (tmp_path / ".env").write_text("# tokens\n")
        os.chmod(tmp_path, 0o755)  # noqa: PTH101
        await made.start()
        left = {name: mode for name, mode in modes(tmp_path).items() if name != ".env"}
        assert private(left), left
        said = json.loads((await made.run("doctor", "--json")).output.splitlines()[-1])
        (check,) = [check for check in said["checks"] if check["name"] == "files"]
        assert not check["ok"]
        assert check["mend"] == f"Run: chmod 700 {tmp_path} && chmod 600 {tmp_path}/.env"
        await pasted(check["mend"].removeprefix("Run: "), tmp_path, made.environment())
        said = json.loads((await made.run("doctor", "--json")).output.splitlines()[-1])
        assert [c["ok"] for c in said["checks"] if c["name"] == "files"] == [True]


async def test_a_name_that_is_a_formula_is_nothing_but_a_name_in_an_export(tmp_path: Path) -> None:
    names = ["=A1+1", "\u3000＝HYPERLINK(1)", "Ali;=cmd|' /C calc'!A0", "\u200b@SUM(1)", "-A2+3"]
    async with town(tmp_path, people=0, team=False, new=True) as made:
        for number, name in enumerate(names, 9001):
            await made.ask("people", id=number, name=name, language="en")
            await made.ask("start", people=[number])
            await made.ask("say", person=number, text="/start " + "x" * 4000)
            await made.ask("say", person=number, text="YES")

        async def joined() -> bool:
            asked = "SELECT count(*) FROM address WHERE consent = 'opted_in'"
            return made.value(asked) == len(names)

        await made.until("all are in", joined)
        kept = dict(
            made.query("SELECT value, name FROM address JOIN subscriber USING (subscriber_id)")
        )
        exported = await made.run("export", "subscribers", "--to", "out.csv")
        assert exported.process.returncode == 0, exported.output
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as opened:
            shown = {row["address"]: row["name"] for row in csv.DictReader(opened)}
        for address, name in kept.items():
            assert name and shown[address] == harmless(name) != name

        # a payload of thousands of letters is neither in the ledger nor in what was handled
        assert made.value("SELECT max(length(source)) FROM consent_event") <= SOURCE_LONGEST

        async def emptied() -> bool:
            return made.value("SELECT count(*) FROM inbox WHERE length(payload) > 1000") == 0

        await made.until("what was handled is emptied", emptied)

        there = made.environment() | {"TELLAL_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/b.db"}
        child = Child.fork(tmp_path, there, "bot", "import", "out.csv")
        made.children.append(child)
        assert await child.ended() == 0, child.output
        with closing(sqlite3.connect(tmp_path / "b.db")) as db:
            asked = "SELECT value, name FROM address JOIN subscriber USING (subscriber_id)"
            assert dict(db.execute(asked).fetchall()) == kept


def drill() -> list[str]:
    """The blocks of the restore drill, as the page has them."""
    page = OPERATIONS.read_text(encoding="utf-8")
    part = page.split("## Restore drill", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```\n(.*?)```", part, re.S)


async def test_the_restore_drill_of_the_handbook_works_word_for_word(tmp_path: Path) -> None:
    async with town(tmp_path, people=3, new=True) as made:
        number = await made.draft("Kept words", photo="sea")
        before = people(made.database)
        rehearsal, start = drill()
        environment = made.environment() | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        }
        await pasted(rehearsal, tmp_path, environment)
        folder = tmp_path / "drill"
        assert people(folder / "tellal.db") == before == people(made.database)
        with closing(sqlite3.connect(folder / "tellal.db")) as db:
            (path,) = db.execute("SELECT path FROM stored_file").fetchone()
            asked = "SELECT content FROM broadcast WHERE broadcast_id = ?"
            assert "Kept words" in db.execute(asked, (number,)).fetchone()[0]
        assert (folder / path).is_file() and Path(path) == Path("media") / Path(path).name
        rows = list(csv.DictReader((folder / "people.csv").open(encoding="utf-8", newline="")))
        assert len(rows) == len(before)
        assert private(modes(folder)), modes(folder)

        assert made.product is not None
        await made.product.end()  # the lost one is stopped for good
        assert start == "tellal run\n"
        url = {"TELLAL_DATABASE_URL": "sqlite+aiosqlite:///tellal.db"}
        child = Child.fork(folder, made.environment() | url, "bot", "run")
        made.children.append(child)
        await child.says("is running", 60.0)


async def pasted(block: str, folder: Path, environment: dict[str, str]) -> None:
    """A block of a page, as somebody pastes it into a terminal."""
    ran = await asyncio.create_subprocess_exec(
        "bash", "-e", "-c", block, cwd=folder, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await ran.communicate()
    assert ran.returncode == 0, out.decode()


def people(database: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute(
            "SELECT channel, value, consent FROM address ORDER BY address_id"
        ).fetchall()
