"""What forgives an author forgives nobody else: a broadcast taken back, an earlier version put back."""

from __future__ import annotations

from pathlib import Path

from tests.attacks.stage import APPROVER, AUTHOR, OWNER, Town, town

HELD = {"TELLAL_UNDO_HOLD_SECONDS": "3600"}


async def types(place: Town, person: int, line: str, answer: str) -> None:
    await place.ask("say", person=person, text=line)
    await place.see(person, f"an answer to {line}", answer)


def times(place: Town, action: str) -> int:
    return int(place.value("SELECT count(*) FROM audit WHERE action = ?", action))


async def test_only_its_author_or_an_owner_takes_it_back_and_once(tmp_path: Path) -> None:
    async with town(tmp_path, people=2, **HELD) as place:
        number = await place.launched("The bridge is closed")
        await place.becomes(number, "holding")
        await types(place, APPROVER, f"/takeback {number}", "Your role does not allow that")
        assert place.status(number) == "holding"

        for _ in range(3):
            await place.ask("say", person=AUTHOR, text=f"/takeback {number}")
        await place.see(AUTHOR, "the second answer", "is a draft already")
        assert (place.status(number), times(place, "taken_back")) == ("draft", 1)
        await place.see(APPROVER, "that the yes is void", "took it back")

        await place.press(AUTHOR, f"submit {number}")
        await place.button(APPROVER, f"approve {number}")
        gone = place.value("SELECT admin_id FROM admin WHERE name = 'Ece Kaya'")
        await types(place, OWNER, f"/remove {gone} now", "removed|no longer")
        for line in (f"/takeback {number}", f"/putback {number} 1"):
            await place.ask("say", person=AUTHOR, text=line)
        await place.see(AUTHOR, "that they are gone", "no longer in this team")
        assert (place.status(number), times(place, "taken_back")) == ("in_review", 1)


async def test_an_earlier_version_put_back_after_the_yes_needs_another(tmp_path: Path) -> None:
    async with town(tmp_path, people=2, **HELD) as place:
        number = await place.draft("The bridge is closed")
        await place.ask("say", person=AUTHOR, text=f"/content {number}")
        await place.see(AUTHOR, "the question", "new message")
        await place.ask("say", person=AUTHOR, text="The bridge is open")
        await place.see(AUTHOR, "the new words", "The bridge is open")
        await place.press(AUTHOR, f"submit {number}")
        await place.press(APPROVER, f"approve {number}")
        await place.becomes(number, "holding")

        await types(place, APPROVER, f"/putback {number} 1", "Your role does not allow that")
        assert place.status(number) == "holding"
        for _ in range(2):
            await place.ask("say", person=AUTHOR, text=f"/putback {number} 1")
        await place.becomes(number, "draft")
        await place.see(APPROVER, "that it was changed", "changed it after you approved it")
        await place.restart(TELLAL_UNDO_HOLD_SECONDS="0")
        assert place.status(number) == "draft"
        for words in ("The bridge is open", "The bridge is closed"):
            assert not await place.received(words), "nothing goes out without another yes"
