"""What the core asks of a channel, and the values that go between them. No platform here."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import IntEnum
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol, runtime_checkable

from broadcast.errors import CannotDo
from broadcast.inbound import Answer, Inbound
from broadcast.language import N_
from broadcast.message import Media, Message
from broadcast.outcome import Outcome, Reason, Receipt, Refused, Scope


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


Hear = Callable[[Inbound], Awaitable[list[Answer]]]
Said = asyncio.Future[None]
"""What is being said about an update that was acted on: done when it was said, or will not be."""


Thorough = Callable[[], bool]


class Lane(IntEnum):
    """Which updates are handled before which."""

    LEAVING = 0  # somebody asks to hear no more from us
    TEAM = 1  # of an admin, or of the platform about the account itself
    PEOPLE = 2  # of anybody else
    NEWS = 3  # of deliveries alone


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
    """A file as the store keeps it: bytes on disk and/or a handle this account can reuse. `sha256`
    in hex is of the bytes an author gave; no others may leave (`sealed`)."""

    media: Media
    path: str | None
    handle: str | None
    sha256: str = ""

    def sealed(self) -> IO[bytes]:
        """The bytes, copied to where nobody can change them and looked at there. Blocks; raises
        FileChanged for others than the author's, OSError where they cannot be read."""
        copy = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - whoever sends closes it
        try:
            with open(self.path or "", "rb") as file:
                shutil.copyfileobj(file, copy, _CHUNK_BYTES)
            copy.seek(0)
            if self.sha256 and hashlib.file_digest(copy, "sha256").hexdigest() != self.sha256:
                raise FileChanged(self.media.filename or self.media.kind.value)
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return copy


class FileChanged(CannotDo):
    """A file on our disk is not what its author gave."""

    def __init__(self, name: str) -> None:
        super().__init__(
            N_("The file {name} on our disk is not the one I was given, so it does not go out."),
            name=name,
        )

    @property
    def outcome(self) -> Refused:
        """For everybody: nothing is sent before it is mended."""
        mend = N_("Put the file back as it was, or cancel this broadcast and write a new one.")
        name = str(self.values["name"])
        return Refused(Reason.CHANGED_FILE, False, Scope.ACCOUNT, "", name, mend=mend)


_IN_MEMORY_BYTES, _CHUNK_BYTES = 8 * 2**20, 2**20


FindMedia = Callable[[int], Awaitable[StoredMedia]]


class Pace(Protocol):
    """The one limiter of an account, as the adapter sees it: every send draws on it."""

    @property
    def closed_seconds(self) -> float:
        """How long the platform still wants us to wait."""

    async def reply_turn(
        self, chat: str, cost: int = 1, *, team: bool = False, waited_for: bool = True
    ) -> None:
        """Wait for the right to answer a person; never queued behind a broadcast, and the `team`
        never behind other people. Not `waited_for`: nobody has asked, so that no room is kept for
        what they will say next."""

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

    async def receive(self, update: dict[str, object]) -> Said | None:
        """Handle one native update, already durably kept: turn it into Inbound and act on it. The
        answer is on its way when this returns; None: there is none."""


@runtime_checkable
class Degrading(Protocol):
    """A channel that shows some messages otherwise than they were written."""

    def changes(self, message: Message) -> list[Problem]:
        """What people will see that is not what was written; pure, told before approval."""


@dataclass(slots=True, frozen=True)
class Shown:
    """One message of a platform's as a phone there shows it. `message`: its words with the formatting
    they get there, its files, the buttons that open a page; `answers`: the labels of buttons that
    write to us."""

    message: Message
    answers: tuple[str, ...] = ()


@runtime_checkable
class Showing(Protocol):
    """A channel that can show what `send` would bring, read from the very payloads it would send."""

    def shown(self, envelope: Envelope) -> tuple[Shown, ...]:
        """One for each message it becomes; empty where nothing would go out. Pure."""


@runtime_checkable
class Leavable(Protocol):
    """A channel that shows under a broadcast how to leave."""

    def way_out(self, message: Message) -> Problem | None:
        """What stands there, as a sentence and its values; None: nothing. Pure, told before approval."""


@runtime_checkable
class Renewable(Protocol):
    """A channel that goes on with new settings (a new token) while it runs."""

    def renew(self, config: Any) -> None: ...


@runtime_checkable
class Inviting(Protocol):
    """A channel that people can come to by a link."""

    def invitation(self, code: str, word: str) -> str:
        """An address that opens a chat with this account and says they came by `code` (a-z 0-9 -;
        empty: by none); where they have to send a text it is `word` and the code. Empty while the
        platform has not told what the account is called."""


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
    rejection in the platform's words; `parameters` by name, or `1`, `2` …. Around the body stand
    `header`, `footer` and `buttons`; `components` is all of it as the platform holds it, as JSON;
    `template_id` the platform's own, another one when it was made anew under the same name.
    """

    name: str
    language: str
    category: str
    body: str
    status: str = "pending"
    quality: str = ""
    reason: str = ""
    parameters: tuple[str, ...] = ()
    header: str = ""
    footer: str = ""
    buttons: tuple[str, ...] = ()
    components: str = ""
    template_id: str = ""

    @property
    def usable(self) -> bool:
        """Whether its platform lets it go now."""
        return self.status in {"approved", "flagged"}


@runtime_checkable
class Templated(Protocol):
    """A channel with templates. Both raise `CannotDo` with the platform's words for its no."""

    def known_template(self, name: str, language: str) -> Template | None:
        """As the platform last listed it; nobody is asked."""

    async def list_templates(self) -> list[Template]: ...

    async def create_template(self, template: Template, examples: Mapping[str, str]) -> Template:
        """Ask the platform to approve it; `examples` has a value for each parameter."""


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
