"""A form in Slack: what was put in comes back, and what was only looked at stays as it is."""

from __future__ import annotations

from typing import Any

from bot.chat import Field, FieldKind, Form
from bot.frontends.slack_drawing import rich_text_value
from bot.frontends.slack_modal import form_view, values
from broadcast.language import speech
from broadcast.message import Entity, EntityKind, RichText

HIDDEN = RichText(
    text="Kazanan: Ada", entities=(Entity(kind=EntityKind.SPOILER, offset=9, length=3),)
)


def submitted(before: RichText, written: RichText) -> dict[str, Any]:
    """The view Slack sends back when `written` stands where `before` was shown."""
    form = Form("x", (Field("text", FieldKind.RICH_TEXT, "Message", value=before),), "save 1", "x")
    answer = {"type": "rich_text_input", "rich_text_value": rich_text_value(written)}
    return form_view(form, speech("en")) | {"state": {"values": {"text": {"value": answer}}}}


def test_a_text_left_as_it_was_keeps_what_slack_cannot_show() -> None:
    assert "text" not in values(submitted(HIDDEN, HIDDEN), {})


def test_a_text_that_was_changed_is_what_was_written() -> None:
    written = RichText(
        text="Kazanan: Grace", entities=(Entity(kind=EntityKind.BOLD, offset=9, length=5),)
    )
    assert values(submitted(HIDDEN, written), {}) == {"text": written}
    assert values(submitted(RichText(), written), {}) == {"text": written}
