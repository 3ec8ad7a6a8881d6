"""What the core asks of a channel, and what a channel tells the core. No platform here."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from broadcast.message import Media, Message, RichText


class Scope(StrEnum):
    """Whom an outcome concerns: this one person, or the sending account as a whole."""

    RECIPIENT = "recipient"
    ACCOUNT = "account"


class Reason(StrEnum):
    """Why a delivery did not (yet) succeed, in words a report can translate."""

    BLOCKED = "blocked"  # the person blocked us
    DEACTIVATED = "deactivated"  # the person's account is gone
    UNREACHABLE = "unreachable"  # the address does not exist or never wrote to us
    NOT_PERMITTED = "not_permitted"  # we may not write there
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    CONTENT = "content"  # the platform refuses this message for everybody
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"  # 5xx, no connection: nothing was accepted
    ACCOUNT_CLOSED = "account_closed"  # ours is not set up any more
    AUTHORIZATION = "authorization"  # the token is revoked or malformed
    RESTRICTED = "restricted"  # the platform lets our account send nothing for now
    NO_ANSWER = "no_answer"  # the request left, the answer did not come
    PROCESS_DIED = "process_died"  # we were killed between intent and result
    CANCELLED = "cancelled"
    OUTSIDE_WINDOW = "outside_window"  # the platform takes free text only soon after they wrote
    CAPPED = "capped"  # the platform lets this person have no more of these for now
    OVER_BUDGET = "over_budget"  # more people than the platform lets us begin with in a day
    PLATFORM_STOP = "platform_stop"  # they told the platform to stop our announcements
    REACHED_ELSEWHERE = "reached_elsewhere"  # one person: they have it under another address
    EXPIRED = "expired"  # it was waiting, and the broadcast's time ran out
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    REJECTED = "rejected"  # any other refusal, with the platform's own words in detail
    BUG = "bug"  # an adapter raised: reported, treated as uncertain


@dataclass(slots=True, frozen=True)
class Accepted:
    """The platform took it; all ids, because one message may become several.

    `media_handles` maps media_id to the platform's reusable id for that file, when learned.
    """

    receipt_ids: tuple[str, ...]
    media_handles: dict[int, str] | None = None


@dataclass(slots=True, frozen=True)
class Deferred:
    """Not now. `retry_after` in seconds (0: the engine's backoff decides). `arrived`: of a delivery
    that is several messages, the ids of those that went; handed back with the next try.
    """

    reason: Reason
    retry_after: float = 0.0
    scope: Scope = Scope.RECIPIENT
    detail: str = ""
    arrived: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Refused:
    """Never. `suppress`: this address must not be tried again by any broadcast.

    Scope ACCOUNT pauses the broadcast and tells the admins (token revoked, content refused); `mend`
    is the catalog sentence that says what they have to do. `new_address` is set when the platform
    says where the person moved. `wait_seconds`: nobody may try this person again before that; with CAPPED,
    with any message that is `Capping.capped` there.
    `arrived` as in Deferred.
    """

    reason: Reason
    suppress: bool = False
    scope: Scope = Scope.RECIPIENT
    code: str = ""
    detail: str = ""
    new_address: str = ""
    mend: str = ""
    wait_seconds: float = 0.0
    arrived: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Uncertain:
    """The request left and no answer came: it may have been delivered. `arrived` as in Deferred."""

    detail: str = ""
    arrived: tuple[str, ...] = ()


Outcome = Accepted | Deferred | Refused | Uncertain


@dataclass(slots=True)
class Envelope:
    """One delivery on its way: `message` is the same object for a whole broadcast."""

    delivery_id: int
    address: str
    message: Message
    attempt: int = 1
    window_open: bool = True  # they wrote within the channel's window (always, where it has none)
    name: str = ""  # the subscriber's, for a template's parameters
    # Of a delivery that is several messages: the ids of those that went in an earlier try, each at
    # its place, "" for one that did not. Not to be sent again.
    arrived: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Problem:
    """What is wrong with a message on a channel: a catalog sentence and its values."""

    template: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Capabilities:
    """What a channel can do. Rates in messages per second, 0 = no limit."""

    rate_per_second: float = 0.0
    concurrency: int = 100
    max_text: int = 4096
    max_caption: int = 1024
    max_album: int = 10
    media: frozenset[str] = frozenset()
    window_seconds: float = 0.0  # free text only this long after a person wrote; 0: always
    templates: bool = False  # platform-approved texts that may go outside the window
    receipts: bool = False  # the platform tells later what was delivered and read
    names_our_delivery: bool = True  # … and by our own id, so that its ids need not be looked up
    people_per_day: int = 0  # whom we may begin with outside the window in 24 h; 0: no limit


class InboundKind(StrEnum):
    """What a subscriber did."""

    TEXT = "text"
    START = "start"  # opened the conversation; payload: where they came from
    CHOICE = "choice"  # pressed a button of ours; payload: its data
    COMMAND = "command"  # text holds the word without its slash
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    PLATFORM_STOP = "platform_stop"  # told the platform, not us: kept apart from a typed STOP
    PLATFORM_RESUME = "platform_resume"  # takes back a PLATFORM_STOP and nothing else
    MOVED = "moved"  # the same person under a new address; previous_address is the old one


WRITTEN = frozenset(
    {InboundKind.TEXT, InboundKind.START, InboundKind.CHOICE, InboundKind.COMMAND}
)  # what a person wrote or pressed: it opens the window


@dataclass(slots=True, frozen=True)
class Inbound:
    """One thing a subscriber did, in neutral words. `event_id` is unique per channel account."""

    event_id: str
    channel: str
    account: str
    address: str
    kind: InboundKind
    text: str = ""
    payload: str = ""
    name: str = ""
    language: str = ""  # IETF tag as the platform gave it, may be empty
    at: datetime | None = None
    previous_address: str = ""
    phone: str = ""  # E.164 where the platform tells it


@dataclass(slots=True, frozen=True)
class Choice:
    """A button the subscriber can press; `data` comes back as Inbound.payload."""

    label: str
    data: str


@dataclass(slots=True, frozen=True)
class Answer:
    """What we say back to one subscriber. `replaces`: edit the message whose button was pressed."""

    text: RichText
    choices: tuple[tuple[Choice, ...], ...] = ()
    replaces: bool = False
    notice: str = ""


Hear = Callable[[Inbound], Awaitable[list[Answer]]]


class ReceiptKind(StrEnum):
    """What the platform reported about a message after it had taken it."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(slots=True, frozen=True)
class Receipt:
    """Later news of a delivery, named by `receipt_id`, or by `delivery_id` where our own id comes
    back, or by `address`: a watermark, everything sent there up to `at` (Unix seconds).
    With `quoted` beside the address: they answered a message of ours with these words, so it
    arrived, whatever we heard of it. `refused` says what a FAILED means. `part`
    of `of`: which one it is about, from 1, of a delivery that is several messages; 0 of 0 where it
    is one.
    """

    kind: ReceiptKind
    at: float
    receipt_id: str = ""
    delivery_id: int = 0
    address: str = ""
    quoted: str = ""
    refused: Refused | None = None
    part: int = 0
    of: int = 0


@dataclass(slots=True, frozen=True)
class AccountEvent:
    """News of the account itself, as a catalog sentence; `pause`: bulk sending has to stop.
    `only`: the news is of this platform-approved template (its name and language, empty: any) and no other."""

    template: str
    values: dict[str, object] = field(default_factory=dict)
    pause: bool = False
    only: tuple[str, str] | None = None


Report = Callable[[list[Receipt]], Awaitable[None]]
Alert = Callable[[AccountEvent], Awaitable[None]]


@dataclass(slots=True, frozen=True)
class StoredMedia:
    """A file as the store keeps it: bytes on disk and/or a handle this account can reuse."""

    media: Media
    path: str | None
    handle: str | None


FindMedia = Callable[[int], Awaitable[StoredMedia]]


class Pace(Protocol):
    """The one limiter of an account, as the adapter sees it: every send draws on it."""

    async def reply_turn(self, chat: str, cost: int = 1) -> None:
        """Wait for the right to answer a person; never queued behind a broadcast."""

    def close_for(self, seconds: float) -> None:
        """The platform said wait: nothing leaves this account for that long."""

    def ease(self, share: float) -> None:
        """Broadcasts go on at this share (0 to 1) of the account's rate; 1: as fast as it may."""


class Channel(Protocol):
    """One account of one platform. `send` returns outcomes and never raises for a platform's no."""

    name: str
    account: str
    capabilities: Capabilities

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def check(self, message: Message) -> list[Problem]:
        """Everything that would stop this message here; pure, called before approval."""

    def cost(self, message: Message) -> int:
        """How many messages of the account's allowance one delivery uses."""

    async def send(self, envelope: Envelope) -> Outcome: ...

    async def reply(self, address: str, answer: Answer) -> None:
        """Say something to one person, before any broadcast. Failures are logged, not raised."""

    async def receive(self, update: dict[str, object]) -> None:
        """Handle one native update, already durably kept: turn it into Inbound, answer the person."""


@runtime_checkable
class Degrading(Protocol):
    """A channel that shows some messages otherwise than they were written."""

    def changes(self, message: Message) -> list[Problem]:
        """What people will see that is not what was written; pure, told before approval."""


@runtime_checkable
class Renewable(Protocol):
    """A channel that goes on with new settings (a new token) while it runs."""

    def renew(self, config: Any) -> None: ...


@runtime_checkable
class Capping(Protocol):
    """A channel whose platform lets a person have only so many of some messages in a time."""

    def capped(self, message: Message) -> bool:
        """Whether what goes of it to people outside their window is of that kind."""


@dataclass(slots=True, frozen=True)
class Quote:
    """What one message costs where the platform charges, inside and outside the window."""

    inside: float = 0.0
    outside: float = 0.0
    currency: str = ""


@runtime_checkable
class Priced(Protocol):
    """A channel whose platform charges for messages."""

    def quote(self, message: Message) -> Quote: ...


@dataclass(slots=True, frozen=True)
class Template:
    """A text the platform approves before it may go outside the window.

    `status`: approved, pending, rejected, paused, disabled …, in lower case; `reason` of a
    rejection in the platform's words; `parameters` by name, or `1`, `2` …
    """

    name: str
    language: str
    category: str
    body: str
    status: str = "pending"
    quality: str = ""
    reason: str = ""
    parameters: tuple[str, ...] = ()


@runtime_checkable
class Templated(Protocol):
    """A channel with templates. Both raise `CannotDo` with the platform's words for its no."""

    async def list_templates(self) -> list[Template]: ...

    async def create_template(self, template: Template, examples: Mapping[str, str]) -> Template:
        """Ask the platform to approve it; `examples` has a value for each parameter."""


Keep = Callable[[list[tuple[str, dict[str, object]]]], Awaitable[None]]
"""Durably keep (event_id, native update) pairs; returns once they may be confirmed."""


class Receiver(Protocol):
    """Makes the platform bring an account's native updates, until cancelled: by polling (confirming
    only what was kept) or by asking for callbacks."""

    async def run(self) -> None: ...


@dataclass(slots=True, frozen=True)
class Callback:
    """One HTTP request as it came; signatures are checked over `body`, so it is not decoded.
    `headers` are found in any case."""

    channel: str
    account: str
    method: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(slots=True, frozen=True)
class CallbackAnswer:
    """What to answer, and the (event_id, native update) pairs to keep before answering it."""

    status: int = 200
    body: str = ""
    keep: tuple[tuple[str, dict[str, object]], ...] = ()


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
    def configured(self) -> bool:
        """Whether a token is set; without one the account is off."""


@dataclass(slots=True, frozen=True)
class Call:
    """One message as the platform's HTTP wants it; `body` takes the address."""

    url: str
    headers: dict[str, str]
    body: Callable[[str], bytes]


@dataclass(slots=True, frozen=True)
class Trial:
    """What a benchmark has to know of a channel, to send to a sink and to be one.

    `config(url, account, rate)` makes the settings of the nth account; `call(url, account, words)`
    a text to be posted without us; `plain` names the way most people send, and
    `plain(url, account, words, concurrency)` opens it and gives a function of the address.
    The sink knows a message by `is_message(path)` and its `recipient` in the body, answers
    `accepted`, or `throttled(seconds)` with status 429; other paths by what they contain.
    `callback(receipts, secret)`: headers and body as the platform tells us of them, where it does;
    each receipt has its delivery_id, receipt_id and address, whatever the platform makes of them.
    """

    config: Callable[[str, int, float], Any]
    address: Callable[[int], str]
    call: Callable[[str, int, str], Call]
    plain: tuple[str, Callable[..., AbstractAsyncContextManager[Callable[[str], Awaitable[Any]]]]]
    is_message: Callable[[bytes], bool]
    recipient: re.Pattern[bytes]
    accepted: bytes
    others: tuple[tuple[bytes, bytes], ...]
    throttled: Callable[[int], bytes]
    callback: Callable[[Sequence[Receipt], str], tuple[dict[str, str], bytes]] | None = None


@dataclass(slots=True, frozen=True)
class ChannelSpec:
    """What a channel folder offers the composition root, found by name, imported on demand.

    `build(config, account=, pace=, find_media=, hear=, report=, alert=, language=)` makes the
    Channel (language: of what it adds to a broadcast by itself, such as how to leave);
    `receiver(config, keep=, callback_url=, alert=)` a Receiver (callback_url: where callbacks of this
    account reach us, empty when nowhere); `answer(config, callback)` verifies and reads a callback
    (pure); `order_key(update)` says whose an update is: theirs are handled in order;
    `receipts(update)` reads one that is nothing but news of deliveries, None for any other (pure);
    `address(text)` is an address as somebody wrote it in ours, or a ValueError that says what is
    wrong with it;
    `trial()` is for `tellal bench`.
    """

    name: str
    config: type
    build: Callable[..., Channel]
    receiver: Callable[..., Receiver] | None = None
    answer: Callable[..., CallbackAnswer] | None = None
    order_key: Callable[[dict[str, object]], str] = lambda _: ""
    receipts: Callable[[dict[str, object]], list[Receipt] | None] = lambda _: None
    address: Callable[[str], str] = str.strip
    diagnose: Callable[..., Awaitable[list[Check]]] | None = None
    trial: Callable[[], Trial] | None = None
