"""The table of methods this simulator knows, and what one call carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channels.telegram.simulator.account import Account
from channels.telegram.simulator.platform import Platform
from channels.telegram.simulator.schema import Upload


@dataclass(slots=True)
class Call:
    """One checked request."""

    platform: Platform
    account: Account
    method: str
    params: dict[str, Any]
    files: dict[str, Upload]

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter."""
        return self.params.get(name, default)


Method = Callable[[Call], Any]  # a result, or an awaitable of one; bytes are JSON already
METHODS: dict[str, Method] = {}


def method(*names: str) -> Callable[[Method], Method]:
    """Enters a function into the table under the API's names."""

    def enter(function: Method) -> Method:
        for name in names:
            METHODS[name] = function
        return function

    return enter
