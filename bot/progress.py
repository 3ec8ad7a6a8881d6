"""What a long command is doing, and how far it is: a line on standard error while it works."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol


class Step(Protocol):
    """Says what is being done, and how much of it where that is known."""

    def __call__(self, what: str, done: float = 0.0, total: float = 0.0) -> None: ...


@contextlib.contextmanager
def steps() -> Iterator[Step]:
    """A line on standard error: the present step, a bar where it has an end, the time so far."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False
    ) as progress:
        task = progress.add_task("starting", total=None)

        def step(what: str, done: float = 0.0, total: float = 0.0) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        yield step


def silent(what: str, done: float = 0.0, total: float = 0.0) -> None:
    """For those who do not watch."""
