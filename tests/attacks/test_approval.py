"""What is approved is what was seen, and exactly that: each way around it, played."""

from __future__ import annotations

import copy
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from broadcast.services import edition
from tests.attacks.stage import APPROVER, AUTHOR, OWNER, Town, town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]
HOLD = "600"  # as long as it takes; `hold_ends` ends it
TEMPLATE = {
    "name": "promo", "language": "tr", "category": "MARKETING",
    "components": [{"type": "BODY", "text": "Merhaba {{first_name}}, yeni sergi açıldı.",
                    "example": {"body_text_named_params": [
                        {"param_name": "first_name", "example": "Ada"}]}}],
    "parameter_format": "NAMED",
}  # fmt: skip


async def test_two_texts_whose_digests_begin_alike_are_not_taken_for_each_other(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, people=3) as here:
        number = await here.submitted("Water is off tomorrow")
        (found,) = here.query("SELECT document FROM submission")[0]
        seen, hidden = _colliding(json.loads(found))
        await _rewrite(here, number, seen)
        await here.press(AUTHOR, f"submit {number}")
        await here.see(APPROVER, "the harmless text", seen)
        message, line = await here.button(APPROVER, f"approve {number}")
        await _rewrite(here, number, hidden)
        await here.press(AUTHOR, f"submit {number}")
        await here.becomes(number, "in_review")
        await here.see(APPROVER, "the other text, posted again", hidden)
        await here.ask("press", person=APPROVER, message_id=message, data=line, force=True)
        await here.see(APPROVER, "why not", "changed after you saw it")
        assert here.status(number) == "in_review"
        assert here.value("SELECT count(*) FROM approval") == 0
        _, newer = await here.button(APPROVER, f"approve {number}")
        assert newer != line


def _colliding(document: dict[str, Any]) -> tuple[str, str]:
    """Two texts for this document whose digests share their first eight characters."""
    known: dict[str, str] = {}
    made = copy.deepcopy(document)
    for number in itertools.count():
        text = f"Water is off, notice {number}"
        made["message"]["text"]["text"] = text
        start = edition.digest(made)[:8]
        if start in known:
            return known[start], text
        known[start] = text
    raise AssertionError


async def _rewrite(here: Town, number: int, text: str) -> None:
    await here.ask("say", person=AUTHOR, text=f"/content {number}")
    await here.see(AUTHOR, "the question", f"Send me the new message for #{number}")
    await here.ask("say", person=AUTHOR, text=text)
    await here.becomes(number, "draft")

    async def taken() -> bool:
        content = str(here.value("SELECT content FROM broadcast WHERE broadcast_id = ?", number))
        return text in content

    await here.until("the new text", taken)


async def test_a_template_stands_on_every_card_and_what_changed_since_does_not_go(
    tmp_path: Path,
) -> None:
    hold = {"TELLAL_UNDO_HOLD_SECONDS": HOLD}
    async with town(tmp_path, people=2, meta=True, **hold) as here:
        phone = (await here.contact("whatsapp", person=1_000_000_020))["phone"]
        done = await here.take_in([f"whatsapp,+{phone.lstrip('+')},Ada,tr,opted_in,fair"])
        assert done.process.returncode == 0, done.output
        await here.ask("templates", channel="whatsapp", create=TEMPLATE)
        number = await here.draft("The new exhibition is open")
        await here.ask("say", person=AUTHOR, text=f"/outside {number} whatsapp promo tr")
        await here.see(AUTHOR, "the blanks", "blanks")
        await here.ask("say", person=AUTHOR, text="{name} ve ailesi")
        await here.see(AUTHOR, "the template in the preview", "Merhaba {name} ve ailesi, yeni")
        await here.press(AUTHOR, f"submit {number}")
        for line in (f"/open {number}", f"/preview {number}", f"/approve {number}"):
            before = len(await here.said(APPROVER))
            await here.ask("say", person=APPROVER, text=line)
            await _sees_since(
                here, APPROVER, before, r"promo \(tr\)\nMerhaba {name} ve ailesi, yeni"
            )
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "holding")
        await _change_template(here, "Merhaba {{first_name}}, her şey yarı fiyatına.")
        await here.hold_ends()
        await here.becomes(number, "in_review")
        await here.see(APPROVER, "why", "the text of a template has changed")
        await here.see(APPROVER, "the text of now", "her şey yarı fiyatına")
        await here.see(AUTHOR, "why", "Asked again: .*the text of a template has changed")
        assert not (await here.received("exhibition"))
        assert not await here.bubbles("whatsapp", 1_000_000_020)


