"""Checks a request against the Bot API schema: names, types, what is required."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import orjson

from channels.telegram.simulator.errors import ApiError, bad_request

Check = Callable[[Any, str], Any]
_INTEGER = re.compile(r"-?\d{1,19}")
# Raw JSON strings seen before, with what they were parsed to: a broadcast repeats its keyboard
# and entities for everybody, so they are parsed and checked once. Nobody changes what is in here.
_SEEN: dict[tuple[str, str], Any] = {}
_SEEN_LIMIT = 2000

_MISSING = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "from_chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "photo": "there is no photo in the request",
    "video": "there is no video in the request",
    "document": "there is no document in the request",
    "audio": "there is no audio in the request",
    "animation": "there is no animation in the request",
    "voice": "there is no voice in the request",
    "media": "media is not specified",
    "file_id": "file_id not specified",
}


@dataclass(slots=True)
class Upload:
    """A file that came with the request."""

    filename: str
    content_type: str
    data: bytes


class Wrong(Exception):
    """A value does not fit; says where and why."""


@cache
def _data() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("bot_api.json").read_bytes()
    data: dict[str, Any] = orjson.loads(text)
    return data


@cache
def method_names() -> dict[str, str]:
    """Every method of the API: lower-case name to its proper spelling."""
    return {name.lower(): name for name in _data()["methods"]}


@cache
def checker(method: str) -> Callable[[dict[str, Any], dict[str, Upload]], dict[str, Any]]:
    """The compiled check of one method: raw parameters in, typed ones out, or ApiError."""
    fields = {n: _compile(kind.lstrip("!")) for n, kind in _data()["methods"][method].items()}
    kinds = {n: kind.lstrip("!") for n, kind in _data()["methods"][method].items()}
    required = [n for n, kind in _data()["methods"][method].items() if kind.startswith("!")]

    def check(raw: dict[str, Any], files: dict[str, Upload]) -> dict[str, Any]:
        params: dict[str, Any] = {}
        for name, value in raw.items():
            rule = fields.get(name)
            if rule is None:
                raise bad_request(f'unknown parameter "{name}"')
            if value is None or (value == "" and kinds[name] != "String"):
                continue
            try:
                params[name] = rule(value, "")
            except Wrong as wrong:
                raise bad_request(f"can't parse {name}: {wrong}") from None
        for name, upload in files.items():
            if name in kinds and "InputFile" in kinds[name]:
                params[name] = upload
        for name in required:
            if name not in params:
                raise _missing(name)
        return params

    return check


def _missing(name: str) -> ApiError:
    return bad_request(_MISSING.get(name, f'parameter "{name}" is required'))


@cache
def _compile(kind: str) -> Check:
    if kind.startswith("="):
        return _constant(kind[1:])
    if kind.startswith("Array of "):
        return _json(kind, _array(kind.removeprefix("Array of ")))
    simple = _SIMPLE.get(kind)
    if simple:
        return simple
    members = re.split(r" or |, | and ", kind)
    if len(members) > 1:
        return _json(kind, _one_of(members))
    shape = _data()["objects"].get(kind)
    if isinstance(shape, list):
        return _json(kind, _one_of(shape))
    return _json(kind, _object(kind))


def _json(kind: str, inner: Check) -> Check:
    """Nested values arrive as JSON strings in forms, as themselves in JSON bodies."""

    def check(value: Any, where: str) -> Any:
        if not isinstance(value, str):
            return inner(value, where)
        key = (kind, value)
        known = _SEEN.get(key)
        if known is None:
            try:
                parsed = orjson.loads(value)
            except orjson.JSONDecodeError:
                # A rich text may be a bare string; anything else must be JSON here.
                if kind == "RichText" or "RichText" in kind:
                    return value
                raise Wrong("JSON object expected") from None
            known = inner(parsed, where)
            if len(_SEEN) >= _SEEN_LIMIT:
                _SEEN.clear()
            _SEEN[key] = known
        return known

    return check


def _array(kind: str) -> Check:
    single = not re.search(r" or |, | and ", kind)

    def check(value: Any, where: str) -> Any:
        item = _compile(kind) if single else _compile(kind.replace(", ", " or "))
        if not isinstance(value, list):
            raise Wrong(f"{where or 'value'} must be of type Array")
        return [item(one, f"{where}[{i}]") for i, one in enumerate(value)]

    return check


def _one_of(names: list[str]) -> Check:
    def check(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            if isinstance(value, (str, list)) and names[0] == "RichTextBold":
                return value
            raise Wrong(f"{where or 'value'} must be of type Object")
        first: Wrong | None = None
        for name in names:
            if not _may_be(name, value):
                continue
            try:
                return _compile(name)(value, where)
            except Wrong as wrong:
                first = first or wrong
        raise first or Wrong(f"{where or 'value'} is of no known kind")

    return check


def _may_be(name: str, value: dict[str, Any]) -> bool:
    """Whether constants and required fields leave this member of a union possible."""
    shape = _data()["objects"].get(name)
    if not isinstance(shape, dict):
        return True
    for field, kind in shape.items():
        if kind.startswith("!=") and value.get(field) != kind[2:]:
            return False
        if kind.startswith("!") and field not in value and not _has_constant(shape):
            return False
    return True


def _has_constant(shape: dict[str, str]) -> bool:
    return any(kind.startswith("!=") for kind in shape.values())


def _object(name: str) -> Check:
    shape: dict[str, str] = _data()["objects"].get(name, {})
    required = [field for field, kind in shape.items() if kind.startswith("!")]

    def check(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise Wrong(f"{where or 'value'} must be of type Object")
        result: dict[str, Any] = {}
        for field, inside in value.items():
            kind = shape.get(field)
            path = f"{where}.{field}" if where else field
            if kind is None:
                raise Wrong(f'unknown field "{path}"')
            if inside is None:
                continue
            result[field] = _compile(kind.lstrip("!"))(inside, path)
        for field in required:
            if field not in result:
                raise Wrong(f'Can\'t find field "{f"{where}.{field}" if where else field}"')
        return result

    return check


def _constant(expected: str) -> Check:
    def check(value: Any, where: str) -> Any:
        if value != expected:
            raise Wrong(f'field "{where}" must be "{expected}"')
        return value

    return check


def _string(value: Any, where: str) -> Any:
    if isinstance(value, str):
        return value
    raise Wrong(f'Field "{where or "value"}" must be of type String')


def _integer(value: Any, where: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise Wrong(f'Field "{where or "value"}" must be of type Number')


def _float(value: Any, where: str) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Wrong(f'Field "{where or "value"}" must be of type Number') from None


def _boolean(value: Any, where: str) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.lower()
        if word in ("true", "yes", "1"):
            return True
        if word in ("false", "no", "0"):
            return False
    raise Wrong(f'Field "{where or "value"}" must be of type Boolean')


def _integer_or_string(value: Any, where: str) -> Any:
    if isinstance(value, str):
        return int(value) if _INTEGER.fullmatch(value) else value
    return _integer(value, where)


def _file(value: Any, where: str) -> Any:
    if isinstance(value, (str, Upload)):
        return value
    raise Wrong(f'Field "{where or "value"}" must be a file')


_SIMPLE: dict[str, Check] = {
    "String": _string,
    "Integer": _integer,
    "Float": _float,
    "Float number": _float,
    "Boolean": _boolean,
    "True": _boolean,
    "Integer or String": _integer_or_string,
    "InputFile or String": _file,
    "InputFile": _file,
}
