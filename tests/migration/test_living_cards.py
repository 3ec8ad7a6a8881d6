"""Messages that the version before left in the consoles, which no card of ours knew any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import text
from sqlmodel import select

from bot.announce.notifier import Notifier
from bot.chat import Reply
from broadcast.message import RichText
from broadcast.models import Posted
from broadcast.services import pending_notices
from broadcast.store.migrate import config, upgrade
from broadcast.store.session import Store
from tests.scenario.house import House
from tests.unit.test_notify import Wall

BEFORE = "0062"
OLD = """
INSERT INTO admin (admin_id, name, role, language, timezone, active, created_at) VALUES
(1, 'Ayşe', 'author', 'en', 'UTC', 1, '2026-01-01'),
(2, 'Murat', 'approver', 'en', 'UTC', 1, '2026-01-01');
INSERT INTO admin_identity (frontend, user_id, admin_id, conversation, active, asking)
VALUES ('test', 'author', 1, 'author', 1, ''), ('test', 'approver', 2, 'approver', 1, '');
"""
ROW = """INSERT INTO broadcast (broadcast_id, status, version, author_id, content, audience,
approved_digest, uncertain_policy, planned_up_to, planned_total, planning_done, delivery_from,
delivery_to, pause_reason, created_at, launched_at, scheduled_at, submission, launched_as)
VALUES (:id, :status, 3, 1, '{"text": {"text": "Water is off"}}', '{}', '', 'ask', 0, 0, :done,
0, 0, '', '2026-01-01', :launched, '2026-11-27 09:00', :submission, :launched_as)"""
ASKED = """INSERT INTO submission (submission_id, broadcast_id, digest, document, people, why,
details, at) VALUES (:asked, :id, 'd', '{}', 1, '', '{}', '2026-01-01')"""
SAID = """INSERT INTO approval (broadcast_id, admin_id, submission, digest, people, approved,
reason, at) VALUES (:id, 2, :asked, 'd', 1, 1, '', '2026-01-01 10:00')"""
POSTED = """INSERT INTO posted (broadcast_id, kind, frontend, conversation, message_id)
VALUES (:id, :kind, 'test', :place, :message)"""
STOOD = {
    "author": ("card", "run:r{}", "final:r{}"),
    "approver": ("review:r{}", "run:r{}", "final:r{}"),
}


def _at(connection: Any, revision: str) -> None:
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


async def old(folder: Path) -> House:
    """One that was moved after its approval, which no card says; and one that has ended."""
    house = House(folder)
    store = Store(house.url)
    async with store.bulk() as connection:
        await connection.run_sync(_at, BEFORE)
        for statement in filter(str.strip, OLD.split(";")):
            await connection.exec_driver_sql(statement)
        for number, status in ((1, "draft"), (2, "completed")):
            asked, ended = f"r{number}", status == "completed"
            row = {
                "id": number, "status": status, "done": ended,
                "launched": "2026-01-02" if ended else None,
                "submission": asked if ended else "", "launched_as": asked if ended else "",
            }  # fmt: skip
            await connection.execute(text(ROW), row)
            await connection.execute(text(ASKED), {"id": number, "asked": asked})
            await connection.execute(text(SAID), {"id": number, "asked": asked})
            for place, kinds in STOOD.items():
                for kind in kinds if ended else kinds[:2]:
                    stood = {"id": number, "kind": kind.format(number), "place": place}
                    message = f"{place} {number} {kind.partition(':')[0]}"
                    await connection.execute(text(POSTED), stood | {"message": message})
    await store.close()
    return house


async def test_of_each_place_the_latest_message_is_the_card_and_the_others_are_copies(
    tmp_path: Path,
) -> None:
    house = await old(tmp_path)
    await upgrade(house.url)
    async with house.store.read() as session:
        rows = list(await session.scalars(select(Posted)))
    found = {row.message_id: row.kind.partition(":")[0] for row in rows}
    for place in STOOD:
        assert found[f"{place} 1 run"] == found[f"{place} 2 final"] == "card"
        assert found[f"{place} 2 run"] == "was"
    assert found["approver 1 review"] == found["approver 2 review"] == "was"
    assert await pending_notices.owed(house.core) == [1], "what has ended stands as it was"
    await house.store.close()


async def test_what_they_said_and_was_not_true_is_corrected_at_the_first_start(
    tmp_path: Path,
) -> None:
    house = await old(tmp_path)
    await upgrade(house.url)
    said = RichText(text="#1 Water is off\nApproved. Goes out Fri")
    wall = Wall()
    for place in STOOD:
        for kind in ("card", "review", "run"):
            wall.notes[f"{place} 1 {kind}"] = (place, Reply(said))
    del wall.notes["author 1 review"], wall.notes["approver 1 card"]
    before = set(wall.notes)
    notifier = Notifier(house.core, [wall])
    await notifier.catch_up()
    await notifier.settled()
    await notifier.close()
    assert set(wall.notes) == before, "nothing is posted, all of it corrected"
    assert "Goes out" not in wall.seen_by("author") + wall.seen_by("approver")
    assert "That does not count any more" in wall.notes["approver 1 run"][1].text.text
    assert "its card is further down" in wall.notes["approver 1 review"][1].text.text
    assert "That does not count any more" in wall.notes["author 1 run"][1].text.text
    await house.store.close()
