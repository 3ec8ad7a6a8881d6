"""`tellal`, the command. Imports nothing heavy: each command brings in what it needs."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import command_words, terminal
from bot.try_commands import trials
from broadcast.language import terminal as speech

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings import Settings
    from lab.bench.report import Step

DID_NOT_HOLD, WRONG_USE = 1, 2
app = typer.Typer(
    name="tellal",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(db, name="db")
bench = typer.Typer(help="Measure.", no_args_is_help=True)
app.add_typer(bench, name="bench")
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


def _loop() -> None:
    """uvloop where it exists."""
    if sys.platform != "win32":
        import uvloop

        uvloop.install()


@app.command()
def run() -> None:
    """Run everything in one process, from the settings."""
    settings = _settings()
    if sys.stdout.isatty():  # what comes next takes seconds on a small machine
        print(
            speech().plain("Tellal {version} is starting.", version=terminal.version()), flush=True
        )
    _loop()
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
def demo(
    play: Annotated[bool, typer.Option("--play", help="Play the story and check it.")] = False,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Where the page is served; else the next free one."),
    ] = 8765,
    people: Annotated[int, typer.Option(min=1, help="How many subscribers there are.")] = 500,
) -> None:
    """Try it without an account anywhere: simulated platforms, the bot and a page to watch."""
    from lab.demo import main as show

    raise typer.Exit(show(play=play, port=port, people=people))


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


@app.command()
def chaos(
    rounds: Annotated[int, typer.Option(min=1, help="How many broadcasts.")] = 20,
    seed: Annotated[int | None, typer.Option(help="Repeat the faults of this seed.")] = None,
    only: Annotated[int | None, typer.Option(min=1, help="Only this round of the seed.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Kill, freeze and cut off the running product on purpose; then count what people received."""
    from lab.chaos import main as rage

    raise typer.Exit(rage(rounds=rounds, seed=seed, only=only, as_json=as_json))


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


@bench.callback()
def _bench() -> None:
    """Measure on this machine; nothing leaves it."""
    import logging

    from bot import logs

    logs.configure(least=logging.WARNING)


