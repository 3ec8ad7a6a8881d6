"""What Meta tells of an account and of messages, read as it is meant."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from broadcast.message import Media, MediaKind, Message, RichText
from channels.messenger import callbacks as messenger
from channels.whatsapp import callbacks, content
from channels.whatsapp.adapter import WhatsAppChannel
from channels.whatsapp.config import Config
from channels.whatsapp.events import event_of


@pytest.mark.parametrize(
    ("event", "ban", "pauses"),
    [
        ("DISABLED_UPDATE", {"waba_ban_state": "REINSTATE"}, False),
        ("DISABLED_UPDATE", {"waba_ban_state": "DISABLE", "waba_ban_date": "2026-10-02"}, True),
        ("DISABLED_UPDATE", {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}, True),
        ("DISABLED_UPDATE", None, True),
        ("ACCOUNT_VIOLATION", {"waba_ban_state": None}, True),
        ("VERIFIED_ACCOUNT", None, False),
    ],
)
def test_a_ban_that_ended_is_good_news(event: str, ban: Any, pauses: bool) -> None:
    said = event_of("account_update", {"event": event, "ban_info": ban})
    assert said is not None and said.pause is pauses
    if isinstance(ban, dict) and ban["waba_ban_state"]:
        assert said.values["event"] == ban["waba_ban_state"].lower().replace("_", " ")


@pytest.mark.parametrize(
    ("action", "pauses"),
    [
        ("block", True),
        ("warning", True),
        ("unblock", False),
        ("REINSTATE", False),
        ("UNBLOCK", False),
    ],
)
def test_what_meta_does_to_a_page_stops_it_only_where_it_is_bad_news(
    action: str, pauses: bool
) -> None:
    update = {"event": {"policy_enforcement": {"action": action, "reason": "x"}}}
    event = messenger.enforcement(update)
    assert event is not None and event.pause is pauses


def test_a_status_without_our_mark_is_known_by_the_messages_id() -> None:
    status = {"id": "wamid.7", "status": "read", "timestamp": "1764000000", "recipient_id": "9053"}
    odd = [{"status": "read"}, {"id": None, "status": "read"}, {"id": "x", "status": "unknown"}]
    (receipt,) = callbacks.receipts({"statuses": [status, *odd]})
    assert (receipt.delivery_id, receipt.receipt_id, receipt.at) == (0, "wamid.7", 1764000000.0)


@pytest.mark.parametrize(
    ("mime", "voice"),
    [("audio/ogg", True), ("audio/ogg; codecs=opus", True), ("", True), ("audio/mpeg", False)],
)
def test_a_voice_note_stays_one(mime: str, voice: bool) -> None:
    item = Media(media_id=1, kind=MediaKind.VOICE, mime=mime)
    made = content.messages_of(Message(text=RichText(text=""), media=(item,)), {1: "77"}, "en")
    assert made[0]["audio"].get("voice", False) is voice
    music = Media(media_id=1, kind=MediaKind.AUDIO, mime="audio/ogg")
    made = content.messages_of(Message(text=RichText(text=""), media=(music,)), {1: "77"}, "en")
    assert "voice" not in made[0]["audio"]


@pytest.mark.parametrize(
    ("interactive", "kind", "text"),
    [
        ({"type": "button_reply", "button_reply": {"id": "s:out", "title": "x"}}, "choice", ""),
        ({"type": "button_reply", "button_reply": {"id": "77", "title": "STOP"}}, "text", "STOP"),
        ({"type": "list_reply", "list_reply": {"id": "a", "title": "Leave"}}, "text", "Leave"),
    ],
)
def test_a_button_of_another_program_speaks_by_its_words(
    interactive: dict[str, Any], kind: str, text: str
) -> None:
    heard = callbacks.inbound("default", "e1", pressed(interactive))
    assert heard is not None and (heard.kind, heard.text) == (kind, text)


@pytest.mark.parametrize("kind", ["nfm_reply", "call_permission_reply", "of_next_year"])
def test_a_form_that_was_sent_or_a_permission_is_not_answered(kind: str) -> None:
    odd = {"type": kind, kind: {"name": "flow", "response_json": "{}"}}
    assert callbacks.inbound("default", "e1", pressed(odd)) is None


def pressed(interactive: dict[str, Any]) -> dict[str, Any]:
    message = {"from": "905320000001", "id": "m", "type": "interactive", "interactive": interactive}
    return {"message": message}


async def test_news_of_templates_waits_for_no_answer_of_metas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Meta does not answer, and tells of thirty templates: the team's commands wait for none."""
    asked, answers = 0, asyncio.Event()

    async def slow(_: WhatsAppChannel) -> list[Any]:
        nonlocal asked
        asked += 1
        await answers.wait()
        return []

    async def told(*_: object) -> None: ...

    monkeypatch.setattr(WhatsAppChannel, "list_templates", slow)
    parts = dict.fromkeys(("pace", "find_media", "hear", "report"))
    channel = WhatsAppChannel(
        Config(phone_number_id="1", access_token="t"), account="default", alert=told, language="en",
        **parts,
    )  # fmt: skip
    async with asyncio.timeout(10):
        for n in range(30):
            news = {"message_template_name": f"t{n}", "message_template_language": "en",
                    "new_category": "MARKETING"}  # fmt: skip
            await channel.receive({"field": "template_category_update", "value": news})
            await asyncio.sleep(0)
    assert asked == 1
    answers.set()
    assert channel._looking is not None
    await channel._looking
    assert asked == 2, "what was told while we looked is looked at again"
