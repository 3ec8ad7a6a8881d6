"""Column types that all tables share: times are aware UTC, zones are known ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from broadcast import timezone as zones


class UtcTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite, which forgets the zone, gets it back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class ZoneName(sa.types.TypeDecorator[str]):
    """An IANA name; one that this machine's tzdata does not know is read as `instead`."""

    impl = sa.String
    cache_ok = True

    def __init__(self, instead: str = "") -> None:
        super().__init__()
        self.instead = instead

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return value if not value or zones.known(value) else self.instead


def moment_column(**options: Any) -> Any:
    return Field(sa_type=UtcTime, **options)


def text_column() -> Any:
    """A column that rows from before it have empty."""
    return Field(default="", sa_column_kwargs={"server_default": ""})


def number_column() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": "0"})
