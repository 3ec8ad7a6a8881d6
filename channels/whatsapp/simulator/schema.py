"""Checks a message against the reduced OpenAPI description: names, types, lengths."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import orjson

from channels.whatsapp.simulator.errors import refusal

Json = dict[str, Any]
Check = Callable[[Any, str], None]
_LIST = re.compile(r"\[(.+)\](\d+)-(\d*)")


class Wrong(Exception):
    """A value does not fit: the error's code and its details."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


@cache
def _objects() -> Json:
    text = resources.files(__package__).joinpath("cloud_api.json").read_bytes()
    objects: Json = orjson.loads(text)["objects"]
    return objects


def check(name: str, body: Json) -> None:
    """Raises the GraphError for the first thing that is wrong with a request body."""
    try:
        _compiled("@" + name)(body, "")
    except Wrong as wrong:
        raise refusal(wrong.code, wrong.details) from None


@cache
def _compiled(kind: str) -> Check:
    if kind.startswith("@"):
        return _named(kind[1:])
    if kind.startswith("="):
        return _constant(kind[1:].split("|"))
    listed = _LIST.fullmatch(kind)
    if listed:
        return _list(listed[1], int(listed[2]), int(listed[3] or 1_000_000))
    base, _, limit = kind.partition("<=")
    return _string(int(limit)) if limit else _SIMPLE[base]


def _named(name: str) -> Check:
    shape = _objects()[name]
    if isinstance(shape, list):
        return _one_of([member[1:] for member in shape])
    if len(shape) == 1 and next(iter(shape)).startswith("?"):
        field, members = next(iter(shape.items()))
        return _chosen(field[1:], members)
    return _object(shape)


def _chosen(field: str, members: dict[str, str]) -> Check:
    """A union whose member one field names."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong(131009, f"Param {where or 'root'} must be a JSON object.")
        kind = members.get(value.get(field) or "")
        if kind is None:
            given = f"Param {_path(where, field)} must be one of"
            raise Wrong(100, f"{given} {{{', '.join(sorted(members)).upper()}}}.")
        _compiled(kind)(value, where)

    return check


def _one_of(names: list[str]) -> Check:
    """A union whose member shows in the fields that are there."""
    shapes = {name: _objects()[name] for name in names}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong(131009, f"Param {where} must be a JSON object.")
        for name, shape in shapes.items():
            if all(f in value for f, kind in shape.items() if kind.startswith("!")):
                _compiled("@" + name)(value, where)
                return
        wanted = sorted({f for s in shapes.values() for f, kind in s.items() if kind[0] == "!"})
        raise Wrong(131008, f"Param {where} needs one of {', '.join(wanted)}.")

    return check


def _object(shape: dict[str, str]) -> Check:
    required = [field for field, kind in shape.items() if kind.startswith("!")]
    kinds = {field: kind.lstrip("!") for field, kind in shape.items()}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong(131009, f"Param {where or 'root'} must be a JSON object.")
        for field, inside in value.items():
            kind = kinds.get(field)
            if kind is None:
                raise Wrong(100, f'Unexpected key "{field}" on param "{where or "root"}".')
            if inside is not None:
                _compiled(kind)(inside, _path(where, field))
        for field in required:
            if value.get(field) is None:
                raise Wrong(131008, f"Parameter {_path(where, field)} is mandatory.")

    return check


def _path(where: str, field: str) -> str:
    return f"{where}['{field}']" if where else field


def _list(kind: str, least: int, most: int) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise Wrong(131009, f"Param {where} must be an array.")
        if not least <= len(value) <= most:
            words = f"Param {where} must have between {least} and {most} elements."
            raise Wrong(131009, words)
        item = _compiled(kind)
        for place, inside in enumerate(value):
            item(inside, f"{where}[{place}]")

    return check


def _constant(allowed: list[str]) -> Check:
    lower = {word.lower() for word in allowed}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or value.lower() not in lower:
            words = f"Param {where} must be one of {{{', '.join(allowed)}}} - got {value!r}."
            raise Wrong(100, words)

    return check


def _string(limit: int) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str):
            raise Wrong(131009, f"Param {where} must be a string.")
        if not value:
            raise Wrong(131008, f"Param {where} must not be empty.")
        if len(value) > limit:
            words = f"Param {where} must be at most {limit} characters long."
            raise Wrong(100, words)

    return check


def _boolean(value: Any, where: str) -> None:
    if not isinstance(value, bool) and str(value).lower() not in ("true", "false"):
        raise Wrong(131009, f"Param {where} must be a boolean.")


def _integer(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(131009, f"Param {where} must be an integer.")


def _index(value: Any, where: str) -> None:
    """The place of a button: 0 to 9, as a number or a string."""
    if not str(value).isdigit() or int(value) > 9:
        raise Wrong(131009, f"Param {where} must be between 0 and 9.")


def _anything(value: Any, where: str) -> None:
    return


_SIMPLE: dict[str, Check] = {
    "string": _string(1_000_000),
    "boolean": _boolean,
    "integer": _integer,
    "number": _integer,
    "index": _index,
    "any": _anything,
}
