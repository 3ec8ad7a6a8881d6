"""The libraries others use, on the same sink and for the same people as ours, limits lifted.

How fast each is, and what its people have got after it was killed halfway and started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any

from lab.bench import host, venvs
from lab.bench.host import SinkProcess
from lab.bench.installation import WORDS, trial_of
from lab.bench.report import Step
from lab.bench.venvs import NotInstalled, Venvs
from lab.processes import ROOT

IN_FLIGHT = 100
RATIO = 4.0  # ours to the fastest of them
CHANNEL = "telegram"
_SCRIPTS = Path(__file__).parent / "peers"
_LIMIT_SECONDS = 180.0  # of one run; a lease of half a minute has to end in it
_LOOK_SECONDS = 0.005


@dataclass(frozen=True)
class Peer:
    """`keeps`: what it records of a broadcast. No packages: ours."""

    name: str
    packages: tuple[str, ...]
    script: str
    keeps: str
    in_flight: int = IN_FLIGHT
    options: tuple[str, ...] = ()


OURS = Peer("tellal", (), "lab.bench.peers.ours", "each message")
_ONE = 1  # they send one at a time, whatever they are told
PEERS = (
    Peer("aiogram loop", ("aiogram",), "plain_aiogram.py", "nothing", _ONE),
    Peer("aiogram, 100 at once", ("aiogram",), "plain_aiogram.py", "nothing"),
    Peer("aiogram-broadcaster", ("aiogram-broadcaster",), "with_broadcaster.py", "nothing", _ONE),
    Peer(
        "aiogram-broadcaster + file", ("aiogram-broadcaster",), "with_broadcaster.py",
        "all, anew each time", _ONE, ("--file",),
    ),
    Peer("aiogram-broadcast", ("aiogram-broadcast",), "with_broadcast.py", "nothing", _ONE),
    Peer("tgcast", ("tgcast",), "with_tgcast.py", "each message"),
    Peer(
        "python-telegram-bot + limiter", ("python-telegram-bot[rate-limiter]",), "with_ptb.py",
        "nothing",
    ),
)  # fmt: skip


class Failed(Exception):
    """A run that did not do what it should, in a line."""


async def peers(
    recipients: int, rounds: int, step: Step, among: tuple[Peer, ...] = PEERS
) -> dict[str, Any]:
    """Rounds are interleaved, and each has ours in it; then everybody is killed once."""
    with tempfile.TemporaryDirectory(prefix="tellal-peers-") as folder:
        async with host.sink(CHANNEL, people=True) as sink:
            arena = Arena(Path(folder), sink, recipients)
            rows = await arena.entered(among, step)
            for number in range(1, rounds + 1):
                for row in rows:
                    step(f"round {number}: {row.peer.name}")
                    await row.timed(arena)
            for row in rows:
                step(f"killed halfway: {row.peer.name}")
                await row.killed(arena)
    return summary(rows, recipients)


class Row:
    """What was found of one peer; `why_not` where it could not take part."""

    def __init__(self, peer: Peer, version: str = "", why_not: str = "") -> None:
        self.peer, self.version, self.why_not = peer, version, why_not
        self.rates: list[float] = []
        self.after_kill: dict[str, Any] = {}

    async def timed(self, arena: Arena) -> None:
        if self.why_not:
            return
        try:
            self.rates.append(await arena.timed(self.peer))
        except Failed as why:
            self.why_not = str(why)

    async def killed(self, arena: Arena) -> None:
        if self.why_not:
            return
        try:
            self.after_kill = await arena.killed(self.peer)
        except Failed as why:
            self.after_kill = {"not_killed": str(why)}


class Arena:
    """Runs scripts against the sink and reads there what came of it."""

    def __init__(self, folder: Path, sink: SinkProcess, recipients: int) -> None:
        self._folder, self._sink, self._recipients = folder, sink, recipients
        self._venvs = Venvs(folder)
        self._first = trial_of(CHANNEL).address(0)

    async def entered(self, among: tuple[Peer, ...], step: Step) -> list[Row]:
        rows = [Row(OURS)]
        for peer in among:
            step(f"installing {peer.name}")
            try:
                python = await self._venvs.python(peer.packages)
                rows.append(Row(peer, await venvs.version(python, peer.packages[0])))
            except NotInstalled as why:
                rows.append(Row(peer, why_not=f"not installed: {why}"))
        return rows

    async def timed(self, peer: Peer) -> float:
        """Messages a second: theirs from the first arrival to the last, ours to the last record."""
        await self._sink.ask("forget")
        with self._place() as place:
            async with self._running(peer, place) as process:
                await _ended(process, place)
            told = _told(place) if peer is OURS else {}
        seen = await self._sink.ask("people")
        if seen["people"] != self._recipients:
            raise Failed(f"only {seen['people']} of {self._recipients} people were reached")
        return speed(await self._sink.ask("arrivals"), told.get("recorded_at"))

    async def killed(self, peer: Peer) -> dict[str, Any]:
        """How many people got nothing or got it twice, once it was killed and started again."""
        await self._sink.ask("forget")
        with self._place() as place:
            async with self._running(peer, place) as process:
                await self._half_sent(process, place)
            at = (await self._sink.ask("people"))["people"]
            if at >= self._recipients:
                raise Failed("it was done before it could be killed: take more people")
            async with self._running(peer, place) as process:
                how = await _afterwards(process, place)
            told = {}
            if peer is OURS and not how:
                told["uncertain"] = _told(place)["uncertain"]
        people = (await self._sink.ask("people"))["people"]
        return {
            "killed_at": at, "got_nothing": self._recipients - people,
            "got_it_twice": await self._sink.ask("twice"),
        } | how | told  # fmt: skip

    async def _half_sent(self, process: asyncio.subprocess.Process, place: Path) -> None:
        latest = monotonic() + _LIMIT_SECONDS
        while (await self._sink.ask("people"))["messages"] < self._recipients // 2:
            if process.returncode is not None:
                raise Failed(venvs.reason((place / "output").read_text(errors="replace")))
            if monotonic() > latest:
                raise Failed(f"not half done within {_LIMIT_SECONDS:g} s")
            await asyncio.sleep(_LOOK_SECONDS)

    @contextlib.contextmanager
    def _place(self) -> Any:
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            yield Path(place)

    @contextlib.asynccontextmanager
    async def _running(self, peer: Peer, place: Path) -> AsyncIterator[asyncio.subprocess.Process]:
        """On the sender's core; killed at the end, if it still runs."""
        process = await self._start(peer, place)
        try:
            os.sched_setaffinity(process.pid, {host.cores()[0]})
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _start(self, peer: Peer, place: Path) -> asyncio.subprocess.Process:
        if peer is OURS:
            command = [sys.executable, "-m", peer.script]
        else:
            command = [str(await self._venvs.python(peer.packages)), str(_SCRIPTS / peer.script)]
        command += [self._sink.url, self._first, str(self._recipients), str(peer.in_flight), WORDS]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("TELLAL_", "PYTHON"))}
        with (place / "output").open("wb") as output:
            return await asyncio.create_subprocess_exec(
                *command, *peer.options, cwd=place, stdout=output, stderr=output,
                env=clean | ({"PYTHONPATH": ROOT} if peer is OURS else {}),
            )  # fmt: skip


