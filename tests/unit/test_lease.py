"""The lease goes by steady clocks and signs of life, and a database knows whose it is."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from broadcast.models import Lease
from broadcast.store import instance, lease
from broadcast.store.session import Store


async def opened(file: Path) -> Store:
    store = Store(f"sqlite+aiosqlite:///{file}")
    async with store.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    return store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = await opened(tmp_path / "t.db")
    yield made
    await made.close()


async def belongs_to(store: Store, **owner: object) -> None:
    async with store.write() as session:
        row = await session.get(Lease, 1)
        assert row is not None
        for name, value in owner.items():
            setattr(row, name, value)


async def test_a_frozen_process_finds_its_lease_run_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await lease.take(store)
    assert hold.held
    now = lease.steady()
    monkeypatch.setattr(lease, "steady", lambda: now + lease.LEASE_SECONDS - 1.9)
    assert not hold.held, "it stops before anybody may follow"
    assert await hold.renew(), "nobody followed: it goes on"
    assert hold.held


async def test_who_was_succeeded_learns_it_and_never_holds_again(store: Store) -> None:
    first = await lease.take(store)
    second = await lease.take(store)
    assert second.fence == first.fence + 1
    assert not await first.renew()
    assert first.lost and not first.held
    assert not await first.regained()
    assert second.held


async def test_a_process_that_is_gone_is_succeeded_at_once(store: Store) -> None:
    await lease.take(store)
    here = lease._process(1).rpartition("/")[0]
    await belongs_to(store, pid=4_000_000, process=f"{here}/1")
    assert (await lease.take(store)).held


async def test_a_number_used_again_is_not_taken_for_the_old_owner(store: Store) -> None:
    await lease.take(store)
    here = lease._process(1).rpartition("/")[0]
    await belongs_to(store, pid=1, process=f"{here}/1")  # process 1 lives, but began otherwise
    assert (await lease.take(store)).held


async def test_an_owner_out_of_sight_is_watched_and_one_that_beats_is_left_in_peace(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lease.take(store)
    await belongs_to(store, host="elsewhere", process="other-boot/other-space/1")

    async def beats(_: float) -> None:
        async with store.write() as session:
            row = await session.get(Lease, 1)
            assert row is not None
            row.beat += 1

    monkeypatch.setattr(lease.asyncio, "sleep", beats)
    with pytest.raises(lease.Taken, match="elsewhere"):
        await lease.take(store)


async def test_an_owner_that_gave_back_is_succeeded_at_once(store: Store) -> None:
    first = await lease.take(store)
    await first.give_back()
    assert not first.held
    assert (await lease.take(store)).held


async def test_how_far_the_clock_went_back_since_the_last_owner(store: Store) -> None:
    first = await lease.take(store)
    assert first.clock_went_back == 0
    await belongs_to(store, seen_at=lease.steady_unix() + 3600)
    assert 3590 < (await lease.take(store)).clock_went_back <= 3600


async def test_a_database_knows_its_place(store: Store, tmp_path: Path) -> None:
    await (await lease.take(store)).give_back()
    await (await lease.take(store)).give_back()
    moved = tmp_path / "moved"
    moved.mkdir()
    await store.close()
    for name in ("t.db", "t.db.instance"):
        (tmp_path / name).rename(moved / name)
    there = await opened(moved / "t.db")
    assert (await lease.take(there)).held, "moved is not copied"
    await there.close()


@pytest.mark.parametrize("with_mark", [True, False])
async def test_a_copied_database_is_told_from_its_original(
    store: Store, tmp_path: Path, with_mark: bool
) -> None:
    await (await lease.take(store)).give_back()
    await store.close()
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copy(tmp_path / "t.db", folder / "t.db")
    if with_mark:
        shutil.copy(tmp_path / "t.db.instance", folder / "t.db.instance")
    copy = await opened(folder / "t.db")
    with pytest.raises(instance.Copied):
        await lease.check_own(copy)
    with pytest.raises(instance.Copied):
        await lease.take(copy)
    await lease.adopt(copy)
    await lease.check_own(copy)
    assert (await lease.take(copy)).held
    await copy.close()
    original = await opened(tmp_path / "t.db")
    assert (await lease.take(original)).held, "the original is as it was"
    await original.close()


async def test_nobody_adopts_what_somebody_is_at_work_on(store: Store) -> None:
    await lease.check_unused(store)
    hold = await lease.take(store)
    await belongs_to(store, pid=os.getppid(), process=lease._process(os.getppid()))
    with pytest.raises(lease.Taken):
        await lease.check_unused(store)
    await hold.give_back()
    await lease.check_unused(store)


async def test_a_beat_is_seen_also_where_the_file_was_replaced(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup was moved into the place of a database that a process still has open."""
    hold = await lease.take(store)
    (tmp_path / "t.db.instance").rename(tmp_path / "kept")
    await store.close()
    shutil.copy(tmp_path / "t.db", tmp_path / "new.db")
    (tmp_path / "new.db").replace(tmp_path / "t.db")
    there = await opened(tmp_path / "t.db")
    assert hold._mark is not None

    async def beats() -> None:
        for beat in range(100, 200):
            hold._mark.note(beat)  # type: ignore[union-attr]
            await asyncio.sleep(0.05)

    await belongs_to(there, pid=0)
    hold._mark.note(99)
    beating = asyncio.create_task(beats())
    with pytest.raises(lease.Taken):
        await lease.check_unused(there)
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    await there.close()


async def test_a_copy_of_what_runs_elsewhere_can_be_adopted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.1)
    await lease.take(store)
    await belongs_to(store, pid=os.getppid(), process=lease._process(os.getppid()))
    folder = tmp_path / "copy"
    folder.mkdir()
    await store.close()
    shutil.copy(tmp_path / "t.db", folder / "t.db")
    copy = await opened(folder / "t.db")
    await lease.check_unused(copy)
    await lease.adopt(copy)
    assert (await lease.take(copy)).held
    await copy.close()


async def test_a_first_start_on_a_full_disk_does_not_make_it_a_copy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(instance.Mark, "write", full)
        with pytest.raises(OSError, match="No space"):
            await lease.take(store)
    assert (await lease.take(store)).held
