"""Content that Telegram refuses: the broadcast's trouble, not the person's, and nobody gets it twice."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.attacks.stage import APPROVER, AUTHOR, Town, town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

WRONG, RIGHT = "Water is off on Tuesday", "Water is off on Wednesday"
PEOPLE = 6


async def refuses(here: Town, words: str, people: list[int], **how: object) -> None:
    """Telegram answers every send to these people in these words."""
    for person in people:
        await here.ask(
            "faults", kind="error", method="send*", person=person, status=400,
            description=f"Bad Request: {words}", **how,
        )  # fmt: skip


async def takes_everything_again(here: Town) -> None:
    await here.ask("faults", "DELETE")


def make_stale(here: Town) -> None:
    """The ids of all files become some that this bot was never given, as after a change of bots."""
    with closing(sqlite3.connect(here.database, timeout=20)) as db, db:
        for media_id, handles in db.execute("SELECT media_id, handles FROM stored_file").fetchall():
            stale = dict.fromkeys(json.loads(handles), "AgACAgQAAxUnknown")
            db.execute(
                "UPDATE stored_file SET handles = ? WHERE media_id = ?",
                (json.dumps(stale), media_id),
            )


async def test_a_stale_file_id_loses_nobody_whose_bytes_are_stored(tmp_path: Path) -> None:
    async with town(tmp_path, people=PEOPLE) as here:
        number = await here.submitted(WRONG, photo="sunset")
        make_stale(here)
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "completed")
        received = await here.received(WRONG)
        assert len(received) == PEOPLE and set(received.values()) == {1}


@pytest.mark.parametrize(
    "words",
    [
        "inline keyboard button URL 'https://e.org:99999' is invalid: Wrong port number specified in "
        "the URL",
        "PHOTO_INVALID_DIMENSIONS",
        "text must be non-empty",
    ],
)  # fmt: skip
async def test_wrong_content_is_corrected_approved_again_and_goes_to_the_others(
    tmp_path: Path, words: str
) -> None:
    """Killed in between, too; in every step nobody gets anything twice."""
    async with town(tmp_path, people=PEOPLE) as here:
        people = sorted(person for (person,) in here.query("SELECT value FROM address"))
        unlucky = [int(person) for person in people[2:]]
        await refuses(here, words, unlucky)
        number = await here.launched(WRONG)
        await here.becomes(number, "paused")
        assert here.value("SELECT count(*) FROM delivery WHERE status = 30") == 0
        await here.see(AUTHOR, "Telegram's own words", words[:30])
        await takes_everything_again(here)

        await here.press(AUTHOR, f"correct {number}")
        await here.see(AUTHOR, "the question", "corrected message")
        await here.ask("say", person=AUTHOR, text=RIGHT)
        await here.press(AUTHOR, f"submit {number}")
        await here.button(APPROVER, f"approve {number}")
        assert here.status(number) == "in_review"
        assert len(await here.received(RIGHT)) == 0
        await here.restart()
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "completed")

        first, second = await here.received(WRONG), await here.received(RIGHT)
        assert set(first) | set(second) == {int(person) for person in people}
        assert not set(first) & set(second)
        assert set(first.values()) | set(second.values()) == {1}
        assert len(second) >= len(unlucky)
        got = here.query("SELECT content_version, count(*) FROM delivery GROUP BY 1")
        assert dict(got) == ({1: len(first)} if first else {}) | {2: len(second)}


async def test_words_nobody_has_met_stop_it_at_the_second_person(tmp_path: Path) -> None:
    async with town(tmp_path, people=PEOPLE) as here:
        people = [int(person) for (person,) in here.query("SELECT value FROM address")]
        await refuses(here, "SOMETHING_ENTIRELY_NEW", people)
        number = await here.launched(WRONG)
        await here.becomes(number, "paused")
        assert here.value("SELECT count(*) FROM delivery WHERE status = 30") == 1
        await takes_everything_again(here)
        await here.press(AUTHOR, f"correct {number}")
        await here.ask("say", person=AUTHOR, text=RIGHT)
        await here.press(AUTHOR, f"submit {number}")
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "completed")
        received = await here.received(RIGHT)
        assert len(received) == PEOPLE and set(received.values()) == {1}


async def test_a_correction_goes_nowhere_without_somebody_elses_yes(tmp_path: Path) -> None:
    """Resume, an old approval's button and the author's own yes are no way round it."""
    async with town(tmp_path, people=PEOPLE) as here:
        people = [int(person) for (person,) in here.query("SELECT value FROM address")]
        await refuses(here, "BUTTON_URL_INVALID", people)
        number = await here.submitted(WRONG)
        old = str(here.value("SELECT submission FROM broadcast WHERE broadcast_id = ?", number))
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "paused")
        await takes_everything_again(here)
        await here.press(AUTHOR, f"correct {number}")
        await here.ask("say", person=AUTHOR, text=RIGHT)
        await here.button(AUTHOR, f"submit {number}")
        for who, words in ((APPROVER, f"/resume {number}"), (AUTHOR, f"/resume {number}")):
            await here.ask("say", person=who, text=words)
            await here.see(who, "why not", "correction")
        await here.press(AUTHOR, f"submit {number}")
        for who in (AUTHOR, APPROVER):
            await here.ask("say", person=who, text=f"/approve {number} {old}")
            await here.ask("say", person=who, text=f"/resume {number}")
        await here.see(AUTHOR, "a refusal", "waiting for approval")
        assert here.status(number) == "in_review"
        assert len(await here.received("Water is off")) == 0
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "completed")
        assert len(await here.received(RIGHT)) == PEOPLE
