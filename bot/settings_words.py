"""What is wrong with a setting's value, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broadcast.language import N_, terminal

_SENTENCES = {
    "int_parsing": N_("must be a whole number"),
    "int_type": N_("must be a whole number"),
    "int_from_float": N_("must be a whole number"),
    "float_parsing": N_("must be a number"),
    "float_type": N_("must be a number"),
    "finite_number": N_("must be a number"),
    "bool_parsing": N_("must be true or false"),
    "bool_type": N_("must be true or false"),
    "string_type": N_("must be text"),
    "dict_type": N_("must be a table of names and values"),
    "model_type": N_("must be a table of names and values"),
    "model_attributes_type": N_("must be a table of names and values"),
    "greater_than_equal": N_("must be at least {ge}"),
    "greater_than": N_("must be more than {gt}"),
    "less_than_equal": N_("must be at most {le}"),
    "less_than": N_("must be less than {lt}"),
    "string_too_short": N_("must have at least {min_length} characters"),
    "string_too_long": N_("must have at most {max_length} characters"),
    "literal_error": N_("must be {expected}"),
    "missing": N_("is missing"),
    "extra_forbidden": N_("there is no such setting."),
    "string_pattern_mismatch": N_("is not a valid value"),
}
_SHOWN = 60  # characters of a value


def wrong_value(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors, without what was given: it may be a secret."""
    sentence = _SENTENCES.get(error["type"])
    if sentence is None:
        return one_line(error["msg"])
    values = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    return terminal().plain(sentence, **values)


def one_line(message: str) -> str:
    """As a sentence of ours in one line."""
    return message.removeprefix("Value error, ").replace("\n", " ")


def quoted(value: str) -> str:
    """What was written, as far as one line has room for it."""
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")


def no_such(upper: str, where: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches

    say = terminal().plain
    near = get_close_matches(upper, known, 1, 0.8)
    line = say("{name}{where}: there is no such setting.", name=upper, where=where)
    return f"{line} {say('Did you mean {name}?', name=near[0])}" if near else line
