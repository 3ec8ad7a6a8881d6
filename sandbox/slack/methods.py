"""The table of Web API methods and what each of them is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.socket_mode import Sockets
from sandbox.slack.workspace import Json


@dataclass(slots=True, frozen=True)
class Call:
    """One call: its checked arguments and the world it is made in."""

    platform: Platform
    sockets: Sockets
    args: Json
    token: str

    def text(self, name: str) -> str:
        """An argument that is a string; empty when it was left out."""
        return str(self.args.get(name) or "")


Method = Callable[[Call], Any]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Puts a function into the table. It gives the fields of the answer beside ok."""

    def put(function: Method) -> Method:
        METHODS[name] = function
        return function

    return put


def page_of(call: Call, found: Sequence[Any], default: int = 1000) -> tuple[Sequence[Any], str]:
    """`limit` items from a cursor, and the next cursor (empty at the end)."""
    cursor = call.text("cursor")
    if cursor and not cursor.isdigit():
        raise SlackError("invalid_cursor")
    start, limit = int(cursor or 0), int(call.args.get("limit") or default)
    if not 0 < limit <= 1000:
        raise SlackError("invalid_limit")
    end = start + limit
    return found[start:end], str(end) if end < len(found) else ""
