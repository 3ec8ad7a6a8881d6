"""What came in as JSON, however it is spelled; nothing odd in it is an error (pure)."""

from __future__ import annotations

import json
from typing import Any

import orjson

_MARK = b"\xef\xbb\xbf"  # some servers put a byte order mark in front
Json = dict[str, Any]


def parsed(raw: bytes) -> Any:
    """The JSON of an answer, None where it is none."""
    raw = raw.removeprefix(_MARK)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _leniently(raw)


def _leniently(raw: bytes) -> Any:
    """NaN, and half a character that no text can hold: one of them must not make us deaf to all."""
    try:
        found = json.loads(raw.decode(errors="replace"), parse_constant=lambda _: None)
        return json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return None


def a_dict(value: object) -> Json:
    """Whatever JSON holds in the place of an object."""
    return value if isinstance(value, dict) else {}


def a_list(value: object) -> list[Any]:
    """Whatever JSON holds in the place of a list."""
    return value if isinstance(value, list) else []


def a_string(value: object) -> str:
    """Whatever JSON holds in the place of a string."""
    return value if isinstance(value, str) else ""


def a_number(value: object, otherwise: float = 0.0) -> float:
    """Whatever JSON holds in the place of a number; never infinite."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and abs(value) < 1e12 else otherwise  # type: ignore[arg-type]


def a_text(value: object) -> str:
    """Whatever JSON holds in the place of words or an id: a null says nothing, not "None"."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
