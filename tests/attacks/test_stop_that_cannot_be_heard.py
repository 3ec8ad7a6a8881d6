"""A STOP that the product cannot carry out, for a fault of its own: they get nothing all the same."""

from __future__ import annotations

import json
from pathlib import Path

from tests.attacks.stage import Town, town

_FAULT = """CREATE TRIGGER odd BEFORE INSERT ON consent_event
WHEN NEW.kind = 'opt_out' AND NEW.address_id =
    (SELECT address_id FROM address WHERE channel = 'telegram' AND value = '{}')
BEGIN SELECT RAISE(ABORT, 'odd'); END"""


async def doctor(place: Town) -> tuple[bool, str]:
    done = await place.run("doctor", "--json")
    found = json.loads(done.output.strip().splitlines()[-1])
    (check,) = [one for one in found["checks"] if one["name"] == "refusals"]
    return check["ok"], check["found"]


async def test_a_stop_whose_handling_fails_is_in_force_and_seen(tmp_path: Path) -> None:
    async with town(tmp_path, people=3) as place:
        people = [int(row[0]) for row in place.query("SELECT value FROM address ORDER BY value")]
        leaver = people[0]
        assert (await doctor(place))[0]
        place.change(_FAULT.format(leaver))
        await place.ask("say", person=leaver, text="STOP")

        async def held() -> bool:
            query = "SELECT asked_at FROM address WHERE value = ?"
            return bool(place.value(query, str(leaver)))

        await place.until("that they are held", held)
        number = await place.launched("The bridge is closed")
        await place.becomes(number, "completed")
        got = await place.received("The bridge is closed")
        assert (got[leaver], got[people[1]], got[people[2]]) == (0, 1, 1)
        well, found = await doctor(place)
        assert not well
        assert "1 could not be carried out (telegram:default)" in found

        place.change("DROP TRIGGER odd")  # the fault is mended, with a start
        await place.restart()
        await place.see(leaver, "the goodbye", "not receive anything more")
        assert (
            place.value("SELECT consent FROM address WHERE value = ?", str(leaver)) == "opted_out"
        )

        async def heard() -> bool:
            return (await doctor(place))[0]

        await place.until("that doctor is content", heard)
