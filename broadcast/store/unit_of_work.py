"""One transaction for everything one turn does: services go on using it like the store itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from broadcast.store.session import Store

T = TypeVar("T")
First = Callable[[AsyncSession], Awaitable[None]]


class Together(Store):
    """A store whose writes become one: each is a savepoint, so a refusal undoes only its own.

    The real transaction begins with the first write; until then reads are plain reads and nobody
    waits. `async with` commits at the end, and leaves nothing behind when an error passes through.
    For one task only. Must not be mixed with the store behind it: that one waits for this one.

    `first` is asked inside the real transaction before anything is written: what it reads holds
    until the commit. Whatever it raises undoes the turn, also where somebody on the way caught it.
    """

    def __init__(self, store: Store, first: First | None = None) -> None:
        self.url, self.engine = store.url, store.engine
        self._store, self._first = store, first
        self._refused: Exception | None = None
        self._session: AsyncSession | None = None
        self._end = AsyncExitStack()

    async def __aenter__(self) -> Together:
        await self._end.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._refused is not None and error[1] is None:
            refused = self._refused
            await self._end.__aexit__(type(refused), refused, None)
            raise refused
        await self._end.__aexit__(*error)  # type: ignore[arg-type]

    @property
    def afterwards(self) -> Store:
        """The store behind."""
        return self._store.afterwards

    @property
    def wrote(self) -> bool:
        """Whether there is anything to commit."""
        return self._session is not None

    async def _begin(self) -> AsyncSession:
        if self._session is None:
            self._session = await self._end.enter_async_context(self._store.write())
            try:
                if self._first is not None:
                    await self._first(self._session)
            except Exception as refused:
                self._refused = refused
        if self._refused is not None:
            raise self._refused
        return self._session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        if self._session is None:
            async with self._store.read() as session:
                yield session
        else:
            yield self._session  # sees what this turn has already written

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        session = await self._begin()
        async with session.begin_nested():
            yield session

    @asynccontextmanager
    async def bulk(self) -> AsyncIterator[AsyncConnection]:
        session = await self._begin()
        async with session.begin_nested():
            yield await session.connection()

    async def work(self, job: Callable[[Connection], T]) -> T:
        async with self.bulk() as connection:
            return await connection.run_sync(job)

    async def close(self) -> None:
        """The engine belongs to the store behind."""
