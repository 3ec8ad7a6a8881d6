"""The command answers fast, and its exit codes keep their promise."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlmodel import select

import channels
from bot import import_export
from broadcast.language import languages
from broadcast.models import Address, ConsentEvent
from broadcast.store.session import Store
from locales.catalogs import sentences

HEAVY = ("sqlmodel", "sqlalchemy", "aiogram", "telegram", "matplotlib", "aiohttp", "alembic")


def tellal(folder: Path, *arguments: str, **setting: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TELLAL_")}
    house = str(Path(__file__).resolve().parents[2])
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": house} | setting,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    look = f"""
import sys
from bot import cli
try:
    cli.app(["--help"])
except SystemExit as end:
    assert not end.code
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=30, check=True
    )
    assert "doctor" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_wrong_setting_is_one_line_and_exit_2(tmp_path: Path) -> None:
    done = tellal(tmp_path, "run", TELLAL_LANGUGE="en")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("TELLAL_LANGUGE")
    assert not list(tmp_path.iterdir())


def test_wrong_use_exits_2(tmp_path: Path) -> None:
    assert tellal(tmp_path, "nonsense").returncode == 2
    assert tellal(tmp_path, "export", "nonsense").returncode == 2
    assert tellal(tmp_path, "import", "not-there.csv").returncode == 2


def test_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    before = tellal(tmp_path, "doctor", "--json")
    assert before.returncode == 1
    found = json.loads(before.stdout.splitlines()[-1])
    assert {c["name"] for c in found["checks"] if not c["ok"]} == {"database", "channels"}
    assert all(c["mend"] for c in found["checks"] if not c["ok"])
    assert tellal(tmp_path, "db", "upgrade").returncode == 0
    after = json.loads(tellal(tmp_path, "doctor", "--json").stdout.splitlines()[-1])
    assert {c["name"] for c in after["checks"] if not c["ok"]} == {"channels"}
    assert "how to fix" in tellal(tmp_path, "doctor").stdout


PEOPLE = """channel,address,name,language,timezone,consent,source
telegram,1,Ayşe,tr,Europe/Istanbul,opted_in,fair 2026
telegram,2,Bob,en,,opted_in,
telegram,3,Cem,tr,,,
telegram,4,Dee,xx,,opted_in,web
carrier-pigeon,5,Eve,en,,opted_in,web
telegram,6,Fay,en,,opted_out,letter
telegram,7,G,en,,opted_in,web,surplus
"""


async def test_import_takes_good_lines_and_lists_bad_ones(tmp_path: Path) -> None:
    file, url = tmp_path / "people.csv", f"sqlite+aiosqlite:///{tmp_path}/t.db"
    file.write_text(PEOPLE, encoding="utf-8")
    done = await import_export.import_file(url, file)
    assert done.taken == 3
    assert [line for line, _ in done.rejected] == [3, 5, 6, 8]
    with done.rejected_file.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["address"] for row in rows] == ["2", "4", "5", "7"]
    assert all(row["why"] for row in rows)

    store = Store(url)
    async with store.write() as session:
        consent = {a.value: a.consent for a in await session.scalars(select(Address))}
        assert consent == {"1": "opted_in", "3": "none", "6": "opted_out"}
        events = list(await session.scalars(select(ConsentEvent)))
        assert [(e.kind, e.source) for e in events] == [
            ("opt_in", "import: fair 2026"),
            ("opt_out", "import: letter"),
        ]
        first = await session.scalar(select(Address).where(Address.value == "1"))
        assert first is not None
        first.suppressed = "blocked"
        first.consent = "opted_out"
    await store.close()

    file.write_text(PEOPLE.splitlines()[0] + "\ntelegram,6,,,,opted_in,again\n"
                    "telegram,1,Ayşe Y,,,opted_in,again\n", encoding="utf-8")  # fmt: skip
    again = await import_export.import_file(url, file)
    assert (again.taken, again.kept_out, again.rejected) == (0, 2, [])

    out = io.StringIO()
    await import_export.export(url, "subscribers", out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert [(r["address"], r["consent"], r["name"]) for r in rows] == [
        ("1", "opted_out", "Ayşe Y"),
        ("3", "none", "Cem"),
        ("6", "opted_out", "Fay"),
    ]


NUMBERS = """channel,address,consent,source
whatsapp,+90 (532) 123 45 67,opted_in,fair
whatsapp,00905321234568,opted_in,fair
whatsapp,0532 123 45 69,opted_in,fair
whatsapp,12,opted_in,fair
whatsapp,Ali,opted_in,fair
whatsapp,+9053212345678901234,opted_in,fair
whatsapp,TR.13491208655302741918,opted_in,fair
messenger,5000000000000000,opted_in,fair
messenger,+905321234567,opted_in,fair
messenger,ali.veli,opted_in,fair
"""


async def test_numbers_nobody_could_dial_are_listed_and_the_others_are_written_one_way(
    tmp_path: Path,
) -> None:
    file, url = tmp_path / "people.csv", f"sqlite+aiosqlite:///{tmp_path}/t.db"
    file.write_text(NUMBERS, encoding="utf-8")
    done = await import_export.import_file(url, file)
    assert [line for line, _ in done.rejected] == [4, 5, 6, 7, 10, 11]
    assert "country code" in done.rejected[0][1] and "page" in done.rejected[-1][1]
    out = io.StringIO()
    await import_export.export(url, "subscribers", out)
    assert [row["address"] for row in csv.DictReader(io.StringIO(out.getvalue()))] == [
        "905321234567", "905321234568", "TR.13491208655302741918", "5000000000000000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"name\nx\n",
        b"channel,address\ntelegram,\xff\n",
        b"",
        b"channel,address\ntelegram,1\n" + b"x" * 200_000,
    ],
)
async def test_a_file_that_cannot_be_read_imports_nothing(tmp_path: Path, content: bytes) -> None:
    file, url = tmp_path / "people.csv", f"sqlite+aiosqlite:///{tmp_path}/t.db"
    file.write_bytes(content)
    with pytest.raises(import_export.WrongFile):
        await import_export.import_file(url, file)


