"""How a benchmark shows itself: what it is doing, tables, and one object for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.progress import Step, steps

_FEW = 4  # rows
_WIDE = 130  # characters, where nobody watches

__all__ = ["Step", "show", "steps"]


def show(found: dict[str, Any], *, as_json: bool) -> None:
    """Tables for people unless only JSON is wanted; always the object on the last line."""
    if not as_json:
        _table(found)
    print(json.dumps(found))  # noqa: T201


def rank_ms(seconds: list[float], share: float) -> float:
    """Milliseconds that this share of them took at most; 0 of none."""
    found = sorted(seconds)
    return round(found[min(len(found) - 1, int(len(found) * share))] * 1000, 1) if found else 0.0


def _table(found: dict[str, Any]) -> None:
    """Plain values line by line, then a table for each list of rows."""
    for name, value in _flat(found):
        print(f"{name:40}{value!s:>16}")  # noqa: T201
    for name, found_rows in found.items():
        if isinstance(found_rows, list) and found_rows and isinstance(found_rows[0], dict):
            _rows(name, [dict(_flat(row)) for row in found_rows])


def _rows(title: str, found: list[dict[str, Any]]) -> None:
    """One column a row where there are few: the names are long."""
    from rich.console import Console
    from rich.table import Table

    names = dict.fromkeys(name for row in found for name in row)
    if len(found) > _FEW:
        table = Table(*(name.replace("_", " ") for name in names), title=title)
        for row in found:
            table.add_row(*(_shown(row.get(name, "")) for name in names))
    else:
        table = Table(title=title, show_header=False)
        for name in names:
            table.add_row(name, *(_shown(row.get(name, "")) for row in found))
    console = Console()
    (console if console.is_terminal else Console(width=_WIDE)).print(table)


def _shown(value: Any) -> str:
    return {True: "yes", False: "NO"}[value] if isinstance(value, bool) else str(value)


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}", value