@bench.command("fanout")
def bench_fanout(
    recipients: Annotated[int, typer.Option(min=1, help="How many people.")] = 20_000,
    channel: Annotated[str, typer.Option(help="Which channel.")] = "telegram",
    rate: Annotated[float, typer.Option(min=0, help="Messages a second; 0: no limit.")] = 0.0,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds; medians count.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """The real engine and channel against a server that only answers, beside two plain loops."""
    from lab.bench.fanout import fanout

    _measure(channel, as_json, lambda step: fanout(channel, recipients, rate, rounds, step))


@bench.command("pacing")
def bench_pacing(
    seconds: Annotated[float, typer.Option(min=1, help="How long at each rate.")] = 30.0,
    jitter_ms: Annotated[
        float, typer.Option(min=0, help="Delays by chance up to so much, for a minute at least.")
    ] = 0.0,
    channel: Annotated[str, typer.Option(help="Which channel.")] = "telegram",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """How evenly the allowed rate is used, and whether a 429 is obeyed. With jitter: how much of the rate is left where messages arrive in bunches, for a limiter with a slack of 2 and for one with none."""
    from lab.bench.pacing import JITTER_RATES, RATES, jittered, pacing

    if jitter_ms:
        work = partial(jittered, channel, JITTER_RATES, max(seconds, 60.0), jitter_ms)
        _measure(channel, as_json, work)
    else:
        _measure(channel, as_json, lambda step: pacing(channel, RATES, seconds, step))


@bench.command("intake")
def bench_intake(
    rate: Annotated[
        float, typer.Option(min=0, help="Messages a second; 0: as fast as answered.")
    ] = 1000.0,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 20.0,
    per_callback: Annotated[int, typer.Option(min=1, help="Statuses in one callback.")] = 1,
    channel: Annotated[str, typer.Option(help="Which channel.")] = "whatsapp",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """The delivery news a platform sends later, three times each: whether all of it is recorded in time."""
    from lab.bench.intake import intake, telling

    work = partial(intake, channel, rate, seconds, per_callback)
    if not _measure(channel, as_json, work, telling)["holds"]:
        raise typer.Exit(DID_NOT_HOLD)


@bench.command("storage")
def bench_storage(
    rows: Annotated[int, typer.Option(min=1000, help="How many deliveries.")] = 1_000_000,
    channel: Annotated[str, typer.Option(help="Which channel.")] = "telegram",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Planning, claiming and recording, and how long anybody else has to wait for them."""
    from lab.bench.storage import storage

    _measure(channel, as_json, lambda step: storage(channel, rows, step))


@bench.command("size")
def bench_size(
    quick: Annotated[bool, typer.Option("--quick", help="1,000 and 100,000 instead.")] = False,
    channel: Annotated[str, typer.Option(help="Which channel.")] = "telegram",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """What ten thousand and a million people cost: memory, time a message, bytes on disk."""
    from lab.bench.size import size

    sizes = (1_000, 100_000) if quick else (10_000, 1_000_000)
    _measure(channel, as_json, lambda step: size(channel, sizes, step))


@bench.command("breadth")
def bench_breadth(
    broadcasts: Annotated[int, typer.Option(min=1, help="How many at once.")] = 50,
    accounts: Annotated[int, typer.Option(min=1, help="Over how many accounts.")] = 20,
    rate: Annotated[float, typer.Option(min=1, help="Messages a second of each.")] = 30.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long each part goes on.")] = 20.0,
    crowd: Annotated[int, typer.Option(min=1, help="People of the large one.")] = 1_000_000,
    channel: Annotated[str, typer.Option(help="Which channel.")] = "telegram",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Many broadcasts over many accounts, a small one beside a large one, and replies beside both."""
    from lab.bench.breadth import breadth

    work = partial(breadth, channel, broadcasts, accounts, rate, seconds, crowd)
    if not _measure(channel, as_json, work)["holds"]:
        raise typer.Exit(DID_NOT_HOLD)


@bench.command("peers")
def bench_peers(
    recipients: Annotated[int, typer.Option(min=100, help="How many people.")] = 5_000,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds; medians count.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """The libraries others use, beside ours: how fast, and what is lost or doubled when killed."""
    from lab.bench.comparison import CHANNEL, peers

    if not _measure(CHANNEL, as_json, partial(peers, recipients, rounds))["holds"]:
        raise typer.Exit(DID_NOT_HOLD)


def _measure(
    channel: str,
    as_json: bool,
    work: Callable[[Step], Any],
    check: Callable[[str], Any] | None = None,
) -> dict[str, Any]:
    """`check` raises LookupError in one line when this cannot be measured on the channel."""
    from lab.bench import report
    from lab.bench.installation import trial_of

    try:
        (check or trial_of)(channel)
    except LookupError as wrong:
        print(wrong, file=sys.stderr)
        raise typer.Exit(WRONG_USE) from None
    _loop()
    with report.steps() as step:
        found: dict[str, Any] = asyncio.run(work(step))
    report.show(found, as_json=as_json)
    return found


@bench.command("console")
def bench_console(
    recipients: Annotated[int, typer.Option(min=1, help="How many people.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """How long an admin waits in Slack and on Telegram, idle and during a fan-out."""
    from lab.bench import report
    from lab.bench.console import console

    with report.steps() as step:
        found = asyncio.run(console(recipients, step))
    report.show(found, as_json=as_json)
    if not found["holds"]:
        raise typer.Exit(DID_NOT_HOLD)


@bench.command("flood")
def bench_flood(
    stops: Annotated[int, typer.Option(min=1, help="How many people leave.")] = 200,
    cancels: Annotated[int, typer.Option(min=1, help="How many broadcasts are cancelled.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Three strangers write 300 messages a second: how soon a STOP and a cancel are in force."""
    from lab.bench import report
    from lab.bench.flood import flood

    with report.steps() as step:
        found = asyncio.run(flood(stops, cancels, step))
    report.show(found, as_json=as_json)
    if not found["holds"]:
        raise typer.Exit(DID_NOT_HOLD)


@bench.command("all")
def bench_all(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """All of them, with smaller numbers where that takes long, and which targets are met: under ten minutes."""
    from lab.bench import report
    from lab.bench.everything import everything

    names = {command.name or "" for command in bench.registered_commands}
    found = asyncio.run(everything(names, lambda what: print(what, file=sys.stderr, flush=True)))
    report.show(found, as_json=as_json)
    if not found["holds"]:
        raise typer.Exit(DID_NOT_HOLD)


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
