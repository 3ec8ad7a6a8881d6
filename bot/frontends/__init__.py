"""Finds consoles by their folder, and says what each must be able to do. Nothing outside a folder asks
which console it is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

from aiohttp import web

from bot.chat import Frontend
from bot.settings import Account, Settings
from broadcast.account_key import AccountKey
from broadcast.channel import Said
from broadcast.context import Core
from broadcast.engine.pacing import Pacer

Update = dict[str, Any]
KeepFor = Callable[[AccountKey, list[tuple[str, dict[str, object]]]], Awaitable[None]]
OWN = "console"  # the name of an account that only the team writes to


class Console(Frontend, Protocol):
    """A place where the team writes. Events come in through `feed`; what is said goes out as the
    Frontend says."""

    key: AccountKey  # under which its updates are kept
    own: Account | None  # an account of a channel that is only the team's, to be received for

    @property
    def address(self) -> str:
        """Where it is opened, for whoever looks for it; empty while that is not known."""

    async def open(self) -> None:
        """Learn who we are there. Raises ConsoleClosed when the platform refuses our token."""

    async def feed(self, update: Update) -> Said | None:
        """Act on one kept update, once; what is said about it is on its way. Raises storage trouble."""

    async def wants(self, update: Update) -> bool:
        """Say whether an update is the console's, where its account serves subscribers as well."""

    async def greet(self, update: Update) -> None:
        """Offer the console to an admin who has just been served as a subscriber."""

    def order_key(self, update: Update) -> str | None:
        """Name whose an update is; None where the account's channel tells."""

    def command(self, update: Update) -> str:
        """Return the line with the command somebody typed or pressed; empty: none."""

    @property
    def connected(self) -> bool | None:
        """Whether the platform can bring us what people do; None where that cannot be told."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what it adds to our public HTTP."""

    def tasks(self) -> Sequence[Coroutine[Any, Any, None]]:
        """Return what has to run as long as the process does."""


class Given(NamedTuple):
    """What a console is built from. `keep(key, [(event id, update)])` stores durably what its platform
    sends; `told_to_wait(platform, account, seconds)` returns at once."""

    core: Core
    settings: Settings
    accounts: Mapping[AccountKey, Account]
    pacers: Mapping[AccountKey, Pacer]
    keep: KeepFor
    told_to_wait: Callable[[str, str, float], None]


class ConsoleSpec(NamedTuple):
    """One console's folder. `build` gives None where it is not configured."""

    name: str
    build: Callable[[Given], Awaitable[Console | None]]


def available() -> list[str]:
    """Return the names of the console folders beside this file."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)


@cache
def load(name: str) -> ConsoleSpec:
    """Return the SPEC of one console. Raises LookupError for a name that has no folder."""
    if name not in available():
        raise LookupError(f"no console named {name!r}; there are: {', '.join(available())}")
    spec: ConsoleSpec = importlib.import_module(f"bot.frontends.{name}").SPEC
    return spec
