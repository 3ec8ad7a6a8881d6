"""Whatever is wrong with a setting, a path, a port, a file or a folder: a sentence, never a traceback."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import SettingsError, load, names
from broadcast.language import languages, speak_at_terminal
from lab.child_process import Child
from lab.processes import environment, free_port
from sandbox.stage import Deviation
from tests.contract.walk import ended_each

TOKEN = "7000:walked-token"
PATIENCE_SECONDS = 60.0
ODD = (
    "",
    " ",
    "x",
    "-1",
    "0",
    "99999999999",
    "1e999",
    "nan",
    "{",
    '["a"]',
    "🙂",
    "a\nb",
    "/",
    "%",
    "x" * 9000,
)
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("claim",), ("doctor",), ("doctor", "--json"), ("db", "upgrade"), ("db", "adopt"),
    ("import", "people.csv"), ("export", "subscribers"), ("export", "deliveries"),
    ("backup", "out.tar"), ("db", "adopt", "archive.tar"), ("top", "--once"),
)  # fmt: skip
Prepared = dict[str, str]


def usual(**settings: str) -> Prepared:
    """Settings of a product that could run: its platform does not answer, which stops nothing."""
    return environment(
        **{
            "TELLAL_TELEGRAM__TOKEN": TOKEN, "TELLAL_TELEGRAM__API_URL": "http://127.0.0.1:9",
            "TELLAL_HTTP__PORT": str(free_port()), **settings,
        }
    )  # fmt: skip


async def ended(folder: Path, settings: Prepared, *command: str) -> tuple[int, str]:
    """Exit code and words; one that runs on is stopped as Ctrl+C does."""
    child = Child.fork(folder, settings, "bot", *command)
    try:
        if command == ("run",):
            await running_or_over(child)
            child.send(signal.SIGINT)
        code = await child.ended()
    finally:
        await child.end()
    return code, child.output


async def running_or_over(child: Child) -> None:
    try:
        await child.says("is running", PATIENCE_SECONDS)
    except Deviation:  # it has ended, else it would have had a minute
        await asyncio.wait_for(child.ended(), PATIENCE_SECONDS)


async def walked(folder: Path, settings: Prepared, where: object) -> dict[tuple[str, ...], str]:
    """`tellal run`, then every command that ends by itself: what each said, all of it in words."""
    code, said = await ended(folder, settings, "run")
    is_a_sentence(code, said, (where, "run"))
    found = {("run",): said}
    for command, number, words in await ended_each(folder, settings, COMMANDS):
        is_a_sentence(number, words, (where, command))
        found[command] = words
    return found


def is_a_sentence(code: int, said: str, where: object) -> None:
    assert "Traceback" not in said, (where, said)
    assert "should not" not in said, (where, said)  # foreseen, not caught at the last moment
    assert code in {0, 1, 2, 130}, (where, code, said)
    if code:
        assert 0 < len(said.splitlines()) < 60, (where, said)


def wrong_ones() -> tuple[str, ...]:
    try:
        load()
    except SettingsError as wrong:
        return wrong.all
    return ()


@pytest.mark.parametrize("name", sorted(names()))
def test_every_setting_takes_a_wrong_value_in_words(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for own in [own for own in os.environ if own.startswith("TELLAL_")]:
        monkeypatch.delenv(own)
    for value in ODD:
        monkeypatch.setenv(name, value)
        said: list[tuple[str, ...]] = []
        for language in ("tr", "en"):
            speak_at_terminal(language)
            lines = wrong_ones()
            assert all(name in line for line in lines), (value, lines)
            assert all("\n" not in line and len(line) < 400 for line in lines), value
            said.append(lines)
        assert not set(said[0]) & set(said[1]), "in one language only"


def _archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


FILES: dict[str, dict[str, bytes | None]] = {  # None: a folder of that name
    "toml broken": {"tellal.toml": b"language = "},
    "toml binary": {"tellal.toml": bytes(range(256))},
    "toml with a byte order mark": {"tellal.toml": b"\xef\xbb\xbflanguage = 'en'\n"},
    "env with a byte order mark": {".env": b"\xef\xbb\xbfTELLAL_LANGUAGE=tr\n"},
    "toml of other things": {"tellal.toml": b"[telegram]\ntoken = 7\n[http]\nport = []\n"},
    "toml with a section for a value": {"tellal.toml": b"http = 3\nlanguage = {a = 1}\n"},
    "toml is a folder": {"tellal.toml": None},
    "env binary": {".env": bytes(range(256))},
    "env odd": {".env": b"TELLAL_HTTP__PORT\n=\nTELLAL_LANGUAGE='en\n\x00\n"},
    "env utf-16": {".env": "TELLAL_LANGUAGE=en\n".encode("utf-16")},
    "env is a folder": {".env": None},
    "database is a text": {"tellal.db": b"no database at all, only words\n" * 300},
    "database is cut off": {"tellal.db": b"SQLite format 3\x00" + b"\x01" * 80},
    "database is a folder": {"tellal.db": None},
    "database is empty": {"tellal.db": b""},
    "list is binary": {"people.csv": bytes(range(256)) * 40},
    "list is a folder": {"people.csv": None},
    "archive is there": {"out.tar": b"mine"},
    "archive is a folder": {"out.tar": None},
    "archive to adopt is a text": {"archive.tar": b"no archive at all\n" * 90},
    "archive to adopt is cut off": {"archive.tar": _archive({"tellal.db": b"x" * 5000})[:1500]},
    "archive to adopt holds other things": {"archive.tar": _archive({"../out": b"x", "a": b""})},
    "archive to adopt is empty": {"archive.tar": b""},
    "archive to adopt is a folder": {"archive.tar": None},
    "media is a file": {"media": b"not a folder"},
    "instance is a folder": {"tellal.db.instance": None},
}


@pytest.mark.parametrize("case", FILES)
async def test_every_command_and_every_odd_file(case: str, tmp_path: Path) -> None:
    for name, content in FILES[case].items():
        place = tmp_path / name
        if content is None:
            place.mkdir()
        else:
            place.write_bytes(content)
    (tmp_path / "people.csv").exists() or (tmp_path / "people.csv").write_text(
        "channel,address\ntelegram,42\n"
    )
    await walked(tmp_path, usual(), case)


def _newer(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "tellal.db")) as db, db:
        db.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        db.execute("INSERT INTO alembic_version VALUES ('9999')")


def _holds(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "tellal.db")) as db:
        return list(db.iterdump())


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    _newer(tmp_path)
    (tmp_path / "people.csv").write_text("channel,address\ntelegram,42\n")
    before = _holds(tmp_path)
    said = await walked(tmp_path, usual(), "newer")
    for command in (("run",), ("db", "upgrade"), ("export", "subscribers")):
        assert "newer Tellal" in said[command]
    assert _holds(tmp_path) == before


URLS = (
    "sqlite+aiosqlite:///", "sqlite+aiosqlite:////no/such/folder/t.db", "sqlite+aiosqlite:///:memory:",
    "sqlite+aiosqlite:///t.db?mode=ro", "sqlite+aiosqlite:////dev/null", "sqlite+aiosqlite:///t%zz.db",
    "sqlite+aiosqlite:////proc/t.db", "postgresql+psycopg://x", "sqlite+aiosqlite:///" + "n" * 400,
)  # fmt: skip


@pytest.mark.parametrize("url", URLS)
async def test_every_command_and_a_database_that_cannot_be(url: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("channel,address\ntelegram,42\n")
    await walked(tmp_path, usual(TELLAL_DATABASE_URL=url), url)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen(1)
        yield int(holder.getsockname()[1])


async def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path, taken: int) -> None:
    for name in ("TELLAL_HTTP__PORT", "TELLAL_HTTP__METRICS_PORT"):
        code, said = await ended(tmp_path, usual(**{name: str(taken)}), "run")
        is_a_sentence(code, said, name)
        assert code == 1 and name in said and str(taken) in said
    child = Child.fork(tmp_path, environment(), "bot", "sandbox", "--port", str(taken))
    assert await child.ended()
    assert "Traceback" not in child.output


@pytest.mark.parametrize("host", ["no.such.name.invalid", "300.1.2.3", "a b", "192.0.2.1", ""])
async def test_a_host_that_is_not_ours_is_named(host: str, tmp_path: Path) -> None:
    code, said = await ended(tmp_path, usual(TELLAL_HTTP__HOST=host), "run")
    is_a_sentence(code, said, host)


SURROUNDINGS: dict[str, Callable[[Prepared], Prepared]] = {
    "no home": lambda env: {k: v for k, v in env.items() if k != "HOME"},
    "a poor terminal": lambda env: env | {"LANG": "C", "LC_ALL": "C", "TERM": "dumb", "PYTHONUTF8": "0"},
    "an unknown language": lambda env: env | {"LANG": "xx_YY", "LC_ALL": "🙂"},
    "no place for temporary files": lambda env: env | {"TMPDIR": "/no/such/folder"},
    "a proxy nobody can use": lambda env: env | {"HTTPS_PROXY": "socks5://127.0.0.1:1"},
    "certificates that are not there": lambda env: env | {"SSL_CERT_FILE": "/no/such/file"},
    "an empty environment": lambda env: {k: v for k, v in env.items() if k.startswith(("TELLAL", "PYTHON"))},
}  # fmt: skip


@pytest.mark.parametrize("case", SURROUNDINGS)
async def test_every_command_in_odd_surroundings(case: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("channel,address,name\ntelegram,42,Şükrü 🙂\n")
    await walked(tmp_path, SURROUNDINGS[case](usual()), case)


WRONG_USE = (
    ("nonsense",), ("--nonsense",), ("run", "x"), ("import",), ("import", "not-there.csv"),
    ("import", "."), ("export",), ("export", "nonsense"), ("export", "subscribers", "--broadcast", "3"),
    ("export", "subscribers", "--to", "no/such/folder/x.csv"), ("export", "subscribers", "--to", "."),
    ("backup",), ("backup", "."), ("backup", "/proc/x/y.tar"), ("db",), ("db", "nonsense"),
    ("db", "adopt", "not-there.tar"), ("demo", "--port", "99999"), ("demo", "--port", "-1"),
    ("demo", "--people", "0"), ("demo", "--port", "many"), ("try",), ("try", "words"),
    ("try", "words", "x", "--language", "xx"), ("import", "people.csv", "--encoding", "x"),
    ("sandbox", "--port", "99999"), ("sandbox", "--port", "many"), ("sandbox", "--people", "-1"),
    ("sandbox", "--nonsense"), ("chaos", "--rounds", "0"), ("chaos", "--seed", "x"),
    ("bench", "nonsense"), ("bench", "fanout", "--recipients", "0"),
    ("bench", "fanout", "--channel", "pigeon"), ("bench", "storage", "--rows", "1"),
    ("top", "--nonsense"), ("db", "adopt", "people.csv"), ("db", "adopt", "."),
)  # fmt: skip


@pytest.mark.parametrize("language", languages())
async def test_wrong_use_is_told_in_words(language: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("channel,address\ntelegram,42\n")
    settings = environment(TELLAL_LANGUAGE=language)
    for command, code, said in await ended_each(tmp_path, settings, WRONG_USE):
        is_a_sentence(code, said, command)
        assert code in {1, 2} and said.strip(), (command, code, said)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_ctrl_c_at_once_is_no_traceback(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "channel,address\n" + "".join(f"telegram,{n}\n" for n in range(1, 20_000))
    )
    child = Child.fork(tmp_path, usual(), "bot", *command)
    child.send(signal.SIGINT)
    code = await child.ended()
    said = child.output
    assert "Traceback" not in said or "lab/child_process.py" in said, (
        said
    )  # before `tellal` had begun
    assert code in {0, 1, 2, 130, -signal.SIGINT}


@pytest.mark.skipif(os.geteuid() != 0, reason="makes a small disk of its own")
async def test_every_command_on_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = await asyncio.create_subprocess_exec(
        "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk), stderr=asyncio.subprocess.PIPE
    )
    await mounted.communicate()
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        (disk / "people.csv").write_text("channel,address\ntelegram,42\n")
        (disk / "rest").write_bytes(b"x" * 65536)  # as much as there is room for
    except OSError:
        pass
    try:
        await walked(disk, usual(), "full disk")
    finally:
        gone = await asyncio.create_subprocess_exec("umount", "-l", str(disk))
        assert await gone.wait() == 0


NOT_ODD = frozenset({
    "TELLAL_TELEGRAM__TOKEN", "TELLAL_TELEGRAM__API_URL", "TELLAL_DATABASE_URL", "TELLAL_HTTP__PORT",
})  # fmt: skip


@pytest.mark.parametrize("value", ODD[:-1])
async def test_what_the_settings_take_starts_or_says_why_not(
    value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All settings that take this value at once."""
    monkeypatch.chdir(tmp_path)
    for own in [own for own in os.environ if own.startswith("TELLAL_")]:
        monkeypatch.delenv(own)
    taken: Prepared = {}
    for name in sorted(names() - NOT_ODD):
        monkeypatch.setenv(name, value)
        if not wrong_ones():
            taken[name] = value
        monkeypatch.delenv(name)
    assert taken
    code, said = await ended(tmp_path, usual(**taken), "run")
    is_a_sentence(code, said, (value, sorted(taken)))
    for command, number, words in await ended_each(tmp_path, usual(**taken), (("doctor",),)):
        is_a_sentence(number, words, (value, command))


async def test_a_port_of_somebody_else_is_not_watched(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(200)
        writer.write(next(answers))
        writer.close()

    answers = iter((
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>...", b"SSH-2.0-OpenSSH\r\n", b"",
        b"HTTP/1.1 500 no\r\n\r\n",
    ))  # fmt: skip
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    async with server:
        for _ in range(4):
            code, said = await ended(tmp_path, usual(TELLAL_HTTP__PORT=port), "top", "--once")
            is_a_sentence(code, said, "top")
            assert code == 1 and said.strip()