async def _change_template(here: Town, text: str) -> None:
    """As whoever looks after the account does in WhatsApp Manager, and Meta approves it."""
    settings = here.settings
    url = f"{settings['TELLAL_WHATSAPP__API_URL']}/v23.0"
    headers = {"Authorization": f"Bearer {settings['TELLAL_WHATSAPP__ACCESS_TOKEN']}"}
    listed = f"{url}/{settings['TELLAL_WHATSAPP__BUSINESS_ACCOUNT_ID']}/message_templates"
    async with here.client.get(listed, headers=headers) as answer:
        listing = (await answer.json())["data"]
    found = next(one for one in listing if one["name"] == TEMPLATE["name"])
    body = copy.deepcopy(TEMPLATE["components"])
    body[0]["text"] = text  # type: ignore[index]
    async with here.client.post(
        f"{url}/{found['id']}", headers=headers, json={"components": body}
    ) as answer:
        assert answer.status == 200, await answer.text()


async def _sees_since(here: Town, person: int, before: int, pattern: str) -> None:
    import re

    async def look() -> bool:
        return any(re.search(pattern, text) for text in (await here.said(person))[before:])

    await here.until(pattern, look)


async def test_what_is_typed_decides_nothing(tmp_path: Path) -> None:
    async with town(tmp_path, people=3) as here:
        number = await here.submitted("Water is off tomorrow")
        asked = here.value("SELECT submission FROM broadcast WHERE broadcast_id = ?", number)
        digest = here.value("SELECT digest FROM submission")
        for word in ("", "d1f3", asked[:8], digest[:8], digest, asked):
            before = len(await here.said(APPROVER))
            await here.ask("say", person=APPROVER, text=f"/approve {number} {word}".strip())
            await _sees_since(here, APPROVER, before, "asks for approval")
            assert here.status(number) == "in_review"
        assert here.value("SELECT count(*) FROM approval") == 0


async def test_a_file_replaced_on_disk_leaves_to_nobody(tmp_path: Path) -> None:
    hold = {"TELLAL_UNDO_HOLD_SECONDS": HOLD}
    async with town(tmp_path, people=3, **hold) as here:
        number = await here.launched("See the map", photo="photo")
        await here.becomes(number, "holding")
        assert here.product is not None
        await here.product.end()
        (file,) = [f for f in (tmp_path / "media").iterdir() if len(f.name) == 64]
        file.write_bytes(b"\x89PNG\r\n\x1a\n another picture")
        here.change("UPDATE stored_file SET handles = '{}'")  # the platform has forgotten it
        await here.hold_ends()
        await here.becomes(number, "paused")
        await here.see(OWNER, "why", "a file is not what was approved any more")
        assert not await here.received("See the map")
        await here.ask("say", person=APPROVER, text=f"/resume {number}")
        await here.becomes(number, "sending", "paused")
        await here.becomes(number, "paused")
        assert not await here.received("See the map")


async def test_the_canary_cannot_be_switched_off_after_the_yes(tmp_path: Path) -> None:
    async with town(tmp_path, people=6, TELLAL_UNDO_HOLD_SECONDS=HOLD) as here:
        number = await here.draft("Water is off tomorrow")
        await here.ask("say", person=AUTHOR, text=f"/canary {number} 2 ask")
        await here.see(AUTHOR, "the canary", "First 2")
        await here.press(AUTHOR, f"submit {number}")
        await here.see(APPROVER, "the canary on the card", "First 2, then a look")
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "holding")
        await here.ask("say", person=AUTHOR, text=f"/canary {number} off")
        await here.see(AUTHOR, "what that means", "needs approval again")
        assert here.status(number) == "draft"
        await here.see(APPROVER, "that it is void", "until it is approved again")
        assert not await here.received("Water is off")


