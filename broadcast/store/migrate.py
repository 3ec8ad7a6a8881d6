"""Bring a database to today's tables: Alembic, run from here so that no ini file is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from broadcast.store import file_modes
from broadcast.store.session import Store
from broadcast.store.storage_errors import NewerDatabase

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


async def upgrade(url: str) -> None:
    """Create or upgrade the tables. Harmless to repeat; data stays; two callers take turns.
    Raises NewerDatabase for tables that only a newer program knows."""
    file_modes.prepare(url)
    store = Store(url)
    try:
        async with store.bulk() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await store.close()


async def versions(url: str) -> tuple[str, str]:
    """(the version this database is at, empty when it has no tables; the newest version)."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    def current(connection: Any) -> str:
        return MigrationContext.configure(connection).get_current_revision() or ""

    store = Store(url)
    try:
        async with store.engine.connect() as connection:
            found = await connection.run_sync(current)
    finally:
        await store.close()
    return found, ScriptDirectory.from_config(config()).get_current_head() or ""


def config(connection: Any = None) -> Config:
    """Alembic's configuration; `connection` is what env.py migrates."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _upgrade(connection: Any) -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.script.revision import ResolutionError
    from alembic.util import CommandError

    made = config(connection)
    found = MigrationContext.configure(connection).get_current_revision()
    try:
        ScriptDirectory.from_config(made).get_revision(found or "base")
    except (CommandError, ResolutionError):
        raise NewerDatabase(found or "?") from None
    command.upgrade(made, "head")
