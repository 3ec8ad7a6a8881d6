"""What a channel's folder offers: how to build, check and diagnose it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from broadcast.callback import CallbackAnswer, Receiver
from broadcast.channel import Channel, Lane, Thorough, Trial
from broadcast.outcome import Receipt


@dataclass(slots=True, frozen=True)
class Check:
    """One line of `tellal doctor`: what was looked at, whether it is well, how to mend it."""

    name: str
    ok: bool
    found: str
    mend: str = ""


class Config(Protocol):
    """A channel's settings section (a pydantic model): one account."""

    rate_per_second: float

    @property
    def sender(self) -> str:
        """The platform's own name for who sends: a bot, a number, a page."""

    @property
    def configured(self) -> bool:
        """Whether a token is set; without one the account is off."""


@dataclass(slots=True, frozen=True)
class ChannelSpec:
    """What a channel folder offers the composition root, found by name, imported on demand.

    `build(config, account=, pace=, find_media=, hear=, report=, alert=, language=)` makes the
    Channel (language: of what it adds to a broadcast by itself, such as how to leave);
    `receiver(config, keep=, callback_url=, alert=)` a Receiver (callback_url: where callbacks of this
    account reach us, empty when nowhere); `answer(config, callback)` verifies and reads a callback
    (pure); `order_key(update)` says whose an update is: theirs are handled in order;
    `names(update)` is every name the platform has for them in it, the one to write to first (pure);
    `lane(update, thorough)` says what goes before what (pure: it is asked before anything is kept;
    where `thorough()` says no, only what is short and holds words of leaving is read through);
    `receipts(update)` reads one that is nothing but news of deliveries, None for any other (pure);
    `address(text, country)` is an address as somebody wrote it in ours (`country`, ISO 3166 or empty: of
    numbers without one), or a ValueError that says what is
    wrong with it;
    `everywhere`: an address is the same person's on every account of the platform;
    `spellings(address)` is every form in which the platform may name the same address, itself first;
    `phone(address)` the telephone it is (E.164), empty where it is none;
    `trial()` is for `tellal bench`.
    """

    name: str
    config: type
    build: Callable[..., Channel]
    receiver: Callable[..., Receiver] | None = None
    answer: Callable[..., CallbackAnswer] | None = None
    order_key: Callable[[dict[str, object]], str] = lambda _: ""
    names: Callable[[dict[str, object]], tuple[str, ...]] = lambda _: ()
    lane: Callable[[dict[str, object], Thorough], Lane] = lambda *_: Lane.PEOPLE
    receipts: Callable[[dict[str, object]], list[Receipt] | None] = lambda _: None
    address: Callable[..., str] = lambda text, country="": text.strip()
    everywhere: bool = False
    spellings: Callable[[str], tuple[str, ...]] = lambda address: (address,)
    phone: Callable[[str], str] = lambda _: ""
    diagnose: Callable[..., Awaitable[list[Check]]] | None = None
    trial: Callable[[], Trial] | None = None
