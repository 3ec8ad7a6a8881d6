"""Modals: a form as a view, what was put into it, and a sheet that shows replies (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.chat import Field, FieldKind, Form, Value
from bot.frontends.slack.buttons import number, words
from bot.frontends.slack.rich_text import rich_text_value
from bot.frontends.slack.rich_text_in import Names, from_rich_text
from broadcast.language import N_, Speech
from broadcast.lenient_json import a_dict, a_text
from broadcast.message import RichText

Json = dict[str, Any]
FORM, SHEET = "form", "sheet"  # callback ids
NOTE = "note"  # the block above the fields that says what has changed
VALUE = "value"  # the action id of every field; its block id is the field's name
# Facts 4.3
TITLE, LABEL, TYPED, OPTION, FILES, VIEW_BLOCKS = 24, 2000, 3000, 75, 10, 100
_TOO_LONG_TO_SHOW = N_(
    "{label}: too long for a window of Slack, so this is not shown here and stays as it is. Write to "
    "me directly to change it."
)


def form_view(form: Form, speech: Speech, place: str = "") -> Json:
    """Submitting it runs the form's command line, kept in `private_metadata`. `place`: the
    conversation it was asked for in, for an answer after it closed."""
    kept = {"line": form.command} | ({"closes": True, "place": place} if form.closes else {})
    return {
        "type": "modal",
        "notify_on_close": True,
        "callback_id": FORM,
        "title": words(form.title, TITLE),
        "submit": words(form.submit, TITLE),
        "close": words(speech.plain("Close"), TITLE),
        "private_metadata": json.dumps(kept),
        "blocks": [block for field in form.fields for block in _field(field, speech)],
    }


def line_of(view: Mapping[str, Any]) -> str:
    """The command line a submitted view runs; empty for a view that is not a form."""
    return a_text(_kept(view).get("line"))


def closes(view: Mapping[str, Any]) -> bool:
    """Whether a form is done with when it is submitted."""
    return _kept(view).get("closes") is True


def place_of(view: Mapping[str, Any]) -> str:
    """The conversation in which a form that closes was asked for; empty where that was none."""
    return a_text(_kept(view).get("place"))


def _kept(view: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return a_dict(json.loads(view.get("private_metadata") or "{}"))
    except (ValueError, TypeError):
        return {}


def about(view: Mapping[str, Any]) -> int:
    """The one broadcast that a window is about; 0: none, or several."""
    lines = [line_of(view)] if view.get("callback_id") == FORM else _lines(view)
    named = [(line.split(None, 2) + ["", ""])[1].lstrip("#") for line in lines]
    found = {int(number) for number in named if number.isdecimal()}
    return found.pop() if len(found) == 1 else 0


def _lines(view: Mapping[str, Any]) -> list[str]:
    """The command lines behind the buttons of a view."""
    return [
        a_text(element.get("value"))
        for block in view["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def noted(view: Json, sentence: str) -> Json:
    """The same form with a sentence above its fields, in place of one that stood there. What was
    typed stays: blocks and elements keep their ids."""
    own = [block for block in view["blocks"] if block.get("block_id") != NOTE]
    if not sentence:
        return {**view, "blocks": own}
    text = words(f"⚠️ {sentence}", LABEL)
    return {**view, "blocks": [{"type": "section", "block_id": NOTE, "text": text}, *own]}


def sheet(title: str, blocks: Iterable[Json], speech: Speech) -> Json:
    """A modal without questions: replies to read and buttons to press."""
    shown = [dict(block) for block in blocks][:VIEW_BLOCKS]
    number(shown)
    return {
        "type": "modal",
        "notify_on_close": True,
        "callback_id": SHEET,
        "title": words(title, TITLE),
        "close": words(speech.plain("Close"), TITLE),
        "blocks": shown,
    }


def saving(speech: Speech) -> Json:
    """What stands there while files are fetched and the draft is kept."""
    text = speech.plain("One moment, I am saving it …")
    block = {"type": "section", "text": {"type": "plain_text", "text": text}}
    return sheet("Tellal", [block], speech)


def values(view: Mapping[str, Any], names: Names) -> dict[str, Value]:
    """What was put into a form, by field name; files are still Slack's, see `files`.

    A formatted text left as it was shown is absent: so it keeps what Slack cannot show.
    """
    shown = {
        block.get("block_id"): block["element"].get("initial_value")
        for block in view["blocks"]
        if block["type"] == "input"
    }
    found: dict[str, Value] = {}
    for name, actions in view["state"]["values"].items():
        for answer in actions.values():
            if answer.get("type") == "file_input":
                continue
            if answer.get("type") == "rich_text_input" and _same(answer, shown.get(name)):
                continue
            found[str(name)] = _value(answer, names)
    return found


def _same(answer: Mapping[str, Any], shown: Any) -> bool:
    written = answer.get("rich_text_value")
    if not written or not shown:
        return False
    return from_rich_text([written], {}) == from_rich_text([shown], {})


def files(state: Mapping[str, Any]) -> dict[str, list[Json]]:
    """Slack's files by field name."""
    return {
        str(name): list(answer.get("files") or [])
        for name, actions in state.items()
        for answer in actions.values()
        if answer.get("type") == "file_input"
    }


