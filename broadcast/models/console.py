"""What stands in consoles, and what an owner chose there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import JSON, Column, Field, SQLModel

from broadcast.models.types import moment_column


class HouseChoice(SQLModel, table=True):
    """A rule of the house that an owner chose in chat; a setting of the same name goes before it."""

    __tablename__ = "house_choice"
    name: str = Field(primary_key=True)
    value: str = ""
    admin_id: int
    at: datetime = moment_column()


class ChecklistMessage(SQLModel, table=True):
    """The first steps as they stand in one chat; the newest is kept true, earlier ones are closed."""

    __tablename__ = "checklist_message"
    checklist_message_id: int | None = Field(default=None, primary_key=True)
    frontend: str
    conversation: str
    message_id: str


class Notice(SQLModel, table=True):
    """Something the team has still to be told, written with what it tells of: a change of a
    broadcast, or (`broadcast_id` 0) a catalog sentence with its details. Gone once it was shown;
    its number is never given again, for who shows them remembers the last."""

    __table_args__ = ({"sqlite_autoincrement": True},)
    notice_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(index=True)
    sentence: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Posted(SQLModel, table=True):
    """A console message that is edited later. `kind`: `card:SUBMISSION` is the one card of a round
    in its place (`card:` of a draft), `was:N` a copy of it from before; others are named by `bot.announce.presenter`."""

    posted_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", index=True)
    kind: str
    frontend: str
    conversation: str
    message_id: str


class Acted(SQLModel, table=True):
    """An admin's event that has acted; `run` names the process that saw it last."""

    frontend: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    user_id: str
    run: str
    at: datetime = moment_column()
