"""A fresh database is what the models say, and upgrading twice loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel, select

from broadcast.clock import utc_now
from broadcast.models import Admin
from broadcast.store.migrate import upgrade, versions
from broadcast.store.session import Store


def differences(connection: Any) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


async def test_a_fresh_database_equals_the_models(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/t.db"
    await upgrade(url)
    found, newest = await versions(url)
    assert found == newest != ""
    store = Store(url)
    async with store.bulk() as connection:
        assert await connection.run_sync(differences) == []
    await store.close()


async def test_a_fresh_database_keeps_tallies_as_the_models_do(tmp_path: Path) -> None:
    upgraded = Store(f"sqlite+aiosqlite:///{tmp_path}/upgraded.db")
    await upgrade(upgraded.url)
    created = Store(f"sqlite+aiosqlite:///{tmp_path}/created.db")
    async with created.bulk() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    found = []
    for store in (upgraded, created):
        async with store.bulk() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            )
            found.append({name: " ".join(sql.split()) for name, sql in rows})
        await store.close()
    assert found[0] == found[1] != {}


async def test_data_survives_a_second_upgrade(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/t.db"
    await upgrade(url)
    store = Store(url)
    async with store.write() as session:
        session.add(Admin(name="Ayşe", created_at=utc_now()))
    await upgrade(url)
    async with store.read() as session:
        assert [a.name for a in await session.scalars(select(Admin))] == ["Ayşe"]
    await store.close()


async def test_a_failed_upgrade_leaves_nothing_behind(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/t.db"
    store = Store(url)
    async with store.bulk() as connection:
        await connection.exec_driver_sql("CREATE TABLE delivery (x INTEGER)")
    with pytest.raises(OperationalError, match="delivery"):
        await upgrade(url)
    async with store.bulk() as connection:
        tables = await connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
        assert [row[0] for row in tables] == ["delivery"]
    await store.close()
