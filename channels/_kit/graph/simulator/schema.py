"""Checks a request body against compactly written objects: names, types, lengths.

A leading ! marks what is required, =a|b constants, @ an object, [kind]1-3 a list and how long it
may be, string<=N a longest text; {"?field": {…}} is a union chosen by a field, a list of objects
one chosen by what is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Check = Callable[[Any, str], None]
_LIST = re.compile(r"\[(.+)\](\d+)-(\d*)")


class Wrong(Exception):
    """A value does not fit. Kinds: missing, unknown, long, constant, invalid."""

    def __init__(self, kind: str, details: str) -> None:
        super().__init__(details)
        self.kind = kind
        self.details = details


class Schema:
    """The objects of one API."""

    def __init__(self, objects: Json) -> None:
        self._objects = objects
        self._checks: dict[str, Check] = {}

    def check(self, name: str, body: Any) -> None:
        """Raises Wrong for the first thing that is wrong with a body."""
        self._compiled("@" + name)(body, "")

    def _compiled(self, kind: str) -> Check:
        known = self._checks.get(kind)
        if known is None:
            known = self._checks[kind] = self._compile(kind)
        return known

    def _compile(self, kind: str) -> Check:
        if kind.startswith("@"):
            return self._named(kind[1:])
        if kind.startswith("="):
            return _constant(kind[1:].split("|"))
        listed = _LIST.fullmatch(kind)
        if listed:
            return self._list(listed[1], int(listed[2]), int(listed[3] or 1_000_000))
        base, _, limit = kind.partition("<=")
        return _string(int(limit)) if limit else _SIMPLE[base]

    def _named(self, name: str) -> Check:
        shape = self._objects[name]
        if isinstance(shape, list):
            return self._one_of([member[1:] for member in shape])
        if len(shape) == 1 and next(iter(shape)).startswith("?"):
            field, members = next(iter(shape.items()))
            return self._chosen(field[1:], members)
        return self._object(shape)

    def _chosen(self, field: str, members: dict[str, str]) -> Check:
        """A union whose member one field names."""

        def check(value: Any, where: str) -> None:
            kind = members.get(str(_dict(value, where).get(field)))
            if kind is None:
                allowed = ", ".join(sorted(members)).upper()
                raise Wrong(
                    "constant", f"Param {_path(where, field)} must be one of {{{allowed}}}."
                )
            self._compiled(kind)(value, where)

        return check

    def _one_of(self, names: list[str]) -> Check:
        """A union whose member shows in the fields that are there."""
        required = {
            name: [f for f, kind in self._objects[name].items() if kind.startswith("!")]
            for name in names
        }

        def check(value: Any, where: str) -> None:
            _dict(value, where)
            for name, needed in required.items():
                if all(field in value for field in needed):
                    self._compiled("@" + name)(value, where)
                    return
            wanted = sorted({field for needed in required.values() for field in needed})
            raise Wrong("missing", f"Param {where} needs one of {', '.join(wanted)}.")

        return check

    def _object(self, shape: dict[str, str]) -> Check:
        required = [field for field, kind in shape.items() if kind.startswith("!")]
        kinds = {field: kind.lstrip("!") for field, kind in shape.items()}

        def check(value: Any, where: str) -> None:
            for field, inside in _dict(value, where).items():
                kind = kinds.get(field)
                if kind is None:
                    raise Wrong(
                        "unknown", f'Unexpected key "{field}" on param "{where or "root"}".'
                    )
                if inside is not None:
                    self._compiled(kind)(inside, _path(where, field))
            for field in required:
                if value.get(field) is None:
                    raise Wrong("missing", f"Parameter {_path(where, field)} is mandatory.")

        return check

    def _list(self, kind: str, least: int, most: int) -> Check:
        def check(value: Any, where: str) -> None:
            if not isinstance(value, list):
                raise Wrong("invalid", f"Param {where} must be an array.")
            if not least <= len(value) <= most:
                words = f"Param {where} must have between {least} and {most} elements."
                raise Wrong("invalid", words)
            item = self._compiled(kind)
            for place, inside in enumerate(value):
                item(inside, f"{where}[{place}]")

        return check


def _dict(value: Any, where: str) -> Json:
    if not isinstance(value, dict):
        raise Wrong("invalid", f"Param {where or 'root'} must be a JSON object.")
    return value


def _path(where: str, field: str) -> str:
    return f"{where}['{field}']" if where else field


def _constant(allowed: list[str]) -> Check:
    lower = {word.lower() for word in allowed}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or value.lower() not in lower:
            words = f"Param {where} must be one of {{{', '.join(allowed)}}} - got {value!r}."
            raise Wrong("constant", words)

    return check


def _string(limit: int) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str):
            raise Wrong("invalid", f"Param {where} must be a string.")
        if not value:
            raise Wrong("missing", f"Param {where} must not be empty.")
        if len(value) > limit:
            raise Wrong("long", f"Param {where} must be at most {limit} characters long.")

    return check


def _boolean(value: Any, where: str) -> None:
    if not isinstance(value, bool) and str(value).lower() not in ("true", "false"):
        raise Wrong("invalid", f"Param {where} must be a boolean.")


def _integer(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("invalid", f"Param {where} must be an integer.")


def _index(value: Any, where: str) -> None:
    """The place of a button: 0 to 9, as a number or a string."""
    if not str(value).isdigit() or int(value) > 9:
        raise Wrong("invalid", f"Param {where} must be between 0 and 9.")


def _anything(value: Any, where: str) -> None:
    return


_SIMPLE: dict[str, Check] = {
    "string": _string(1_000_000),
    "boolean": _boolean,
    "integer": _integer,
    "index": _index,
    "any": _anything,
}
