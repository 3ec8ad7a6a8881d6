"""The commands of `tellal` that measure and torment it. Imports nothing heavy."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import terminal
from bot.terminal import DID_NOT_HOLD, WRONG_USE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.bench.report import Step

tools = typer.Typer()
bench = typer.Typer(help="Measure.", no_args_is_help=True)
tools.add_typer(bench, name="bench")


@tools.command()
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


@tools.command()
def chaos(
    rounds: Annotated[int, typer.Option(min=1, help="How many broadcasts.")] = 20,
    seed: Annotated[int | None, typer.Option(help="Repeat the faults of this seed.")] = None,
    only: Annotated[int | None, typer.Option(min=1, help="Only this round of the seed.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Kill, freeze and cut off the running product on purpose; then count what people received."""
    from lab.chaos import main as rage

    raise typer.Exit(rage(rounds=rounds, seed=seed, only=only, as_json=as_json))


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
    terminal.take_uvloop()
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