@pytest.mark.parametrize("choice", ["audience {} tr", "outside {} wait", "overflow {} cut"])
async def test_any_choice_changed_after_the_yes_voids_it(tmp_path: Path, choice: str) -> None:
    async with town(tmp_path, people=3, TELLAL_UNDO_HOLD_SECONDS=HOLD) as here:
        number = await here.launched("Water is off tomorrow")
        await here.becomes(number, "holding")
        await here.ask("say", person=AUTHOR, text="/" + choice.format(number))
        await here.becomes(number, "draft")
        await here.see(APPROVER, "who changed it", "changed it after you approved it")
        assert not await here.received("Water is off")


async def test_an_import_during_the_hold_is_asked_about(tmp_path: Path) -> None:
    async with town(tmp_path, people=3, TELLAL_UNDO_HOLD_SECONDS=HOLD) as here:
        number = await here.launched("Water is off tomorrow")
        await here.becomes(number, "holding")
        await here.see(APPROVER, "the number beside the yes", "Approved by Murat.*, for 3 people")
        await here.subscribers(20, first=100)
        await here.hold_ends()
        await here.becomes(number, "in_review")
        for person in (APPROVER, AUTHOR):
            await here.see(person, "why", "It would reach 23 people now; it was 3")
        assert not await here.received("Water is off")
        await here.press(APPROVER, f"approve {number}")
        await here.becomes(number, "completed")
        assert len(await here.received("Water is off")) == 23


async def test_an_import_between_the_card_and_the_yes_is_asked_about(tmp_path: Path) -> None:
    async with town(tmp_path, people=3) as here:
        number = await here.submitted("Water is off tomorrow")
        _, line = await here.button(APPROVER, f"approve {number}")
        await here.subscribers(20, first=100)
        await here.press(APPROVER, f"approve {number}")
        await here.see(APPROVER, "the card of now", "It would reach 23 people now; it was 3")
        _, newer = await here.button(APPROVER, f"approve {number}")
        assert newer != line
        assert here.status(number) == "in_review"
        assert not await here.received("Water is off")


async def test_an_old_yes_does_not_outlive_the_rules_it_was_given_under(tmp_path: Path) -> None:
    alone = {"TELLAL_ALLOW_SELF_APPROVAL": "true", "TELLAL_UNDO_HOLD_SECONDS": "30"}
    async with town(tmp_path, people=3, **alone) as here:
        number = await here.draft("Water is off tomorrow", OWNER)
        await here.press(OWNER, f"submit {number}")
        await here.press(OWNER, f"approve {number}")
        await here.becomes(number, "holding")
        await here.restart(
            TELLAL_ALLOW_SELF_APPROVAL="false", TELLAL_APPROVALS_REQUIRED="3",
            TELLAL_UNDO_HOLD_SECONDS="0",
        )  # fmt: skip
        await here.becomes(number, "in_review")
        await here.see(APPROVER, "why", "needs 3 approvals by others; it has 0")
        await here.see(OWNER, "why", "needs 3 approvals by others; it has 0")
        assert not await here.received("Water is off")


async def test_the_yes_of_somebody_removed_since_does_not_count(tmp_path: Path) -> None:
    async with town(tmp_path, people=3, TELLAL_UNDO_HOLD_SECONDS=HOLD) as here:
        number = await here.launched("Water is off tomorrow")
        await here.becomes(number, "holding")
        gone = here.value("SELECT admin_id FROM admin WHERE name LIKE 'Murat%'")
        await here.ask("say", person=OWNER, text=f"/remove {gone} now")
        await here.see(APPROVER, "the removal", "has taken you out of this team")
        await here.hold_ends()
        await here.becomes(number, "in_review")
        await here.see(OWNER, "why", "Murat Demir may not approve any more")
        assert not await here.received("Water is off")
        await here.press(OWNER, f"approve {number}")
        await here.becomes(number, "completed")
        assert len(await here.received("Water is off")) == 3


async def test_another_number_behind_the_same_account_is_not_what_was_approved(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, people=3, meta=True, TELLAL_UNDO_HOLD_SECONDS="30") as here:
        number = await here.launched("Water is off tomorrow")
        await here.becomes(number, "holding")
        assert here.product is not None
        await here.product.end()
        here.settings["TELLAL_UNDO_HOLD_SECONDS"] = "0"
        here.settings["TELLAL_WHATSAPP__PHONE_NUMBER_ID"] += "9"
        await here.start()
        await here.becomes(number, "in_review")
        await here.see(APPROVER, "why", "who it comes from has changed")
        assert not await here.received("Water is off")