def test_what_is_exported_is_on_standard_output_and_progress_is_not(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("channel,address,consent,source\ntelegram,42,opted_in,fair 2026\n")
    assert tellal(tmp_path, "import", str(people)).returncode == 0
    header, row = tellal(tmp_path, "export", "subscribers").stdout.splitlines()
    assert header == (
        "channel,address,name,language,timezone,consent,source,consent_at,suppressed,account"
    )
    assert row.startswith("telegram,42,,en,,opted_in,import: fair 2026,2") and row.endswith(",,")


@pytest.mark.parametrize("encoding", ["ascii", "cp1254", "utf-16"])
def test_an_export_is_utf8_on_every_terminal(tmp_path: Path, encoding: str) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "channel,address,name\ntelegram,42,Şükrü 🙂 Ωмега\npigeon,1,Ş\n", encoding="utf-8"
    )
    terminal = {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONUTF8": "0"}
    house = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    run = [sys.executable, "-m", "bot"]
    done = subprocess.run(
        [*run, "import", "people.csv"], cwd=tmp_path, env=os.environ | terminal | house,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and b"Traceback" not in done.stderr
    done = subprocess.run(
        [*run, "export", "subscribers"], cwd=tmp_path, env=os.environ | terminal | house,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Şükrü 🙂 Ωмега" in done.stdout.decode("utf-8")


def test_an_export_to_a_file_is_new_and_for_its_user_alone(tmp_path: Path) -> None:
    assert tellal(tmp_path, "export", "subscribers", "--to", "out.csv").returncode == 0
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "out.csv").read_bytes()
    again = tellal(tmp_path, "export", "subscribers", "--to", "out.csv")
    assert again.returncode == 2 and "already" in again.stderr
    assert (tmp_path / "out.csv").read_bytes() == before


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "tellal.db").write_text("no database at all, only words")
    (tmp_path / "people.csv").write_text("channel,address\ntelegram,42\n")
    for command in (("import", "people.csv"), ("export", "subscribers"), ("backup", "b.tar"),
                    ("db", "adopt"), ("db", "upgrade")):  # fmt: skip
        done = tellal(tmp_path, *command)
        assert done.returncode == 1 and "not a database" in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "b.tar").exists()


