"""The database: one engine, readers beside one writer at a time. SQLite in WAL by default."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # intent must outlive a power cut, not only a crash
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)


class Store:
    """Opens transactions. A write begins IMMEDIATE and waits its turn inside this process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_async_engine(url)
        self._writer = self.engine.execution_options(write=True)
        self._turn = asyncio.Lock()
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end of the block, or leaves nothing behind."""
        session = AsyncSession(self._writer, expire_on_commit=False)
        async with self._turn, session, session.begin():
            yield session

    @asynccontextmanager
    async def bulk(self) -> AsyncIterator[AsyncConnection]:
        """A bare write connection for set-based statements: no objects, one commit."""
        async with self._turn, self._writer.begin() as connection:
            yield connection

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
