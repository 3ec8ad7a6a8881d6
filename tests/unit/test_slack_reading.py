"""What Slack sends, read without Slack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.frontends.slack.command_words import as_typed
from bot.frontends.slack.event import Kind, code_in, command_line, event_id, origin, user_of
from bot.views.review_card import quoted
from broadcast.message import Entity, EntityKind, RichText

SAMPLES = Path(__file__).resolve().parents[3] / "shared/specs/slack-samples/json-logs/samples"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ("menu", "")),
        ("  approve 42 d1f3 ", ("approve", "42 d1f3")),
        ("/Status", ("status", "")),
        ("schedule 3 2026-12-01 09:00", ("schedule", "3 2026-12-01 09:00")),
    ],
)
def test_a_command_is_typed_as_on_telegram(text: str, line: tuple[str, str]) -> None:
    assert command_line(text) == line


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("claim-aB_-9", "claim-aB_-9"),
        (" /start invite-x ", "invite-x"),
        ("join invite-x", "invite-x"),
        ("join link-E6YCNT64", "link-E6YCNT64"),
        ("`invite-x`", "invite-x"),
        ("/tellal join invite-x", "invite-x"),
        ("`/tellal join invite-x`", "invite-x"),
        ("Invite-x", "invite-x"),
        ("*invite-x*.", "invite-x"),
        ("\u200binvite-x\u2060", "invite-x"),
        ("my invite-x is old", ""),
        ("invite-x invite-y", ""),
        ("hello", ""),
    ],
)
def test_a_code_is_found_in_what_people_send(text: str, code: str) -> None:
    assert code_in(text) == code


def test_commands_in_our_sentences_are_written_as_they_are_typed_there() -> None:
    bold = Entity(kind=EntityKind.BOLD, offset=0, length=3)
    code = Entity(kind=EntityKind.CODE, offset=14, length=8)
    text = RichText(text="Use it: like `/pause 3` or https://x.org/new", entities=(bold, code))
    shown = as_typed(text, "/duyuru")
    assert shown.text == "Use it: like `/duyuru pause 3` or https://x.org/new"
    assert shown.entities[0] == bold
    kept = shown.entities[1]
    assert shown.text[kept.offset : kept.offset + kept.length] == "/duyuru pause 3"


def test_what_a_person_wrote_is_no_command_of_ours() -> None:
    text = RichText(text=f"{quoted('Write /start to our bot')}: /status")
    shown = as_typed(text, "/broadcast").text
    assert shown.replace("\u2060", "") == "Write /start to our bot: /broadcast status"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not on this machine")
@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("app-backend/slash-commands/SlashCommandPayload.json", Kind.COMMAND),
        ("app-backend/interactive-components/BlockActionPayload.json", Kind.ACTION),
        ("app-backend/interactive-components/MessageShortcutPayload.json", Kind.SHORTCUT),
        ("app-backend/views/ViewSubmissionPayload.json", Kind.SUBMISSION),
        ("events/MessagePayload.json", Kind.EVENT),
        ("events/MessageChangedPayload.json", Kind.EVENT),
        ("events/UserChangePayload.json", Kind.EVENT),
    ],
)
def test_the_shapes_slack_publishes_are_read(file: str, kind: Kind) -> None:
    body = json.loads((SAMPLES / file).read_text())
    assert isinstance(user_of(body), str)
    assert isinstance(event_id(kind, body), str)
    assert origin(kind, body).user == user_of(body)