def rich_texts(state: Mapping[str, Any]) -> list[Json]:
    """The formatted texts as Slack's blocks, for what they mention and what they lose."""
    answers = (answer for actions in state.values() for answer in actions.values())
    return [answer["rich_text_value"] for answer in answers if answer.get("rich_text_value")]


def errors(view: Mapping[str, Any], found: Mapping[str, str]) -> dict[str, str]:
    """By block, as Slack takes them: what belongs to no field stands at the first."""
    blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    return {(name if name in blocks else blocks[0]): text for name, text in found.items()}


def _value(answer: Mapping[str, Any], names: Names) -> Value:
    match answer.get("type"):
        case "rich_text_input":
            written = answer.get("rich_text_value")
            return from_rich_text([written], names) if written else RichText()
        case "static_select":
            return a_text((answer.get("selected_option") or {}).get("value"))
        case "datetimepicker":
            chosen = answer.get("selected_date_time")
            return datetime.fromtimestamp(chosen, UTC) if chosen else None
        case _:
            return str(answer.get("value") or "")


def _field(field: Field, speech: Speech) -> list[Json]:
    if field.kind == FieldKind.LINES and len(str(field.value or "")) > (field.limit or TYPED):
        # Cut, it would be saved cut. What a form does not hold stays as it is.
        kept = speech.plain(_TOO_LONG_TO_SHOW, label=field.label)
        return [{"type": "section", "text": {"type": "plain_text", "text": kept}}]
    block: Json = {
        "type": "input",
        "block_id": field.name,
        "label": words(field.label, LABEL),
        "optional": not field.required,
        "element": _element(field),
    }
    if field.hint:
        block["hint"] = words(field.hint, LABEL)
    has = ", ".join(media.filename or media.kind.value for media in _media(field.value))
    if has:
        block["label"] = words(f"{field.label} (📎 {has})", LABEL)
    return [block]


def _media(value: Value) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def _element(field: Field) -> Json:
    match field.kind:
        case FieldKind.RICH_TEXT:
            made: Json = {"type": "rich_text_input", "action_id": VALUE}
            if isinstance(field.value, RichText) and field.value.text:
                made["initial_value"] = rich_text_value(field.value)
        case FieldKind.FILES:
            made = {"type": "file_input", "action_id": VALUE, "max_files": FILES}
        case FieldKind.LINES:
            made = {
                "type": "plain_text_input", "action_id": VALUE, "multiline": True,
                "max_length": field.limit or TYPED,
            }  # fmt: skip
            if field.value:
                made["initial_value"] = str(field.value)
        case FieldKind.MOMENT:
            made = {"type": "datetimepicker", "action_id": VALUE}
            if isinstance(field.value, datetime):
                made["initial_date_time"] = int(field.value.timestamp())
        case FieldKind.CHOICE:
            options = {
                value: {"text": words(label, OPTION), "value": value}
                for value, label in field.options
            }
            made = {
                "type": "static_select", "action_id": VALUE, "options": list(options.values())
            }  # fmt: skip
            if field.value in options:
                made["initial_option"] = options[str(field.value)]
    return made
