"""`tellal`, the command. Imports nothing heavy: each command brings in what it needs."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import command_words, terminal
from bot.terminal import WRONG_USE
from bot.try_commands import trials
from broadcast.language import terminal as speech

if TYPE_CHECKING:
    from bot.settings import Settings

app = typer.Typer(
    name="tellal",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(trials, name="try")


def _settings() -> Settings:
    """The settings, or a line for each that is wrong, and exit 2."""
    from bot.settings import SettingsError, load

    try:
        return load()
    except SettingsError as wrong:
        terminal.tell("\n".join(wrong.all))
        raise typer.Exit(WRONG_USE) from None


def _version(wished: bool) -> None:
    if wished:
        print(f"tellal {terminal.version()}")
        raise typer.Exit


@app.callback()
def _tellal(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Carries a broadcast from the chat it is written in to everyone who asked to hear it."""


@app.command()
def run() -> None:
    """Run everything in one process, from the settings."""
    settings = _settings()
    if sys.stdout.isatty():  # what comes next takes seconds on a small machine
        print(
            speech().plain("Tellal {version} is starting.", version=terminal.version()), flush=True
        )
    terminal.take_uvloop()
    from bot import running

    raise typer.Exit(asyncio.run(running.run(settings)))


@app.command()
def claim() -> None:
    """Make a code for the first owner. It is shown at a terminal only, and replaces an earlier one."""
    if not sys.stdout.isatty():
        terminal.tell(
            speech().plain("Run this at a terminal: a code kept in a log would let others in.")
        )
        raise typer.Exit(WRONG_USE)
    settings = _settings()
    from bot import owner_claim

    raise typer.Exit(owner_claim.show(settings))


@app.command()
def top(
    once: Annotated[bool, typer.Option("--once", help="One screen, then end.")] = False,
) -> None:
    """Watch the running product: accounts, lanes, rates, retries and how long it takes yet."""
    from bot.top import main as watch

    http = _settings().http
    own = (http.metrics_host, http.metrics_port)
    host, port = own if http.metrics_port else (http.host, http.port)
    token = http.metrics_token.get_secret_value()
    raise typer.Exit(watch(f"http://{host}:{port}", token, once=once))


@app.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
)
def sandbox(context: typer.Context) -> None:
    """Only the simulated platforms; their own options follow (`tellal sandbox --help`)."""
    from sandbox.__main__ import main as stand_in

    stand_in(list(context.args))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Check settings, tokens, database and addresses; say what is wrong and how to fix it."""
    from bot import doctor as examiner

    raise typer.Exit(asyncio.run(examiner.examine(as_json=as_json)))


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the tables or bring them up to date; data stays."""
    from bot.backup_commands import bring_up_to_date

    raise typer.Exit(bring_up_to_date(_settings().database_url))


@db.command("adopt")
def db_adopt(
    archive: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="Made by tellal backup."),
    ] = None,
) -> None:
    """Use a restored or copied database. Broadcasts it holds as unfinished wait until somebody decides."""
    from bot.backup_commands import adopt

    raise typer.Exit(adopt(_settings(), archive))


@app.command("import")
def import_people(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    encoding: Annotated[str, typer.Option(help="Of a file that is not UTF-8: cp1254, …")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Import people from a CSV file.

    Its columns, of which channel and address are needed: channel (telegram, whatsapp or messenger);
    address (a chat id, a number with its country code, a page-scoped id); name; language (en or tr);
    timezone (such as Europe/Istanbul); consent (opted_in, opted_out or none); source (where and when
    they agreed, needed with opted_in); consent_at (such as 2026-11-30T09:30); suppressed; account.
    """
    from bot.import_export_commands import take_in

    raise typer.Exit(take_in(_settings(), file, encoding, as_json=as_json))


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="subscribers, deliveries or set-aside")],
    broadcast: Annotated[int, typer.Option(help="Only this broadcast's deliveries.")] = 0,
    to: Annotated[
        Path | None, typer.Option(help="A new file that only you can read; else standard output.")
    ] = None,
) -> None:
    """Write subscribers, deliveries or what could not be handled as CSV, in UTF-8."""
    from bot.import_export_commands import give_out

    raise typer.Exit(give_out(_settings, what, broadcast, to))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new archive, such as tellal.tar.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Copy the database and all files into one archive, also while Tellal runs."""
    from bot.backup_commands import back_up

    raise typer.Exit(back_up(_settings().database_url, file, as_json=as_json))


app.add_typer(import_module("lab.commands").tools)  # by name: the product imports nothing of it


def main() -> None:
    """The entry point of `tellal`: its words are for its own user, in any terminal."""
    terminal.prepare()
    command = typer.main.get_command(app)
    command_words.translate(command)
    code = terminal.guarded(lambda: _ended(command))
    if code == terminal.INTERRUPTED and threading.active_count() > 1:
        os._exit(code)  # a question to a name server is not waited for; all else has been put away
    raise SystemExit(code)


def _ended(command: Any) -> int:
    """Carry it out; wrong use is said by the command line itself. Returns the exit code."""
    if not sys.argv[1:]:
        command.main(["--help"], prog_name="tellal", standalone_mode=False)
        return WRONG_USE
    try:
        code = command.main(prog_name="tellal", standalone_mode=False)
    except typer.Abort:
        code = terminal.INTERRUPTED
    except Exception as wrong:
        if not hasattr(wrong, "exit_code") or not hasattr(wrong, "show"):
            raise
        terminal.tell(command_words.wrong_use(wrong))
        return int(wrong.exit_code)
    if code == terminal.INTERRUPTED:
        raise KeyboardInterrupt
    return int(code or 0)