def test_an_import_tells_new_people_from_known_ones_and_names_what_is_allowed(
    tmp_path: Path,
) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "channel,address,language,consent,source\ntelegram,1,tr,opted_in,fair\ntelegram,2,,,\n"
    )
    first = json.loads(tellal(tmp_path, "import", "people.csv", "--json").stdout.splitlines()[-1])
    assert (first["new"], first["people"]) == (2, 2)
    with people.open("a") as more:
        more.write(
            "telegram,3,,perhaps,\npigeon,4,,,\ntelegram,5,xx,,\ntelegram,6,,opted_in,fair\n"
        )
    again = tellal(tmp_path, "import", "people.csv")
    assert again.returncode == 1
    assert "1 new, 2 known before" in again.stdout
    assert "opted_in, opted_out or none" in again.stderr
    assert "messenger, telegram, whatsapp" in again.stderr and "en, tr" in again.stderr
    words = tellal(tmp_path, "import", "--help", COLUMNS="200").stdout
    for legal in (*channels.available(), *languages(), "opted_in", "opted_out", "none", "source"):
        assert legal in words


def test_source_and_date_of_consent_survive_a_round_trip(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "channel,address,consent,source,consent_at\n"
        "telegram,1,opted_in,fair 2026,2026-03-01T09:30:00+00:00\n"
        "telegram,2,opted_out,letter,2026-04-02T10:00:00+03:00\n"
    )
    assert tellal(tmp_path, "import", "people.csv").returncode == 0
    first = tellal(tmp_path, "export", "subscribers").stdout
    assert "import: fair 2026,2026-03-01T09:30:00+00:00" in first
    assert "import: letter,2026-04-02T07:00:00+00:00" in first
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "out.csv").write_text(first)
    assert tellal(tmp_path / "again", "import", "out.csv").returncode == 0
    assert tellal(tmp_path / "again", "export", "subscribers").stdout == first


def test_doctor_finds_everything_at_once_and_speaks_the_house_s_language(tmp_path: Path) -> None:
    (tmp_path / "tellal.db").write_text("no database at all, only words")
    wrong = {
        "TELLAL_HTTP__PORT": "many", "TELLAL_TIMEZONE": "Mars", "TELLAL_LANGUGE": "en",
        "HTTPS_PROXY": "socks5://127.0.0.1:1",
    }  # fmt: skip
    done = tellal(tmp_path, "doctor", "--json", **wrong)
    checks = json.loads(done.stdout.splitlines()[-1])["checks"]
    found = [check["name"] for check in checks if not check["ok"]]
    assert found.count("settings") == 3 and {"environment", "database"} <= set(found)
    turkish = tellal(tmp_path, "doctor", TELLAL_LANGUAGE="tr", COLUMNS="200", **wrong)
    assert turkish.returncode == 1
    assert "nasıl düzelir" in turkish.stdout and "tam sayı olmalı" in turkish.stdout


def test_a_run_names_every_wrong_setting(tmp_path: Path) -> None:
    done = tellal(tmp_path, "run", TELLAL_HTTP__PORT="many", TELLAL_TIMEZONE="Mars")
    assert done.returncode == 2
    assert [line.partition(":")[0] for line in sorted(done.stderr.splitlines())] == [
        "TELLAL_HTTP__PORT", "TELLAL_TIMEZONE",
    ]  # fmt: skip


def test_it_says_its_version(tmp_path: Path) -> None:
    done = tellal(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"tellal {version('tellal')}\n")


@pytest.mark.parametrize("language", languages())
def test_every_command_has_its_help_in_every_language(tmp_path: Path, language: str) -> None:
    look = f"""
from broadcast.language import speak_at_terminal
from bot import cli, command_words
import typer
speak_at_terminal({language!r})
command = typer.main.get_command(cli.app)
command_words.translate(command)
def each(one):
    yield one
    for below in getattr(one, "commands", {{}}).values():
        yield from each(below)
for one in each(command):
    print(" ".join(one.help.split()))
"""
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    said = set(done.stdout.splitlines())
    assert len(said) > 20
    english = {words for words in said if words in sentences()}
    assert (said == english) == (language == "en")
    assert language == "en" or not english


def test_who_stops_listening_hears_no_traceback(tmp_path: Path) -> None:
    house = str(Path(__file__).resolve().parents[2])
    run = f"{sys.executable} -m bot --help | head -c 1; {sys.executable} -m bot doctor | head -c 0"
    done = subprocess.run(
        ["/bin/sh", "-c", run], cwd=tmp_path, env=os.environ | {"PYTHONPATH": house},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
