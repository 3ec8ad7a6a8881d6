"""A form in Slack: what was put in comes back, and what was only looked at stays as it is."""

from __future__ import annotations

from typing import Any

from bot.chat import Field, FieldKind, Form
from bot.frontends.slack.modal import (
    NOTE,
    about,
    closes,
    errors,
    form_view,
    line_of,
    noted,
    place_of,
    sheet,
    values,
)
from bot.frontends.slack.rich_text import rich_text_value
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


def test_a_fault_that_belongs_to_no_field_stands_at_the_first() -> None:
    fields = (Field("a", FieldKind.LINES, "A"), Field("b", FieldKind.LINES, "B"))
    view = form_view(Form("x", fields, "save 1", "x"), speech("en"))
    said = {"": "gone", "b": "wrong", "nowhere": "odd"}
    assert set(errors(noted(view, "It was changed."), said)) == {"a", "b"}


def test_a_note_stands_above_and_never_twice() -> None:
    fields = (Field("a", FieldKind.LINES, "A"),)
    view = form_view(Form("x", fields, "reject 3 abc", "x", closes=True), speech("en"), "C1")
    once = noted(view, "Anna was faster.")
    assert [b.get("block_id") for b in once["blocks"]] == [NOTE, "a"]
    assert noted(noted(once, "Mert was faster."), "") == view
    assert (closes(once), place_of(once), line_of(once)) == (True, "C1", "reject 3 abc")
    assert about(once) == 3


def test_a_window_about_several_broadcasts_or_none_is_about_none() -> None:
    def shown(*commands: str) -> dict[str, Any]:
        elements = [{"type": "button", "value": line} for line in commands]
        return sheet("x", [{"type": "actions", "elements": elements}], speech("en"))

    assert about(shown("approve 3 abc", "reject 3 abc", "menu")) == 3
    assert about(shown("open 3", "open 4")) == 0
    assert about(shown("new", "menu all", "halt")) == 0


def test_what_a_window_of_somebody_elses_holds_is_read_with_care() -> None:
    for odd in ("", "null", "[]", "3", "{", '{"closes": "yes"}', None):
        assert line_of({"private_metadata": odd}) == ""
        assert not closes({"private_metadata": odd})
