"""The team: who is in it, where they write, who is invited."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from broadcast.models.types import ZoneName, moment_column, number_column


class Role(StrEnum):
    AUTHOR = "author"
    APPROVER = "approver"
    OWNER = "owner"


class Admin(SQLModel, table=True):
    """A person who may use a console; `identities` say on which platforms."""

    admin_id: int | None = Field(default=None, primary_key=True)
    name: str
    role: str = Role.AUTHOR
    language: str = "en"
    timezone: str = Field(default="UTC", sa_type=ZoneName("UTC"))
    active: bool = True
    created_at: datetime = moment_column()
    # left the team, or the right to approve: what they approved before that counts no more
    removed_at: datetime | None = moment_column(default=None, nullable=True)
    barred_up_to: int = (
        number_column()
    )  # the serial of the last invitation from before their removal


class AdminIdentity(SQLModel, table=True):
    """An admin on one frontend: who they are there and where to write to them.

    `platform_language` (IETF tag) and `platform_timezone` are what the platform last said.
    """

    __tablename__ = "admin_identity"
    frontend: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    admin_id: int = Field(foreign_key="admin.admin_id", index=True)
    conversation: str
    active: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    platform_language: str = Field(default="", sa_column_kwargs={"server_default": ""})
    platform_timezone: str = Field(default="", sa_column_kwargs={"server_default": ""})
    draft_id: int | None = None
    asking: str = ""


class Invitation(SQLModel, table=True):
    """A one-time code to become an admin, or (role `link`) to be one on another console too.

    Only the SHA-256 of the code is kept.
    """

    code_hash: str = Field(primary_key=True)
    role: str
    created_by: int | None = None
    created_at: datetime = moment_column()
    expires_at: datetime = moment_column()
    used_at: datetime | None = moment_column(default=None, nullable=True)  # or when it became void
    serial: int = number_column()  # grows with each


class LinkRequest(SQLModel, table=True):
    """Somebody's account that wants to become the admin `admin_id` there too, and waits for that
    admin's yes. `was`: who they were when they agreed to it, as `link.standing` writes it."""

    __tablename__ = "link_request"
    request_id: str = Field(primary_key=True)  # random
    admin_id: int = Field(foreign_key="admin.admin_id", index=True)
    frontend: str
    user_id: str
    conversation: str
    name: str = ""
    language: str = ""
    was: str = ""
    expires_at: datetime = moment_column()
    answered_at: datetime | None = moment_column(default=None, nullable=True)


class WrongCode(SQLModel, table=True):
    """Codes in a row that did not work, by sender; both keys empty: by anybody."""

    __tablename__ = "wrong_code"
    frontend: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    tries: int = 0
    last_at: datetime = moment_column()
    told_at: datetime | None = moment_column(
        default=None, nullable=True
    )  # when the owners last heard
