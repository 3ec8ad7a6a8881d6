"""What every service works with: the store, the clock, the house rules, the open channels."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from broadcast.account_key import AccountKey
from broadcast.cached_counts import Counted
from broadcast.channel import AccountEvent, Channel
from broadcast.clock import Clock, utc_now
from broadcast.safety import Limits
from broadcast.store.lease import NOT_NEEDED, Hold
from broadcast.store.session import Store


@dataclass(frozen=True)
class Policy:
    """The house rules an operator sets."""

    approvals_required: int = 1
    allow_self_approval: bool = False
    reapprove_growth_percent: float = 5.0  # over both since the yes: it is asked again
    reapprove_growth_people: int = 2
    undo_hold_seconds: float = 30.0
    late_after_seconds: float = 3600.0
    max_attempts: int = 5
    language: str = "en"
    timezone: str = "UTC"
    sender_name: str = "Tellal"
    privacy_url: str = ""
    contact: str = ""  # where people turn with a question: an address, a number or a link
    limits: Limits = Limits()
    canary: str = "off"  # as safety.Canary.read takes it, for broadcasts that say nothing
    canary_wait_seconds: float = 600.0


@dataclass(frozen=True)
class Event:
    """Something the consoles may want to tell: `kind` is changed, checklist (the first steps were shown somewhere), house (an owner chose a rule in chat), draft (one that nobody but its
    author hears of), progress, storage, trouble, account, waits (`detail`: the platform that makes
    us wait, see `waits` below), brake (everything was stopped, or goes on), console (`detail` names one that can be reached again), or here
    (`detail` names a console and a chat that somebody opened). What must not be forgotten is a
    Notice in the database; this only rings the
    bell."""

    kind: str
    broadcast_id: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Wait:
    """A platform takes nothing from us `until` then; the team heard of it at `told_at`."""

    until: datetime
    told_at: datetime


@dataclass(frozen=True)
class Halted:
    """Everything stands still: which halt it is, who called it, when."""

    halt_id: int
    admin_id: int
    name: str
    at: datetime


@dataclass
class Brake:
    """What this process knows of a halt; the database decides. `stop` stops everything that runs
    here at once and says how many are on their way. `pulled`: by whom (an admin_id), while that is
    not written down yet. Shared by all copies of a core."""

    halted: Halted | None = None
    pulled: int = 0
    stop: Callable[[], int] = lambda: 0


async def _nobody(_: Event) -> None:
    return None


async def _as_before() -> None:
    return None


def _nothing_runs(_: int) -> int:
    return 0


def _nothing_to_heed(_: int, __: AccountKey, ___: AccountEvent) -> None:
    return None


@dataclass
class Core:
    """One running house. `revoked` holds addresses that opted out since their delivery was claimed:
    the last look before a send costs a set lookup, not a query. `lease` says whether this process
    may send at all. `halt` stops one broadcast at once and says how many are on their way; `heed` tells a
    running one what the platform says of a template on one account. `refresh` takes a
    new token from the settings; it raises CannotDo when they cannot be read. `senders`: the platform's
    name for who sends on each account, which is not the account's own. `waits`: until when a
    platform (and account) takes nothing from us, where that is long. `given`: names of rules that
    the operator has set; `chosen`: those an owner chose in chat, by name (services/house.py)."""

    store: Store
    policy: Policy = Policy()
    clock: Clock = utc_now
    channels: dict[AccountKey, Channel] = field(default_factory=dict)
    senders: dict[AccountKey, str] = field(default_factory=dict)
    waits: dict[AccountKey, Wait] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    tell: Callable[[Event], Awaitable[None]] = _nobody
    lease: Hold = NOT_NEEDED
    halt: Callable[[int], int] = _nothing_runs
    note_account_event: Callable[[int, AccountKey, AccountEvent], None] = _nothing_to_heed
    refresh: Callable[[], Awaitable[None]] = _as_before
    given: frozenset[str] = frozenset()
    chosen: dict[str, str] = field(default_factory=dict)
    brake: Brake = field(default_factory=Brake)
    counted: Counted = field(default_factory=Counted)
    media_folder: Path = Path("media")
    run: str = field(default_factory=lambda: token_hex(8))  # names this process's life
