"""Alembic's entry: migrates the connection it is given, in the caller's transaction."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlmodel import SQLModel

from broadcast import models


def render_item(kind: str, item: Any, autogen_context: Any) -> Any:
    """Our own column types are written as what they are in the database."""
    if kind == "type" and isinstance(item, models.UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "AutoString":
        return "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
