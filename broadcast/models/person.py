"""People who may be addressed, and where."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from broadcast.models.consent import ConsentStatus
from broadcast.models.types import ZoneName, moment_column, number_column, text_column


class Subscriber(SQLModel, table=True):
    """A person we may address, on one or more channels."""

    subscriber_id: int | None = Field(default=None, primary_key=True)
    name: str = ""
    language: str = "en"
    timezone: str = Field(default="", sa_type=ZoneName())
    # E.164, where they or an import told it
    phone: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})
    # who said the name: `import`, or `profile`, which never replaces another's; empty: not known
    named_by: str = text_column()
    # the channel they like best
    preferred: str = Field(default="", sa_column_kwargs={"server_default": ""})
    # how we know the language, see services/tongue.py; empty: nobody noted it
    language_by: str = text_column()
    replies: int = number_column()  # standing replies since `replies_from`, see services/replies.py
    replies_from: datetime | None = moment_column(default=None, nullable=True)
    created_at: datetime = moment_column()


class Address(SQLModel, table=True):
    """Where a subscriber is on a channel account; the row outlives every opt-out."""

    __table_args__ = (
        UniqueConstraint("channel", "account", "value"),
        Index(
            "ix_address_reachable",
            "address_id",
            sqlite_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
            postgresql_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
        ),
        Index(
            "ix_address_asked",
            "asked_at",
            sqlite_where=sa.text("asked_at IS NOT NULL"),
            postgresql_where=sa.text("asked_at IS NOT NULL"),
        ),
    )
    address_id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.subscriber_id", index=True)
    channel: str
    account: str = "default"
    value: str
    consent: str = ConsentStatus.NONE
    suppressed: str = ""  # a Reason: never to be sent to until the person returns
    wrote_at: float | None = None  # Unix seconds of their last message: opens a window
    delivered_up_to: float | None = None  # Unix seconds: a platform's watermarks
    read_up_to: float | None = None
    capped_until: float | None = None  # Unix seconds: the platform lets them have no more before
    # since when they are asked whether to leave: nothing is sent before they answer
    asked_at: datetime | None = moment_column(default=None, nullable=True)


class AddressAlias(SQLModel, table=True):
    """Another name a platform has, or had, for an address: a number behind an id of its own, a
    parent id, an earlier one. The newest says where to write; all say whom a refusal is of."""

    __tablename__ = "address_alias"
    __table_args__ = (
        UniqueConstraint("channel", "account", "alias", "address_id"),
        Index("ix_address_alias_address_id", "address_id"),
    )
    alias_id: int | None = Field(default=None, primary_key=True)
    channel: str
    account: str = "default"
    alias: str
    address_id: int = Field(foreign_key="address.address_id")


class LinkCode(SQLModel, table=True):
    """Joins a subscriber's addresses on two platforms, once. Only the SHA-256 of the code is kept."""

    __tablename__ = "link_code"
    code_hash: str = Field(primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.subscriber_id")
    expires_at: datetime = moment_column()
