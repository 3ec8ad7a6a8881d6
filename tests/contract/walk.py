"""Several commands one behind the other in one forked process: each as `tellal` runs it, with its exit
code and its words. A fork for each would cost as much as ten commands."""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from pathlib import Path

from lab.child_process import Child

_SIGN = "\x1e"  # stands between commands; none of them prints it
Ended = tuple[tuple[str, ...], int, str]


async def ended_each(
    folder: Path, settings: dict[str, str], commands: tuple[tuple[str, ...], ...]
) -> list[Ended]:
    """Each command with exit code and words. None of them may run on."""
    child = Child.fork(folder, settings, "bot", first=partial(_walk, commands))
    try:
        code = await child.ended()
    finally:
        await child.end()
    parts = re.split(f"{_SIGN}(-?\\d+){_SIGN}\n", child.output)
    assert code == 0 and len(parts) == 2 * len(commands) + 1, child.output
    return [(command, int(parts[2 * at + 1]), parts[2 * at]) for at, command in enumerate(commands)]


def _walk(commands: tuple[tuple[str, ...], ...]) -> None:
    from bot.cli import main

    for command in commands:
        sys.argv = ["tellal", *command]
        code: object = None
        try:
            main()
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        number = code if isinstance(code, int) else int(code is not None)
        os.write(1, f"{_SIGN}{number}{_SIGN}\n".encode())
    os._exit(0)
