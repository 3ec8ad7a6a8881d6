"""The table of Web API methods and what each of them is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
