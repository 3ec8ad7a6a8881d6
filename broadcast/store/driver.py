"""Statements of the hot path straight on the driver: SQLAlchemy's share of one is most of its cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(db: Connection, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows (none of an update). Named values, as SQLite takes them: `:name`.

    Raises what SQLAlchemy would: callers tell storage trouble by its classes.
    """
    cursor = db.connection.cursor()
    try:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
    except Exception as error:
        base = db.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(statement, None, error, base, dialect=db.dialect) from error
    finally:
        cursor.close()
