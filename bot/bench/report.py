"""How a benchmark shows itself: what it is doing, a table, and one object for machines."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A line on standard error that tells the present step, and how long it has taken."""
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update


def show(found: dict[str, Any], *, as_json: bool) -> None:
    """The table for people unless only JSON is wanted; always the object on the last line."""
    if not as_json:
        for name, value in found.items():
            print(f"{name:36}{value!s:>14}")  # noqa: T201
    print(json.dumps(found))  # noqa: T201
