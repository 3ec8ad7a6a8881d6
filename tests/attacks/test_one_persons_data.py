"""One person's name, address or clock is odd: it costs at most that one person a message."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.attacks.stage import APPROVER, AUTHOR, OWNER, Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")
ODD_NAMES = (
    "Ayşe\nYılmaz",
    "Ali\tVeli",
    "Can     Kaya",
    "x" * 1100,
    "\u200b",
    ".",
    "Ece\r\nSu",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("odd")
    async with town(folder, people=1, meta=True) as made:
        await made.ask("limits", channel="whatsapp", holdout_share=0, pair_seconds=0)
        await made.ask("pace", channel="whatsapp", offline_share=0, reject_share=0)
        components = [{"type": "BODY", "text": "Hello {{1}}, water is off tomorrow.",
                       "example": {"body_text": [["Ali"]]}}]  # fmt: skip
        create = {"name": "news", "language": "en", "category": "UTILITY", "components": components}
        await made.ask("templates", channel="whatsapp", create=create)
        yield made


def change(place: Town, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(place.database, timeout=20)) as db, db:
        db.execute(sql, values)


async def listed(place: Town, first: int, count: int) -> list[int]:
    """People on WhatsApp who are in a list and never wrote."""
    found: dict[int, str] = {}
    person = 1_000_000_000 + first
    while len(found) < count:
        contact = await place.contact("whatsapp", person=person)
        if contact["on_whatsapp"] and not contact["hides_number"]:
            found[person] = str(contact["phone"])
        person += 1
    change(place, "UPDATE address SET suppressed = 'deactivated' WHERE channel = 'whatsapp'")
    lines = [f"whatsapp,+{phone},Ada,en,opted_in,fair" for phone in found.values()]
    done = await place.take_in(lines)
    assert done.process.returncode == 0, done.output
    return list(found)


async def by_template(place: Town, words: str) -> int:
    """Approved, with the template for people outside their window; each by their name."""
    number = await place.draft(words)
    await place.ask("say", person=AUTHOR, text=f"/outside {number} whatsapp news en")
    await place.see(AUTHOR, "the question for the value", r"\{\{?1\}?\}|“1”|\b1\b")
    await place.ask("say", person=AUTHOR, text="{name}")

    async def chosen() -> bool:
        content = str(place.value("SELECT content FROM broadcast WHERE broadcast_id = ?", number))
        return "{name}" in content

    await place.until("the template with its value", chosen)
    await place.press(AUTHOR, f"submit {number}")
    await place.button(APPROVER, f"approve {number}")
    await place.press(APPROVER, f"approve {number}")
    return number


async def got(place: Town, people: list[int]) -> list[int]:
    """Who has the template's words."""
    found = []
    for person in people:
        bubbles = await place.bubbles("whatsapp", person)
        if any("water is off tomorrow" in b["text"] and b["from_business"] for b in bubbles):
            found.append(person)
    return found


async def test_names_that_meta_refuses_as_values(place: Town) -> None:
    people = await listed(place, 100, len(ODD_NAMES) + 4)
    ids = [row[0] for row in place.query(
        "SELECT subscriber_id FROM address WHERE channel = 'whatsapp' ORDER BY address_id DESC"
    )]  # fmt: skip
    for name, one in zip(ODD_NAMES, ids, strict=False):
        change(place, "UPDATE subscriber SET name = ? WHERE subscriber_id = ?", name, one)
    number = await by_template(place, "Odd names")
    await place.becomes(number, "completed")
    assert await got(place, people) == people
    kept = {row[0] for row in place.query("SELECT name FROM subscriber")}
    assert set(ODD_NAMES) <= kept, "what people are called stays"


async def test_a_refusal_of_one_recipient_is_theirs(place: Town) -> None:
    people = await listed(place, 200, 12)
    fault = await place.ask(
        "faults", kind="code", channel="whatsapp", method="*messages", code=131009, person=people[3]
    )
    number = await by_template(place, "One is odd")
    await place.becomes(number, "completed")
    assert await got(place, people) == [p for p in people if p != people[3]]
    rows = place.query("SELECT reason FROM delivery WHERE broadcast_id = ? AND status = 30", number)
    assert rows == [("content",)]
    paused = "SELECT count(*) FROM audit WHERE broadcast_id = ? AND action LIKE '%pause%'"
    assert place.value(paused, number) == 0
    assert fault


async def test_a_second_recipient_stops_it_and_resuming_leaves_only_those_out(place: Town) -> None:
    people = await listed(place, 300, 12)
    odd = {people[2], people[9]}
    for person in odd:
        await place.ask(
            "faults", kind="code", channel="whatsapp", method="*messages", code=131008,
            person=person,
        )  # fmt: skip
    number = await by_template(place, "Two are odd")
    await place.becomes(number, "paused")
    await place.button(OWNER, f"resume {number}")
    for _ in range(3):  # Resume is a question each time; it comes to an end
        if place.status(number) == "paused":
            await place.press(OWNER, f"resume {number}")
            await place.becomes(number, "completed", "paused")
    assert place.status(number) == "completed"
    assert await got(place, people) == [p for p in people if p not in odd]


async def test_a_clock_nobody_knows_stops_no_card(place: Town) -> None:
    zone = "SELECT admin_id FROM admin_identity WHERE user_id = ?"
    change(place, "UPDATE admin SET timezone = 'Mars/Olympus', language = 'tlh' WHERE admin_id = ?",
           place.value(zone, str(APPROVER)))  # fmt: skip
    number = await place.draft("Clocks")
    await place.press(AUTHOR, f"submit {number}")
    await place.button(OWNER, f"approve {number}")
    await place.button(APPROVER, f"approve {number}")
