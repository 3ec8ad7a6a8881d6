"""What a process keeps for the next one: updates, the brake, the lease."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import JSON, Column, Field, Index, SQLModel, UniqueConstraint

from broadcast.models.types import moment_column, number_column, text_column


class Inbox(SQLModel, table=True):
    """A native update, kept before it is confirmed: handled once, in order, also after a crash.

    `lane` as `ports.Lane`; `sender`: whose it is, their updates staying in order.
    """

    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_inbox_waiting", "handled", "lane"),
        Index(
            "ix_inbox_failing",
            "failing_since",
            sqlite_where=sa.text("failing_since IS NOT NULL"),
            postgresql_where=sa.text("failing_since IS NOT NULL"),
        ),
    )
    inbox_id: int | None = Field(default=None, primary_key=True)
    source: str
    event_id: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    received_at: datetime = moment_column()
    handled: bool = False
    # Of one that may be a refusal and cannot be handled; given up, it waits for the next start
    failing_since: datetime | None = moment_column(default=None, nullable=True)
    lane: int = Field(default=2, sa_column_kwargs={"server_default": "2"})
    sender: str = Field(default="", sa_column_kwargs={"server_default": ""})


class SetAside(SQLModel, table=True):
    """An update that could not be kept or handled as it came; `payload` is its JSON, in ASCII."""

    __tablename__ = "set_aside"
    __table_args__ = (UniqueConstraint("source", "event_id"),)
    set_aside_id: int | None = Field(default=None, primary_key=True)
    source: str
    event_id: str
    payload: str
    error: str
    at: datetime = moment_column()


class Halt(SQLModel, table=True):
    """Nothing is sent on any channel from `at` until `lifted_at`; None: it stands."""

    __table_args__ = (
        Index(
            "ix_halt_stands", "lifted_at", unique=False,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )  # fmt: skip
    halt_id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment_column()
    admin_id: int = Field(foreign_key="admin.admin_id")
    lifted_at: datetime | None = moment_column(default=None, nullable=True)
    lifted_by: int | None = None  # an admin_id


class Lease(SQLModel, table=True):
    """Which process may send from this database; `fence` grows each time the owner changes,
    `beat` as long as it lives. `instance` names the installation (store/instance.py).

    `untold`: starts after an end that nobody wished for, of which the owners have not heard yet;
    `untold_since` and `untold_until` are the Unix seconds without anybody at work,
    `untold_uncertain` the messages on their way then."""

    lease_id: int = Field(default=1, primary_key=True)
    fence: int = 0
    beat: int = number_column()
    seen_at: float = number_column()  # the owner's Unix seconds at its last beat
    host: str = ""
    pid: int = 0
    process: str = text_column()  # boot, namespace and start time: a pid alone may be used again
    instance: str = text_column()
    ended_badly: int = number_column()  # 1: the owner said so itself when it went
    untold: int = number_column()
    untold_since: float = number_column()
    untold_until: float = number_column()
    untold_uncertain: int = number_column()
    told_at: float = number_column()  # when the owners heard of such a start last
