"""The neutral chat vocabulary: what an admin asked, what we answer, on any console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from broadcast.message import Message, RichText
from broadcast.models import Admin


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wrote. `admin` is filled in by the dispatcher; frontends leave it None."""

    frontend: str
    user_id: str
    name: str = ""
    language: str = ""  # IETF tag as the platform gave it
    admin: Admin | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One thing a person did: a command with arguments, or free content (`command` empty).

    `join_link` is how an invitation looks on this console, with `{code}` for the code.
    `album`: this content is one part of several that come one by one under this name.
    `event_id` is unique per frontend; the same one again does not act again.
    """

    actor: Actor
    conversation: str
    command: str = ""
    arguments: str = ""
    content: Message | None = None
    edited: bool = False
    message_id: str = ""  # of the content, so that an edit of it finds its draft
    album: str = ""
    event_id: str = ""
    join_link: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """`command` is a command line such as `approve 42 d1f3ab12`: tapping and typing are one."""

    label: str
    command: str


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `content` is rendered exactly as a subscriber will see it, before `text`.

    `replaces`: edit the message whose button was pressed. `notice`: a short toast.
    `track`: (kind, broadcast_id) under which the posted message is remembered.
    """

    text: RichText = RichText()
    buttons: Rows = ()
    content: Message | None = None
    replaces: bool = False
    notice: str = ""
    track: tuple[str, int] | None = None


class ConsoleClosed(Exception):
    """A console that cannot work until a person mends something; one sentence, without a secret."""


class Frontend(Protocol):
    """A console as the notifier sees it."""

    name: str

    async def post(self, conversation: str, reply: Reply, language: str) -> str:
        """Say it; returns the id of the message that `edit` can change later."""

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        """Change an earlier message in place; the same text again is no error."""