async def _ended(process: asyncio.subprocess.Process, place: Path) -> None:
    try:
        code = await asyncio.wait_for(process.wait(), _LIMIT_SECONDS)
    except TimeoutError:
        raise Failed(f"not done within {_LIMIT_SECONDS:g} s") from None
    if code:
        raise Failed(venvs.reason((place / "output").read_text(errors="replace")))


async def _afterwards(process: asyncio.subprocess.Process, place: Path) -> dict[str, str]:
    """Nothing when the second start ended well, else why it did not."""
    try:
        await _ended(process, place)
    except Failed as why:
        return {"afterwards": str(why)}
    return {}


def _told(place: Path) -> dict[str, Any]:
    """What ours says on its last line."""
    found: dict[str, Any] = json.loads((place / "output").read_text().splitlines()[-1])
    return found


def speed(arrived: dict[str, dict[str, Any]], ended: float | None = None) -> float:
    """Messages a second of the sink's notes, until the last message or until `ended`."""
    times: list[float] = sorted(chain.from_iterable(one["arrivals"] for one in arrived.values()))
    return (len(times) - 1) / ((ended or times[-1]) - times[0])


def summary(rows: list[Row], recipients: int) -> dict[str, Any]:
    """Medians over rounds; ratios are taken within a round."""
    ours = rows[0]
    if ours.why_not:
        raise SystemExit(f"bench: {ours.why_not}")
    shown = [_shown(row, ours) for row in rows]
    ratios = [one["ours_to_theirs"] for one in shown if "ours_to_theirs" in one]
    ratio = min(ratios) if ratios else None
    lost, doubled = _lost_in_silence(ours), ours.after_kill.get("got_it_twice")
    return {
        "recipients": recipients, "in_flight": IN_FLIGHT, "rounds": len(ours.rates),
        "peers": shown, "ran": len(ratios), "ratio_to_the_fastest": ratio,
        "lost_without_a_word": lost, "doubled": doubled,
        "holds": ratio is not None and ratio >= RATIO and lost == doubled == 0,
    }  # fmt: skip


def _lost_in_silence(ours: Row) -> int | None:
    """People who got nothing and whom the product does not name as uncertain, at the least."""
    found = ours.after_kill
    if "uncertain" not in found:
        return None
    return max(0, int(found["got_nothing"]) - int(found["uncertain"]))


def _shown(row: Row, ours: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"peer": f"{row.peer.name} {row.version}".strip()}
    if row.why_not:
        return found | {"why_not": row.why_not}
    found |= {
        "at_once": row.peer.in_flight, "keeps": row.peer.keeps,
        "per_second": round(statistics.median(row.rates), 1),
    }  # fmt: skip
    if row is not ours:
        ratios = [mine / theirs for mine, theirs in zip(ours.rates, row.rates, strict=True)]
        found["ours_to_theirs"] = round(statistics.median(ratios), 2)
    return found | row.after_kill
