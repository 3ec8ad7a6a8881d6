"""A house with two bots: who said STOP to one of them hears from neither."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.attacks.stage import OWNER, TOKEN, Town, town

NORTH = "8000:north-token"
SOLO = {"TELLAL_ALLOW_SELF_APPROVAL": "true", "TELLAL_TELEGRAM__ACCOUNTS__NORTH__TOKEN": NORTH}
FIRST, SECOND = (token.partition(":")[0] for token in (TOKEN, NORTH))


async def sees(place: Town, bot: str, person: int, words: str) -> None:
    async def look() -> bool:
        found = await place.ask("chat", "GET", person=person, bot=bot)
        return any(words in str(m.get("text")) for m in found["messages"] if m["from"]["is_bot"])

    await place.until(f"{words!r} by bot {bot}", look)


async def got(place: Town, words: str, person: int) -> int:
    """How often, from both bots together."""
    count = 0
    for bot in (FIRST, SECOND):
        found = await place.ask("received", "GET", contains=words, bot=bot)
        count += int(found["counts"].get(str(person), 0))
    return count


async def sent(place: Town, words: str) -> None:
    number = await place.draft(words, OWNER)
    await place.press(OWNER, f"submit {number}")
    await place.press(OWNER, f"approve {number}")
    await place.becomes(number, "completed")


async def test_one_person_on_two_bots_gets_it_once_and_leaves_both(tmp_path: Path) -> None:
    async with town(tmp_path, people=2, team=False, start=False, **SOLO) as place:
        place.bot = FIRST
        await place.ask("bots", token=NORTH, username="north_bot", name="North")
        ada, bob = (int(row[0]) for row in place.query("SELECT value FROM address ORDER BY value"))
        await place.start(TELLAL_TELEGRAM__ACCOUNTS__NORTH__API_URL=place.url)
        for bot in (FIRST, SECOND):
            await place.ask("say", person=ada, text="JOIN", bot=bot)
            await sees(place, bot, ada, "Write STOP to leave")
        await sent(place, "The bridge is closed")
        assert [await got(place, "The bridge is closed", who) for who in (ada, bob)] == [1, 1]

        await place.ask("say", person=ada, text="STOP", bot=SECOND)
        await sees(place, SECOND, ada, "not receive anything more")
        done = await place.take_in(
            [
                f"telegram,{ada},,en,opted_in,fair,default",
                f"telegram,{ada},,en,opted_in,fair,north",
            ],
            header="channel,address,name,language,consent,source,account",
        )
        assert done.process.returncode == 0, done.output
        await sent(place, "The bridge is open")
        assert [await got(place, "The bridge is open", who) for who in (ada, bob)] == [0, 1]


async def test_an_admins_command_at_the_other_bot_takes_them_off_no_list(tmp_path: Path) -> None:
    async with town(tmp_path, people=1, team=False, start=False, **SOLO) as place:
        place.bot = FIRST
        await place.ask("bots", token=NORTH, username="north_bot", name="North")
        (ada,) = (int(row[0]) for row in place.query("SELECT value FROM address"))
        await place.start(TELLAL_TELEGRAM__ACCOUNTS__NORTH__API_URL=place.url)
        for person in (OWNER, ada):
            await place.ask("say", person=person, text="JOIN", bot=SECOND)
            await sees(place, SECOND, person, "Write STOP to leave")

        def stands(person: int) -> str:
            return str(
                place.value(
                    "SELECT consent FROM address WHERE account = 'north' AND value = ?", str(person)
                )
            )

        async def told(times: int) -> bool:
            found = await place.ask("chat", "GET", person=OWNER, bot=SECOND)
            said = [str(m.get("text")) for m in found["messages"] if m["from"]["is_bot"]]
            return sum("console is not here" in text for text in said) == times

        for times, line in enumerate(("/cancel", "/iptal", "/cancel 1 now", "/halt"), 1):
            await place.ask("say", person=OWNER, text=line, bot=SECOND)
            await place.until(f"an answer to {line}", partial(told, times))
        await sees(place, SECOND, OWNER, "https://t.me/")
        assert stands(OWNER) == "opted_in"
        assert not place.query("SELECT * FROM halt"), "nothing was stopped from there either"

        for person, line in ((ada, "/cancel"), (OWNER, "STOP")):
            await place.ask("say", person=person, text=line, bot=SECOND)
            await sees(place, SECOND, person, "not receive anything more")
            assert stands(person) == "opted_out"
