"""JSON from outside: whatever somebody could make of it is one error, and nothing we keep is bottomless."""

from __future__ import annotations

import json
from typing import Any

import orjson

MOST_DEEP = 100  # levels of objects and lists; what platforms send has about ten


def decoded(raw: bytes | str) -> Any:
    """What it says. Raises ValueError for what is no JSON, or nested deeper than MOST_DEEP."""
    try:
        found = json.loads(raw)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if is_deep(found):
        raise ValueError("nested too deep")
    return found


def is_deep(value: object) -> bool:
    """Whether it is nested deeper than MOST_DEEP. Looked at one by one only where it may be."""
    try:
        brackets = orjson.dumps(value)
    except TypeError:  # deeper than orjson goes, or no text it can write
        return _depth_exceeds(value, MOST_DEEP)
    few = brackets.count(b"{") + brackets.count(b"[") <= MOST_DEEP
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
