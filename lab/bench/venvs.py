"""Throw-away environments for what is not ours: one for each set of packages, made when asked for."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path


class NotInstalled(Exception):
    """Why an environment could not be made, in a line."""


class Venvs:
    """Environments under `folder`; packages come from wherever pip is set up to look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, ...], Path | NotInstalled] = {}

    async def python(self, packages: tuple[str, ...]) -> Path:
        """The interpreter that has them. Raises NotInstalled, each time."""
        if packages not in self._made:
            try:
                self._made[packages] = await self._make(packages)
            except NotInstalled as why:
                self._made[packages] = why
        made = self._made[packages]
        if isinstance(made, NotInstalled):
            raise made
        return made

    async def _make(self, packages: tuple[str, ...]) -> Path:
        place = self._folder / f"venv-{len(self._made)}"
        await _run(sys.executable, "-m", "venv", str(place))
        python = place / "bin" / "python"
        await _run(str(python), "-m", "pip", "install", "--no-input", "--retries", "1", *packages)
        return python


async def version(python: Path, package: str) -> str:
    """Of the installed one, without extras in its name."""
    look = f"from importlib.metadata import version; print(version({package.partition('[')[0]!r}))"
    return (await _run(str(python), "-c", look)).strip()


async def _run(*command: str) -> str:
    """What it printed. Raises NotInstalled when it failed."""
    child = await asyncio.create_subprocess_exec(
        *command, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await child.communicate()
    if child.returncode:
        raise NotInstalled(reason(errors.decode(errors="replace")))
    return output.decode()


def reason(output: str) -> str:
    """The line of a failed program's output that says why, shortened."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["it said nothing"])[-1][:200]
