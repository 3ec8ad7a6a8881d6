"""A broadcast, its versions, and who said yes to what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import JSON, Column, Field, Index, SQLModel

from broadcast.models.types import moment_column, number_column, text_column
from broadcast.states import BroadcastStatus


class UncertainPolicy(StrEnum):
    ASK = "ask"
    RESEND = "resend"
    LEAVE = "leave"


class Broadcast(SQLModel, table=True):
    """One message to one audience, once. `version` grows with every change (compare-and-set)."""

    broadcast_id: int | None = Field(default=None, primary_key=True)
    status: str = Field(default=BroadcastStatus.DRAFT, index=True)
    version: int = 1
    author_id: int = Field(foreign_key="admin.admin_id")
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    audience: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    scheduled_at: datetime | None = moment_column(default=None, nullable=True)
    submission: str = text_column()  # of the Submission that asks, or was approved; empty: none
    approved_digest: str = ""
    uncertain_policy: str = UncertainPolicy.ASK
    hold_until: datetime | None = moment_column(default=None, nullable=True)
    planned_up_to: int = 0  # address_id the planning has reached
    planned_total: int = 0
    planning_done: bool = False
    delivery_from: int = 0  # its deliveries lie in this id range (others may lie there too)
    delivery_to: int = 0
    pause_reason: str = ""
    paused_by: int | None = None  # an admin_id; None: it stopped by itself
    paused_as: str = text_column()  # the role they had then
    canary: str = text_column()  # as `safety.Canary.read` takes it; empty: the house's default
    canary_up_to: int = number_column()  # the last delivery_id that goes out before the look
    canary_wait_seconds: float | None = None  # as it was approved; None: not launched yet
    canary_passed: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    watch_until: datetime | None = moment_column(default=None, nullable=True)  # None: asks an admin
    consent_mark: int = number_column()  # the last consent_event_id when it was launched
    waived: str = text_column()  # the dangers (safety.Danger) an admin chose to go on in spite of
    expires_at: datetime | None = moment_column(
        default=None, nullable=True
    )  # who waits, waits till then
    content_version: int = Field(
        default=1, sa_column_kwargs={"server_default": "1"}
    )  # that goes out
    # A correction is being written, or waits for approval
    correcting: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    launched_as: str = text_column()  # the submission it was launched on
    # While somebody is asked whether to cancel it: the status it had when that was asked
    cancel_asked: str = text_column()
    created_at: datetime = moment_column()
    launched_at: datetime | None = moment_column(default=None, nullable=True)
    completed_at: datetime | None = moment_column(default=None, nullable=True)


class ContentVersion(SQLModel, table=True):
    """What a broadcast sent from one correction to the next, and the submission it was approved
    as. Kept from the first correction on: until then the broadcast's own content is the first."""

    __tablename__ = "content_version"
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", primary_key=True)
    number: int = Field(primary_key=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    submission: str = ""
    digest: str = ""
    at: datetime = moment_column()


class Written(SQLModel, table=True):
    """A message an author wrote that nobody asked for: kept until they say what it is for.

    `messages`: its ids at the console, an album having several. `became`: empty while it is asked
    about, else as `services.written.Became`; `broadcast_id`: the draft it came beside, or went to.
    `base`: that draft's message before this one was added to it.
    """

    __table_args__ = (
        Index("ix_written_place", "frontend", "conversation", "written_id"),
        {"sqlite_autoincrement": True},
    )
    written_id: int | None = Field(default=None, primary_key=True)
    admin_id: int = Field(foreign_key="admin.admin_id")
    frontend: str
    conversation: str
    album: str = ""
    messages: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    broadcast_id: int | None = Field(default=None, index=True)
    became: str = ""
    base: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = moment_column()


class DraftVersion(SQLModel, table=True):
    """What a broadcast's message was before it was changed, by whom and when it was."""

    __tablename__ = "draft_version"
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", primary_key=True)
    number: int = Field(primary_key=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    admin_id: int | None = None
    at: datetime = moment_column()


class Submission(SQLModel, table=True):
    """One time somebody was asked: what was shown, under an id of its own that nobody can guess.

    `document` is everything `digest` covers; `people` how many it would have reached then. `why`
    it was asked again by itself: a catalog sentence with its `details`; empty: an admin submitted it.
    `number` counts those of one broadcast. `voided`, once somebody changed what it was about: `by`
    whom, what it `was` until then, and `to` whom that has to be told (admin ids).
    """

    submission_id: str = Field(primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", index=True)
    digest: str
    document: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    people: int = 0
    why: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = moment_column()
    number: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    voided: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class Shaping(SQLModel, table=True):
    """Who shaped what would be sent since it was last approved: they cannot approve it."""

    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", primary_key=True)
    admin_id: int = Field(foreign_key="admin.admin_id", primary_key=True)
    at: datetime = moment_column()


class Approval(SQLModel, table=True):
    """One approver's decision on one submission; `people`: how many it would have reached then."""

    approval_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", index=True)
    admin_id: int = Field(foreign_key="admin.admin_id")
    submission: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})
    digest: str
    people: int = number_column()
    approved: bool
    # Whoever said it lost the right to since
    void: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    reason: str = ""
    at: datetime = moment_column()


class Audit(SQLModel, table=True):
    """Who did what, when; rows are only ever added."""

    audit_id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment_column()
    admin_id: int | None = None
    broadcast_id: int | None = Field(default=None, index=True)
    action: str
    detail: str = ""
    about_id: int | None = None  # the admin it was done to
