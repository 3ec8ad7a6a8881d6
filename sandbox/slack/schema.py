"""Checks the arguments of a call against the method's description (web_api.json)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.workspace import Json

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False, True: True, False: False}
# slack_sdk adds the team to every call it makes for an installed app; Slack does not mind.
_EVERYWHERE = {"team_id"}
_WORDS = {"s": "string", "b": "boolean", "i": "integer", "n": "number", "j": "JSON"}


@cache
def description() -> Json:
    """The reduced description."""
    path = Path(__file__).with_name("web_api.json")
    found: Json = orjson.loads(path.read_bytes())
    return found


def method(name: str) -> Json:
    """Tier, scopes and arguments of a method, or unknown_method."""
    found: Json | None = description()["methods"].get(name)
    if found is None:
        raise SlackError("unknown_method", req_method=name)
    return found


def arguments(name: str, given: Json) -> Json:
    """The arguments with their types; all that is wrong with them is told at once."""
    kinds: dict[str, str] = method(name)["args"]
    unknown = given.keys() - kinds.keys() - _EVERYWHERE
    wrong = [f"unknown argument: {argument}" for argument in sorted(unknown)]
    kept: Json = {}
    for argument, kind in kinds.items():
        required, letter, nullable = kind.startswith("!"), kind.strip("!?"), kind.endswith("?")
        value = given.get(argument)
        if value is None:
            if required:
                wrong.append(f"missing required field: {argument}")
            elif argument in given and not nullable:
                wrong.append(f"must not be null [json-pointer:/{argument}]")
            continue
        try:
            kept[argument] = _typed(letter, value)
        except (ValueError, KeyError, TypeError):
            wrong.append(f"must be a valid {_WORDS[letter]} [json-pointer:/{argument}]")
    if wrong:
        raise invalid_arguments(*wrong)
    return kept


def _typed(letter: str, value: Any) -> Any:
    """A form's string or a JSON value as what it should be."""
    if letter == "s":
        if not isinstance(value, str):
            raise TypeError
        return value
    if letter == "b":
        return _BOOLEANS[value.lower() if isinstance(value, str) else value]
    if letter == "j":
        return orjson.loads(value) if isinstance(value, str) else value
    if isinstance(value, bool):
        raise TypeError
    return int(value) if letter == "i" else float(value)
