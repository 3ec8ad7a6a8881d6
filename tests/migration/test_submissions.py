"""What an earlier version had approved or sent, after the upgrade that gives submissions ids."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.errors import TooLate
from broadcast.models import Admin, Approval, Broadcast, Shaping, StoredFile
from broadcast.services import compose, control, review
from broadcast.states import BroadcastStatus
from broadcast.store.migrate import config, upgrade
from broadcast.store.session import Store
from tests.scenario.house import House

BEFORE = "0036"
DIGEST = hashlib.sha256(b"as the earlier version made it").hexdigest()
MEDIA = hashlib.sha256(b"a picture").hexdigest()
OLD = f"""
INSERT INTO admin (admin_id, name, role, language, timezone, active, created_at) VALUES
(1, 'Ayşe', 'author', 'en', 'UTC', 1, '2026-01-01'),
(2, 'Murat', 'approver', 'en', 'UTC', 1, '2026-01-01'),
(3, 'Zeynep', 'owner', 'en', 'UTC', 1, '2026-01-01');
INSERT INTO subscriber (subscriber_id, name, language, timezone, created_at)
VALUES (1, 'Ada', 'en', '', '2026-01-01');
INSERT INTO address (address_id, subscriber_id, channel, account, value, consent, suppressed)
VALUES (1, 1, 'telegram', 'default', '1000', 'opted_in', '');
INSERT INTO stored_file (media_id, kind, filename, mime, size, path, handles)
VALUES (1, 'photo', '', '', 9, '/somewhere/media/{MEDIA}', '{{}}');
"""
ROW = """INSERT INTO broadcast (broadcast_id, status, version, author_id, content, audience,
approved_digest, uncertain_policy, planned_up_to, planned_total, planning_done, delivery_from,
delivery_to, pause_reason, created_at, launched_at, scheduled_at, hold_until)
VALUES (:id, :status, 3, 1, '{"text": {"text": "Water is off"}}', '{}', :digest, 'ask', 0, 0, :done,
0, 0, '', '2026-01-01', :launched, :scheduled, :held)"""
STATES = {1: "in_review", 2: "scheduled", 3: "holding", 4: "late", 5: "completed", 6: "draft"}


@pytest.fixture
async def old(tmp_path: Path) -> House:
    """A database of the version before, with one broadcast in each state."""
    house = House(tmp_path)
    store = Store(house.url)
    async with store.bulk() as connection:
        await connection.run_sync(_at, BEFORE)
        for statement in filter(str.strip, OLD.split(";")):
            await connection.exec_driver_sql(statement)
        for number, status in STATES.items():
            values: dict[str, Any] = {
                "id": number, "status": status, "digest": "" if number in {1, 6} else DIGEST,
                "done": status == "completed", "held": "2026-11-24 09:00",
                "launched": "2026-01-02" if status == "completed" else None,
                "scheduled": "2026-12-24 09:00" if status == "scheduled" else None,
            }  # fmt: skip
            await connection.execute(text(ROW), values)
            await connection.exec_driver_sql(
                "INSERT INTO audit (at, admin_id, broadcast_id, action, detail) VALUES"
                f" ('2026-01-01', 1, {number}, 'created', ''),"
                f" ('2026-01-01', 3, {number}, 'content', '')"
            )
            if number > 1 and status != "draft":
                await connection.exec_driver_sql(
                    "INSERT INTO approval (broadcast_id, admin_id, digest, approved, reason, at)"
                    f" VALUES ({number}, 2, 'ffff', 0, 'why', '2026-01-01'),"
                    f" ({number}, 2, '{DIGEST}', 1, '', '2026-01-01')"
                )
    await store.close()
    await upgrade(house.url)
    return house


def _at(connection: Any, revision: str) -> None:
    command.upgrade(config(connection), revision)


async def rows(core: Core) -> dict[int, Broadcast]:
    async with core.store.read() as session:
        return {row.broadcast_id or 0: row for row in await session.scalars(select(Broadcast))}


async def test_what_had_not_started_is_asked_again_and_nothing_leaves_before(old: House) -> None:
    async def asked() -> bool:
        found = await rows(old.core)
        return all(found[number].status == BroadcastStatus.IN_REVIEW for number in (1, 2, 3, 4))

    await old.run_while(asked)
    found = await rows(old.core)
    assert all(found[number].submission for number in (1, 2, 3, 4))
    assert found[2].scheduled_at is not None, "its time is kept"
    assert found[6].status == BroadcastStatus.DRAFT and not found[6].submission
    assert not old.channel.asked
    look = await compose.look_at(old.core, 3)
    assert look.asked is not None and "updated" in look.asked.why
    approver = Admin(admin_id=2, name="Murat", role="approver", created_at=old.now)
    await review.approve(old.core, approver, 3, look.submission)
    await old.run_until(3, BroadcastStatus.COMPLETED)
    assert old.channel.received.total() == 1


async def test_a_late_one_is_asked_again_by_whoever_wants_it_sent(old: House) -> None:
    owner = Admin(admin_id=2, name="Murat", role="approver", created_at=old.now)
    await control.send_now(old.core, owner, 4)
    assert (await compose.get(old.core, 4)).status == BroadcastStatus.IN_REVIEW


async def test_everybody_who_had_shaped_it_is_known(old: House) -> None:
    async with old.core.store.read() as session:
        found = await session.scalars(
            select(Shaping.admin_id).where(Shaping.broadcast_id == 1).order_by(
                col(Shaping.admin_id)
            )
        )  # fmt: skip
        assert list(found) == [1, 3]


async def test_what_was_sent_keeps_its_cards_and_its_decisions(old: House) -> None:
    row = (await rows(old.core))[5]
    assert row.submission == f"{DIGEST[:8]}:1", "as its cards were named"
    made = review.of_round(await review.decisions(old.core, 5), row.submission)
    assert [(one.approved, who.name) for one, who in made] == [(True, "Murat")]


async def test_files_are_known_by_their_content(old: House) -> None:
    async with old.core.store.read() as session:
        (file,) = await session.scalars(select(StoredFile))
    assert file.sha256 == MEDIA


async def test_two_starts_ask_once(old: House) -> None:
    first = await review.ask_of_earlier_versions(old.core)
    again = await review.ask_of_earlier_versions(old.core)
    assert (sorted(first), again) == ([1, 2, 3, 4], [])


async def test_an_old_button_decides_nothing(old: House) -> None:
    approver = Admin(admin_id=2, name="Murat", role="approver", created_at=old.now)
    for seen in ("", DIGEST, DIGEST[:8]):
        with pytest.raises(TooLate):
            await review.approve(old.core, approver, 1, seen)
    async with old.core.store.read() as session:
        found = await session.scalars(select(Approval).where(Approval.broadcast_id == 1))
        assert not list(found)
