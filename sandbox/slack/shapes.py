"""The grammar of Block Kit checks: small checkers that note what is wrong and where."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any, str, "Problems"], None]


class Problems(list[str]):
    """Slack words each problem with a pointer to its place."""

    def note(self, message: str, path: str) -> None:
        """One more."""
        self.append(f"[ERROR] {message} [json-pointer:{path}]")


def string(most: int, least: int = 1, pattern: str = "") -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.note("must be a valid string", path)
        elif len(value) < least:
            problems.note(f"must be more than {least - 1} characters", path)
        elif len(value) > most:
            problems.note(f"must be less than {most + 1} characters", path)
        elif pattern and not re.fullmatch(pattern, value):
            problems.note(f"must match {pattern}", path)

    return check


def integer(least: int, most: int) -> Check:
    """A whole number within limits."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problems.note("must be a valid integer", path)
        elif not least <= value <= most:
            problems.note(f"must be between {least} and {most}", path)

    return check


def flag(value: Any, path: str, problems: Problems) -> None:
    """true or false."""
    if not isinstance(value, bool):
        problems.note("must be a valid boolean", path)


def one_of(*words: str) -> Check:
    """One of a few words."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if value not in words:
            problems.note(f"must be one of {', '.join(words)}", path)

    return check


def items(each: Check, most: int, least: int = 1) -> Check:
    """An array."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.note("must be an array", path)
            return
        if len(value) > most:
            problems.note(f"no more than {most} items allowed", path)
        if len(value) < least:
            problems.note(f"no fewer than {least} items required", path)
        for number, item in enumerate(value):
            each(item, f"{path}/{number}", problems)

    return check


def shape(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """An object with these fields and no others; `type` is the caller's."""
    known = required | (optional or {})

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.note("must be an object", path)
            return
        for name in required:
            if value.get(name) is None:
                problems.note(f"missing required field: {name}", path)
        for name, given in value.items():
            if name == "type":
                continue
            if name not in known:
                problems.note(f"invalid additional property: {name}", path)
            elif given is not None:
                known[name](given, f"{path}/{name}", problems)

    return check


def typed(kinds: dict[str, Check]) -> Check:
    """An object whose `type` decides what else it may have."""

    def check(value: Any, path: str, problems: Problems) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            problems.note("missing required field: type", path)
        elif kind not in kinds:
            problems.note(f"unsupported type: {kind}", f"{path}/type")
        else:
            kinds[kind](value, path, problems)

    return check


def plain(most: int, least: int = 1) -> Check:
    """A plain_text object."""
    body = shape({"text": string(most, least)}, {"emoji": flag})
    return typed({"plain_text": body})


def text(most: int, least: int = 1) -> Check:
    """A plain_text or mrkdwn object."""
    words = string(most, least)
    return typed(
        {
            "plain_text": shape({"text": words}, {"emoji": flag}),
            "mrkdwn": shape({"text": words}, {"verbatim": flag}),
        }
    )
