"""Somebody left, in whatever way and under whatever name: nothing reaches them any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.attacks.stage import OWNER, Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS = "The river is rising"
SOLO: dict[str, Any] = {"TELLAL_ALLOW_SELF_APPROVAL": "true"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("stop")
    async with town(folder, people=1, team=False, meta=True, **SOLO) as made:
        await made.ask("limits", channel="whatsapp", holdout_share=0, pair_seconds=0)
        await made.ask("pace", channel="whatsapp", offline_share=0)
        yield made


async def strangers(place: Town, first: int, count: int = 1) -> list[tuple[int, str]]:
    """People on WhatsApp who show their number."""
    found: list[tuple[int, str]] = []
    person = 1_000_000_000 + first
    while len(found) < count:
        contact = await place.contact("whatsapp", person=person)
        if contact["on_whatsapp"] and not contact["hides_number"]:
            found.append((person, str(contact["phone"])))
        person += 1
    return found


async def agreed(place: Town, channel: str, person: int) -> None:
    """They joined by the word, and were welcomed."""
    await place.ask("say", channel=channel, person=person, text="JOIN")
    await place.phone_see(channel, person, f"the welcome on {channel}", "Write STOP to leave")


async def sent(place: Town, words: str) -> None:
    """The owner writes and approves it; it ran to its end."""
    number = await place.draft(words, OWNER)
    await place.press(OWNER, f"submit {number}")
    await place.press(OWNER, f"approve {number}")
    await place.becomes(number, "completed")


async def reached(place: Town, channel: str, person: int, words: str) -> int:
    return sum(words in bubble["text"] for bubble in await place.bubbles(channel, person))


async def stopped(place: Town, person: int) -> None:
    await place.phone_see("whatsapp", person, "the goodbye", "not receive anything more from us")


async def linked(place: Town, person: int) -> None:
    """Agreed on WhatsApp and on Telegram, and told us that both are theirs."""
    await agreed(place, "whatsapp", person)
    await place.ask("say", person=person, text="JOIN")
    await place.ask("say", person=person, text="/link")
    code = (await place.see(person, "a code", r"LINK (\d{8})"))[1]
    await place.ask("say", channel="whatsapp", person=person, text=f"LINK {code}")
    await place.phone_see("whatsapp", person, "that they are one", "only once")


async def test_stop_on_one_of_two_linked_channels(place: Town) -> None:
    ((person, _),) = await strangers(place, 100)
    await linked(place, person)
    await place.ask("say", channel="whatsapp", person=person, text="STOP")
    await place.phone_see("whatsapp", person, "the goodbye", "(nor on|ne de) Telegram")
    await sent(place, f"{WORDS}: linked")
    assert (await place.received(f"{WORDS}: linked"))[person] == 0
    assert await reached(place, "whatsapp", person, f"{WORDS}: linked") == 0

    await place.phone_press("whatsapp", person, "s:keep")
    await place.phone_see("whatsapp", person, "what goes on", "Telegram (you still|üzerinden)")
    await sent(place, f"{WORDS}: kept")
    assert (await place.received(f"{WORDS}: kept"))[person] == 1
    assert await reached(place, "whatsapp", person, f"{WORDS}: kept") == 0


async def test_a_list_under_another_name_of_who_left(place: Town) -> None:
    joined, left, registry = await strangers(place, 200, 3)
    for person, _ in (joined, left, registry):
        await agreed(place, "whatsapp", person)
    await place.ask("say", channel="whatsapp", person=left[0], text="STOP")
    await stopped(place, left[0])
    lines = [f"whatsapp,+{phone},,en,opted_in,fair" for _, phone in (joined, left)]
    done = await place.take_in([*lines, f"whatsapp,+{registry[1]},,en,opted_out,registry"])
    assert done.process.returncode == 0, done.output
    await sent(place, f"{WORDS}: listed")
    got = [
        await reached(place, "whatsapp", p, f"{WORDS}: listed") for p, _ in (joined, left, registry)
    ]
    assert got == [1, 0, 0]


async def test_a_message_edited_into_stop(place: Town) -> None:
    ((person, _),) = await strangers(place, 300)
    await agreed(place, "whatsapp", person)
    await place.ask("say", channel="whatsapp", person=person, text="Thank you")
    await place.ask("change", channel="whatsapp", person=person, text="STOP")
    await stopped(place, person)
    (other,) = await place.subscribers(1, first=310)
    said = await place.ask("say", person=other, text="Thank you")
    await place.ask("edit", person=other, message_id=said["message_id"], text="STOP")
    await place.see(other, "the goodbye", "not receive anything more|mesaj almayacaks")
    await sent(place, f"{WORDS}: edited")
    assert await reached(place, "whatsapp", person, f"{WORDS}: edited") == 0
    assert (await place.received(f"{WORDS}: edited"))[other] == 0


async def test_a_deleted_message_is_not_answered(place: Town) -> None:
    ((person, _),) = await strangers(place, 400)
    await agreed(place, "whatsapp", person)
    before = len(await place.bubbles("whatsapp", person))
    await place.ask("change", channel="whatsapp", person=person)
    await place.ask("say", channel="whatsapp", person=person, text="STOP")
    await stopped(place, person)
    assert len(await place.bubbles("whatsapp", person)) - before <= 3  # deletion, STOP, goodbye


async def test_stop_said_to_a_human_on_messenger(place: Town) -> None:
    person = 1_000_000_500
    await place.ask("start", channel="messenger", person=person)
    await agreed(place, "messenger", person)
    await place.ask("takeover", channel="messenger", person=person)
    await place.ask("say", channel="messenger", person=person, text="STOP")

    async def out() -> bool:
        address = await place.address("messenger", person)
        consent = "SELECT consent FROM address WHERE channel = 'messenger' AND value = ?"
        return bool(place.value(consent, address) == "opted_out")

    await place.until("the STOP in force", out)
    await place.ask("takeover", channel="messenger", person=person, taken=False)
    await sent(place, f"{WORDS}: overheard")
    assert await reached(place, "messenger", person, f"{WORDS}: overheard") == 0


async def test_the_platforms_own_switch_is_for_every_channel(place: Town) -> None:
    ((person, _),) = await strangers(place, 600)
    await linked(place, person)
    await place.ask("stop", channel="whatsapp", person=person)

    async def out() -> bool:
        query = "SELECT consent FROM address WHERE channel = 'telegram' AND value = ?"
        return bool(place.value(query, str(person)) == "opted_out")

    await place.until("the platform's stop in force", out)
    await sent(place, f"{WORDS}: switched")
    assert (await place.received(f"{WORDS}: switched"))[person] == 0
    assert await reached(place, "whatsapp", person, f"{WORDS}: switched") == 0


async def test_yes_to_the_goodbye_is_no_joining(place: Town) -> None:
    ((person, _),) = await strangers(place, 700)
    await agreed(place, "whatsapp", person)
    for words in ("STOP", "Yes"):
        await place.ask("say", channel="whatsapp", person=person, text=words)
    await place.phone_see("whatsapp", person, "the question", "Would you like to receive them")
    await sent(place, f"{WORDS}: yes")
    assert await reached(place, "whatsapp", person, f"{WORDS}: yes") == 0


async def test_messengers_own_switch_is_for_every_channel(place: Town) -> None:
    person = 1_000_000_800
    await place.ask("start", channel="messenger", person=person)
    await agreed(place, "messenger", person)
    await place.ask("say", person=person, text="JOIN")
    await place.ask("say", person=person, text="/link")
    code = (await place.see(person, "a code", r"LINK (\d{8})"))[1]
    await place.ask("say", channel="messenger", person=person, text=f"LINK {code}")
    await place.phone_see("messenger", person, "that they are one", "only once")
    await place.ask("optin", channel="messenger", person=person, stop=True)

    async def out() -> bool:
        query = "SELECT consent FROM address WHERE channel = 'telegram' AND value = ?"
        return bool(place.value(query, str(person)) == "opted_out")

    await place.until("the platform's stop in force", out)
    await sent(place, f"{WORDS}: messenger's switch")
    assert (await place.received(f"{WORDS}: messenger's switch"))[person] == 0
    assert await reached(place, "messenger", person, f"{WORDS}: messenger's switch") == 0
