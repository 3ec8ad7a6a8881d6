"""The list of who missed a broadcast: who may not have it gets it by no way, and no press counts twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.people import FIRST_ID
from tests.attacks.stage import APPROVER, AUTHOR, OWNER, Town, town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]
OTHER = 7004


async def missed(here: Town) -> int:
    """A broadcast of the author's that two of its twelve people missed for a passing reason."""
    for person in (FIRST_ID, FIRST_ID + 1):
        await here.ask(
            "faults", kind="error", channel="telegram", person=person, count=1, status=403,
            description="Forbidden: bot was blocked by the user",
        )  # fmt: skip
    number = await here.launched("Water is off tomorrow")
    await here.becomes(number, "completed", "paused")
    here.change("UPDATE address SET suppressed = ''")
    here.change("UPDATE delivery SET reason = 'unavailable' WHERE status = 30")
    assert here.value("SELECT count(*) FROM delivery WHERE status = 30") == 2
    return number


async def documents(here: Town, person: int) -> list[Any]:
    return [m["document"] for m in await here.messages(person) if m.get("document")]


def everywhere(folder: Path) -> list[str]:
    """The names of all files the product has."""
    return [file.name for file in folder.rglob("*")]


async def taken(here: Town) -> int:
    return int(here.value("SELECT count(*) FROM audit WHERE action = 'missed_file'"))


async def test_a_member_without_the_right_gets_the_list_by_no_way(tmp_path: Path) -> None:
    async with town(tmp_path, people=12) as here:
        await here.ask("people", id=OTHER, name="Deniz Ak", language="en")
        await here.ask("start", people=[OTHER])
        await here.join(OTHER, "author")
        number = await missed(here)
        line = f"missed {number} file"
        await here.ask("say", person=OTHER, text=f"/missed {number}")
        await here.see(OTHER, "the masked list", "2 people missed")
        assert not any("file" in str(m.get("reply_markup")) for m in await here.messages(OTHER))
        await here.ask("say", person=OTHER, text=f"/{line}")
        await here.see(OTHER, "why not", "only the author of #1, an approver or an owner gets it")
        message = (await here.messages(OTHER))[-1]["message_id"]
        for data in (f"a:{line}", f"a:missed {number} unavailable file", f"a:missed file {number}"):
            await here.ask("press", person=OTHER, message_id=message, data=data, force=True)
        # one who may, whose right goes while the press waits
        await here.ask("say", person=APPROVER, text=f"/missed {number}")
        message, _ = await here.button(APPROVER, line)
        gone = here.value("SELECT admin_id FROM admin WHERE name LIKE 'Murat%'")
        here.freeze()
        await here.ask("say", person=OWNER, text=f"/remove {gone} now")
        await here.ask("press", person=APPROVER, message_id=message, data=f"a:{line}", wait=0)
        here.thaw()

        async def handled() -> bool:
            active = here.value("SELECT active FROM admin WHERE admin_id = ?", gone)
            return not active and not here.value("SELECT count(*) FROM inbox WHERE NOT handled")

        await here.until("the removal, and the press that came with it", handled)
        await here.ask("say", person=AUTHOR, text=f"/{line}")

        async def came() -> bool:
            return bool(await documents(here, AUTHOR))

        await here.until("the author's own list", came)
        assert not await documents(here, OTHER) and not await documents(here, APPROVER)
        assert await taken(here) == 1
        assert not [name for name in everywhere(tmp_path) if "missed" in name]


async def test_the_button_pressed_by_two_at_once_and_late_sends_to_each_once(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, people=12) as here:
        number = await missed(here)
        places = []
        for who in (OWNER, APPROVER):
            await here.ask("say", person=who, text=f"/missed {number}")
            places.append((who, *await here.button(who, f"retry {number} failed")))
        here.freeze()
        for who, message, line in places * 2:
            await here.ask("press", person=who, message_id=message, data=line, wait=0)
        here.thaw()
        await here.becomes(number, "completed")

        async def all_got_it() -> bool:
            return len(await here.received("Water is off tomorrow")) == 12

        await here.until("both who had missed it", all_got_it)
        counts = await here.received("Water is off tomorrow")
        assert set(counts.values()) == {1}, counts
        said = "\n".join(await here.said(OWNER) + await here.said(APPROVER))
        assert said.count("Trying again for 2 people") == 1
        assert here.value("SELECT count(*) FROM audit WHERE action = 'retried'") == 1
        who, message, line = places[1]
        await here.ask("press", person=who, message_id=message, data=line, force=True)
        await here.see(who, "that there is nobody left", "nobody to try again")
