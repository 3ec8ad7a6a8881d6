"""The neutral chat vocabulary: what an admin asked, what we answer, on any console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from broadcast.message import Media, Message, RichText
from broadcast.models import Admin


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wrote. `admin` is filled in by the dispatcher; frontends leave it None.

    `language` (IETF tag) and `timezone` (IANA name) as the platform gave them, or empty.
    """

    frontend: str
    user_id: str
    name: str = ""
    language: str = ""
    timezone: str = ""
    admin: Admin | None = None


Value = RichText | str | datetime | tuple[Media, ...] | None
"""What stands in a field: formatted text, plain text (also a choice), a moment in UTC, files."""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing a person did: a command with arguments, or free content (`command` empty).

    `conversation` is where this person alone is written to. `values` are a form's fields by name.
    `unasked`: a page draws itself, nobody did anything.
    `join_link` is how an invitation looks on this console, with `{code}` for the code.
    `album`: this content is one part of several that come one by one under this name.
    `event_id` is unique per frontend; the same one again does not act again.
    `pressed`: by a button of ours, not typed: what is signed with a submission's id counts.
    `forms`: a form can be shown where this was done, so that no question is left open for words.
    """

    actor: Actor
    conversation: str
    command: str = ""
    arguments: str = ""
    content: Message | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    edited: bool = False
    message_id: str = ""  # of the content, so that an edit of it finds its draft
    album: str = ""
    event_id: str = ""
    unasked: bool = False
    forms: bool = False
    pressed: bool = False
    join_link: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """`command` is a command line such as `pause 42`: tapping and typing are one. Only a decision
    is taken from buttons alone, which carry what they decide on: `approve 42 SUBMISSION`."""

    label: str
    command: str


Rows = tuple[tuple[Button, ...], ...]


def each_once(rows: Rows) -> Rows:
    """Two lists of buttons as one: what both offer stands where it comes first."""
    seen: set[str] = set()
    made = []
    for row in rows:
        kept = tuple(one for one in row if one.command not in seen)
        seen.update(one.command for one in kept)
        made.append(kept)
    return tuple(row for row in made if row)


class FieldKind(StrEnum):
    """What a person puts into a field, and so what `Request.values` holds for it."""

    RICH_TEXT = "rich_text"  # RichText
    FILES = "files"  # tuple[Media, ...]
    LINES = "lines"  # str
    CHOICE = "choice"  # str: the value of an option
    MOMENT = "moment"  # datetime, or None while nothing is chosen


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `value` stands in it at first; `options` are (value, label).

    `limit`: at most so many characters; 0: as many as the console takes.
    """

    name: str
    kind: FieldKind
    label: str
    hint: str = ""
    value: Value = None
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """Several questions at once. Submitting runs `command` with the fields as `values`."""

    title: str
    fields: tuple[Field, ...]
    command: str
    submit: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `content` is rendered exactly as a subscriber will see it, before `text`; where
    `refused`, no platform would take it like that: it is shown as far as it can be.

    `form`: a console that can show one does so instead of `text`, which asks the same in steps.
    `replaces`: edit the message whose button was pressed. `notice`: a short toast.
    `stale`: what was pressed can no longer be done; a message that nobody keeps true shows this
    in its place.
    `track`: (kind, broadcast_id) under which the posted message is remembered: a card lives on where
    it was last shown.
    """

    text: RichText = RichText()
    buttons: Rows = ()
    content: Message | None = None
    refused: bool = False
    form: Form | None = None
    replaces: bool = False
    notice: str = ""
    stale: bool = False
    track: tuple[str, int] | None = None


class ConsoleClosed(Exception):
    """A console that cannot work until a person mends something; one sentence, without a secret."""


class NotSaid(Exception):
    """The platform did not take a message, though it may later (`retry_after` in seconds, 0 when
    the platform did not say). `forever`: it never will. `gone`: nor anything else in that place.
    `unsure`: perhaps it took it, and only its answer was lost. `lost`: that one message cannot be
    edited any more; another can be posted.
    """

    def __init__(
        self, why: str, *, forever: bool = False, gone: bool = False, retry_after: float = 0.0,
        unsure: bool = False, lost: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.unsure, self.lost = unsure, lost
        forever = forever or lost
        self.forever, self.gone, self.retry_after = forever or gone, gone, retry_after


class Frontend(Protocol):
    """A console as the notifier sees it.

    `shared`: the conversation in which all its admins are told at once; empty where each is told
    alone. `edit_seconds`: at least this long between two edits of one message. `progress_per_second`:
    edits of mere progress, all places together; 0: no bound. `claim_line`,
    `invite_line`: how a claim or an invitation is sent, with `{code}` for the code. `team`: ids of
    those who were admins there when it last looked.
    """

    name: str
    shared: str
    edit_seconds: float
    progress_per_second: float
    claim_line: str
    invite_line: str

    @property
    def team(self) -> set[str]: ...

    @property
    def closed_seconds(self) -> float:
        """How long the platform still wants us to wait before we say more."""

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = "", key: str = "",
        look: bool = False,
    ) -> str:  # fmt: skip
        """Say it, under the message `thread` if one is named; returns the id that `edit` takes.

        `key` names it there: asked for again after NotSaid, it is one message all the same, as far
        as the platform lets us find out. `look`: an earlier process of ours may have said it.
        Raises NotSaid.
        """

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        """Change an earlier message in place; the same text again is no error. Raises NotSaid."""

    def changed(self) -> None:
        """Some broadcast is not what it was: pages that list them are drawn again. Returns at once."""

    async def close(self) -> None: ...
