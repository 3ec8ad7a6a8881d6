"""Files of messages."""

from __future__ import annotations

from sqlmodel import JSON, Column, Field, SQLModel

from broadcast.models.types import text_column


class StoredFile(SQLModel, table=True):
    """Bytes an author sent; `handles` maps `channel:account` to the platform's reusable id."""

    __tablename__ = "stored_file"
    media_id: int | None = Field(default=None, primary_key=True)
    kind: str
    filename: str = ""
    mime: str = ""
    size: int = 0
    path: str = ""
    sha256: str = text_column()  # of the bytes, in hex; empty where only a platform has them
    handles: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
