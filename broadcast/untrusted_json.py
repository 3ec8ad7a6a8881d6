"""JSON from outside: whatever somebody could make of it is one error, and nothing we keep is bottomless."""

from __future__ import annotations

import json
from typing import Any

MOST_DEEP = 100  # levels of objects and lists; what platforms send has about ten


def decoded(raw: bytes | str) -> Any:
    """What it says. Raises ValueError for what is no JSON, or nested deeper than MOST_DEEP."""
    try:
        found = json.loads(raw)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if is_deep(found, raw):
        raise ValueError("nested too deep")
    return found


def is_deep(value: object, raw: bytes | str) -> bool:
    """Whether it, made of `raw`, is nested deeper than MOST_DEEP. Looked at one by one only where it
    may be."""
    opening = ("{", "[") if isinstance(raw, str) else (b"{", b"[")
    few = sum(map(raw.count, opening)) <= MOST_DEEP  # type: ignore[arg-type]
    return not few and _depth_exceeds(value, MOST_DEEP)


def _depth_exceeds(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    """The objects and lists in it."""
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, list):
        inner = value
    else:
        return []
    return [one for one in inner if isinstance(one, dict | list)]
