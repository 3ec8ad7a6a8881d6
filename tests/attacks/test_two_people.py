"""Two people means two people: each way for one to do both, played."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.stage import APPROVER, AUTHOR, OWNER, town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


async def test_whoever_rewrites_anothers_draft_is_its_author_too(tmp_path: Path) -> None:
    async with town(tmp_path, people=3) as here:
        number = await here.draft("Water is off tomorrow")
        await here.ask("say", person=OWNER, text=f"/content {number}")
        await here.see(OWNER, "the question", "Send me the new message")
        await here.ask("say", person=OWNER, text="Vote for me tomorrow")
        await here.press(OWNER, f"submit {number}")
        await here.see(APPROVER, "both names", "Ece Kaya, Ayşe Yılmaz asks for approval")
        line = (await here.button(APPROVER, f"approve {number}"))[1]
        message = (await here.messages(OWNER))[-1]["message_id"]
        await here.ask("press", person=OWNER, message_id=message, data=line, force=True)
        await here.see(OWNER, "why not", "You wrote this one, or a part of it")
        assert here.status(number) == "in_review"
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "completed")


@pytest.mark.parametrize(
    "line", ["/audience {} tr", "/canary {} 2", "/schedule {} +60", "/overflow {} cut"]
)
async def test_whoever_chose_anything_cannot_approve_it(tmp_path: Path, line: str) -> None:
    async with town(tmp_path, people=0) as here:
        number = await here.draft("Water is off tomorrow")
        await here.subscribers(3)
        await here.take_in(["telegram,9001,,tr,opted_in,fair", "telegram,9002,,tr,opted_in,fair"])
        await here.ask("say", person=OWNER, text=line.format(number))

        async def shaped() -> bool:
            return bool(here.value("SELECT count(*) = 2 FROM shaping"))

        await here.until("two who shaped it", shaped)
        await here.press(AUTHOR, f"submit {number}")
        await here.button(APPROVER, f"approve {number}")
        await here.ask("say", person=OWNER, text=f"/approve {number}")
        await here.see(OWNER, "why not", "You wrote this one, or a part of it")


@pytest.mark.parametrize("hold", ["0", "3"])
async def test_the_waiting_press_of_somebody_removed_is_not_carried_out(
    tmp_path: Path, hold: str
) -> None:
    async with town(tmp_path, people=3, TELLAL_UNDO_HOLD_SECONDS=hold) as here:
        gone = here.value("SELECT admin_id FROM admin WHERE name LIKE 'Murat%'")
        number = await here.submitted("Water is off tomorrow")
        message, line = await here.button(APPROVER, f"approve {number}")
        here.freeze()
        await here.ask("say", person=OWNER, text=f"/remove {gone} now")
        await here.ask("press", person=APPROVER, message_id=message, data=line, wait=0)
        here.thaw()

        async def removed() -> bool:
            active = here.value("SELECT active FROM admin WHERE admin_id = ?", gone)
            return not active and not here.value("SELECT count(*) FROM inbox WHERE NOT handled")

        await here.until("the removal, and whatever came with it", removed)
        await here.becomes(number, "in_review")
        asked = here.value("SELECT submission FROM broadcast")
        await here.press(OWNER, f"approve {number} {asked}")  # the first that lets anything out
        await here.becomes(number, "completed")
        yes = here.query("SELECT DISTINCT admin_id FROM approval WHERE approved AND submission = "
                         "(SELECT submission FROM broadcast)")  # fmt: skip
        assert yes == [(here.value("SELECT admin_id FROM admin WHERE role = 'owner'"),)]
