"""What people agreed to, when, in which words, and from where."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel

from broadcast.models.types import moment_column


class ConsentStatus(StrEnum):
    NONE = "none"
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"


# Characters of where somebody came from: Telegram's deep links carry 64, and more can be typed.
SOURCE_LONGEST = 256


class ConsentEvent(SQLModel, table=True):
    """One line of the ledger; rows are only ever added.

    `how`: the button, a word, a command, an answer, blocking, an import. `source`: where they came
    from, such as the payload of a deep link. `wording`: what they had been shown.
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        # Who came by which poster; when somebody last joined or left.
        Index(
            "ix_consent_event_source",
            "source",
            "address_id",
            "kind",
            sqlite_where=sa.text("source <> ''"),
            postgresql_where=sa.text("source <> ''"),
        ),
        Index("ix_consent_event_at", "at", "kind", "address_id"),
    )
    consent_event_id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.address_id", index=True)
    channel: str
    kind: str
    at: datetime = moment_column()
    wording: str = ""
    wording_version: str = ""
    language: str = ""
    how: str = Field(default="", sa_column_kwargs={"server_default": ""})
    source: str = ""
    event_id: str = ""


class Poster(SQLModel, table=True):
    """A named way in: `code` is the payload of its deep links, and what `ConsentEvent.source` says
    of who came by it."""

    poster_id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    created_by: int | None = None
    created_at: datetime = moment_column()


class AskedFor(SQLModel, table=True):
    """A delivery that a newcomer asked for, of a broadcast launched before they joined."""

    __tablename__ = "asked_for"
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.delivery_id")
    broadcast_id: int
    address_id: int = Field(index=True)
