"""`tellal bench all`: every measurement in turn, each in a process of its own, and one list of marks.

The sizes keep it under ten minutes on two quiet cores; each command alone measures more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

from lab.bench import targets
from lab.bench.targets import Mark
from lab.processes import ROOT

_LIMIT_SECONDS = 400.0  # of one part
_MERCY_SECONDS = 30.0  # to put away what it has started


@dataclass(frozen=True)
class Part:
    """One command with its sizes, and what is read off the object it ends with."""

    command: str
    options: str
    read: Callable[[dict[str, Any]], list[Mark]]

    @property
    def name(self) -> str:
        """The command, with its channel where one is given."""
        given = self.options.split()
        channel = given[given.index("--channel") + 1] if "--channel" in given else ""
        return f"{self.command} {channel}".strip()


PARTS = (
    Part("fanout", "--recipients 20000 --rounds 3", targets.fanout),
    Part("fanout", "--channel whatsapp --recipients 10000 --rounds 3", targets.fanout),
    Part("fanout", "--channel messenger --recipients 10000 --rounds 3", targets.fanout),
    Part("pacing", "--seconds 8", targets.pacing),
    Part("storage", "--rows 1000000", targets.storage),
    Part("console", "--recipients 50000", targets.holds),
    Part("size", "--quick", targets.size),
    Part("breadth", "--seconds 12", targets.breadth),
    Part("intake", "--seconds 10", targets.holds),
    Part("flood", "--stops 60 --cancels 10", targets.flood),
    Part("peers", "--recipients 2000 --rounds 1", targets.peers),
)


async def everything(
    commands: Container[str], say: Callable[[str], None], parts: tuple[Part, ...] = PARTS
) -> dict[str, Any]:
    """Those of the parts whose command there is. One that fails does not stop the others."""
    parts = tuple(part for part in parts if part.command in commands)
    began, sizes, found = monotonic(), [], list[Mark]()
    for number, part in enumerate(parts, 1):
        say(f"{number} of {len(parts)}: bench {part.command} {part.options}")
        begun = monotonic()
        code, measured = await _run(part)
        seconds = round(monotonic() - begun)
        sizes.append(
            {"bench": part.command, "options": part.options, "seconds": seconds, "exit": code}
        )
        found += _marks(part, code, measured)
    return summary(found, sizes, round(monotonic() - began))


def summary(found: list[Mark], sizes: list[dict[str, Any]], seconds: int) -> dict[str, Any]:
    """Ratios first: they say the same on every machine."""
    ordered = sorted(found, key=lambda mark: not mark.ratio)
    return {
        "seconds": seconds, "sizes": sizes, "marks": [asdict(mark) for mark in ordered],
        "met": sum(mark.met for mark in found), "not_met": sum(not mark.met for mark in found),
        "holds": all(mark.met for mark in found),
    }  # fmt: skip


def _marks(part: Part, code: int, measured: dict[str, Any] | None) -> list[Mark]:
    if measured is None:
        return [Mark(part.name, "measured at all", f"exit {code}", "an object", False)]
    try:
        found = part.read(measured)
    except (KeyError, TypeError) as missing:
        return [Mark(part.name, "said everything", repr(missing), "all keys", False)]
    for mark in found:
        mark.bench = part.name
    return found


async def _run(part: Part) -> tuple[int, dict[str, Any] | None]:
    """(exit code, the object on its last line); it shows its own progress on standard error."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "bench", part.command, *part.options.split(), "--json",
        stdout=asyncio.subprocess.PIPE, start_new_session=True,
        env=os.environ | {"PYTHONPATH": ROOT},
    )  # fmt: skip
    output = b""
    try:
        output, _ = await asyncio.wait_for(child.communicate(), _LIMIT_SECONDS)
    except TimeoutError:
        pass
    finally:
        await _put_away(child)
    return child.returncode or 0, last_object(output.decode(errors="replace"))


async def _put_away(child: asyncio.subprocess.Process) -> None:
    """Ask it to end what it has started; insist if it does not."""
    with contextlib.suppress(ProcessLookupError, TimeoutError):
        if child.returncode is None:
            child.send_signal(signal.SIGINT)
            await asyncio.wait_for(child.wait(), _MERCY_SECONDS)
    with contextlib.suppress(ProcessLookupError):  # also what it left behind
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()


def last_object(output: str) -> dict[str, Any] | None:
    """Of the last line; None where it is none."""
    lines = output.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
