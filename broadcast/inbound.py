"""What a subscriber did, and what we say back, in the same words on every channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcast.message import RichText


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
    EDITED = "edited"  # a message changed later: only a refusal in it is heard
    OVERHEARD = "overheard"  # said while somebody else answers: as EDITED, and nothing is answered


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
    aliases: tuple[str, ...] = ()  # every other name the platform has for this address now
    everywhere: bool = False  # the address is theirs on every account of the platform


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
