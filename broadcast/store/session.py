"""The database: one engine, readers beside one writer at a time. SQLite in WAL by default."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

T = TypeVar("T")
Job = Callable[[Connection], Any]
Ended = tuple[Any, Exception | None]
_JOBS = 64  # in one transaction at most: others wait for the lock
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # intent must outlive a power cut, not only a crash
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)
# `work` inserts deliveries by selecting their parents in the same statement: no orphan is possible,
# and looking each parent up again would double the time of planning (docs/decisions).
_WORK_PRAGMAS = (*_PRAGMAS, "PRAGMA foreign_keys=OFF")


class Store:
    """Opens transactions. A write begins IMMEDIATE and waits its turn inside this process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_async_engine(url, hide_parameters=True)  # they hold what people wrote
        self._writer = self.engine.execution_options(write=True)
        self._turn = asyncio.Lock()
        self._jobs: list[tuple[Job, asyncio.Future[Any]]] = []
        self._working: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
            self._thread = ThreadPoolExecutor(1, "store")
            self._work_engine = _work_engine(url)
            self._work_connection: Connection | None = None  # of the thread alone

    @property
    def afterwards(self) -> Store:
        """Where what comes after a turn is read and written, when its own transaction has ended."""
        return self

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

    async def work(self, job: Callable[[Connection], T]) -> T:
        """Run `job` in a write transaction; on SQLite as a whole in a thread of its own.

        The hot path: one hop for begin, every statement and commit, where `bulk` hops for each.
        Jobs that wait for the same turn share a transaction; should one fail, each is run again
        alone. A job that was begun ends, also when its caller is cancelled.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append((job, done))
        if len(self._jobs) == 1:
            self._working = asyncio.create_task(self._work_off())
        return await done

    async def _work_off(self) -> None:
        async with self._turn:
            taken, self._jobs = self._jobs[:_JOBS], self._jobs[_JOBS:]
            if self._jobs:
                self._working = asyncio.create_task(self._work_off())
            try:
                ended = await self._run([job for job, _ in taken])
            except Exception as error:  # no connection at all
                ended = [(None, error)] * len(taken)
        for (_, done), (value, failure) in zip(taken, ended, strict=True):
            if done.cancelled():
                continue
            if failure is None:
                done.set_result(value)
            else:
                done.set_exception(failure)

    async def _run(self, jobs: list[Job]) -> list[Ended]:
        if self._thread is None:
            async with self._writer.connect() as connection:
                return await connection.run_sync(_transact, jobs)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._run_here, jobs)

    def _run_here(self, jobs: list[Job]) -> list[Ended]:
        if self._work_connection is None:
            self._work_connection = self._work_engine.connect()
        return _transact(self._work_connection, jobs)

    async def close(self) -> None:
        if self._thread is not None:
            await asyncio.to_thread(self._thread.shutdown)
            if self._work_connection is not None:
                self._work_connection.close()
            self._work_engine.dispose()
        await self.engine.dispose()


def _work_engine(url: str) -> Engine:
    """The same file through the plain driver: one connection, used by one thread."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite"),
        hide_parameters=True,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        execution_options={"write": True},
    )
    event.listen(engine, "connect", lambda c, _: _run_pragmas(c, _WORK_PRAGMAS))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _transact(connection: Connection, jobs: list[Job]) -> list[Ended]:
    """Each job's value or error: all in one transaction, else each in its own."""
    try:
        with connection.begin():
            return [(job(connection), None) for job in jobs]
    except Exception as error:
        if len(jobs) == 1:
            return [(None, error)]
        return [_transact(connection, [job])[0] for job in jobs]


def _prepare_sqlite(connection: Any, _: Any) -> None:
    _run_pragmas(connection, _PRAGMAS)


def _run_pragmas(connection: Any, pragmas: tuple[str, ...]) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
