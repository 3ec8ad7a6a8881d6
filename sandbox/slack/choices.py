"""What a person types and picks: the state of each interactive element, as Slack reports it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack.rich_text import from_mrkdwn
from sandbox.slack.workspace import Json

# Element type → the field of its state (and, after "initial_", of the element that sets it).
FIELDS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", ""),
}
STATELESS = {"button", "overflow"}


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element a person can use, with the block it stands in."""
    for block in blocks:
        found = [block.get("accessory"), block.get("element")]
        if block["type"] == "actions":
            found += block["elements"]
        for element in found:
            if element and element["type"] in FIELDS.keys() | STATELESS:
                yield block, element


def state_of(blocks: list[Json], typed: dict[tuple[str, str], Json]) -> Json:
    """state.values: what was typed, else what the app set at first."""
    values: Json = {}
    for block, element in interactive(blocks):
        if element["type"] in STATELESS:
            continue
        key = (block["block_id"], element["action_id"])
        values.setdefault(key[0], {})[key[1]] = typed.get(key) or initial(element)
    return values


def initial(element: Json) -> Json:
    """The state before anybody touched it."""
    field, given = FIELDS[element["type"]]
    many = field.endswith("s")
    return {"type": element["type"], field: element.get(given) or ([] if many else None)}


def label_of(block: Json, element: Json) -> str:
    """What a person reads beside it (an input's label) or on it (a button's text)."""
    if block["type"] == "input":
        return str(block["label"]["text"])
    for name in ("text", "placeholder"):
        if isinstance(element.get(name), dict):
            return str(element[name]["text"])
    return str(element.get("action_id", ""))


def choose(element: Json, wish: Any) -> Json:
    """The state after a person's choice. Options go by label or value. ValueError if impossible."""
    kind = element["type"]
    field, _ = FIELDS[kind]
    if kind in ("static_select", "radio_buttons", "multi_static_select", "checkboxes"):
        if field == "selected_options":
            wanted = wish if isinstance(wish, list) else [wish]
            value: Any = [option_of(element, one) for one in wanted]
        else:
            value = None if wish is None else option_of(element, wish)
    elif kind == "rich_text_input":
        value = from_mrkdwn(wish) if isinstance(wish, str) and wish else wish or None
    elif kind == "datetimepicker":
        value = None if wish is None else int(wish)
    elif field.endswith("s"):
        value = wish if isinstance(wish, list) else [wish]
    else:
        value = None if wish in (None, "") else str(wish)
    return {"type": kind, field: value}


def option_of(element: Json, wish: Any) -> Json:
    """An option by its value or its label."""
    options = list(element.get("options") or ())
    for group in element.get("option_groups") or ():
        options += group["options"]
    for option in options:
        if wish in (option.get("value"), option["text"]["text"]):
            return dict(option)
    raise ValueError(f"no option {wish!r}; there are {[o['text']['text'] for o in options]}")


def refused_by_client(block: Json, element: Json, state: Json) -> str:
    """Why Slack's own client would not send this input; empty when it would."""
    field, _ = FIELDS[element["type"]]
    value = state.get(field)
    if not value:
        return "" if block.get("optional") else "Please complete this required field."
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if not least <= len(value) <= most:
            return f"Please enter {least} to {most} characters."
    if element["type"] == "number_input":
        return _number(element, str(value))
    if element["type"] == "email_text_input" and not re.fullmatch(r"\S+@\S+\.\S+", str(value)):
        return "Please enter a valid email address."
    if element["type"] == "url_text_input" and not re.match(r"https?://\S+", str(value)):
        return "Please enter a valid URL."
    return ""


def _number(element: Json, value: str) -> str:
    decimals = r"(\.\d+)?" if element.get("is_decimal_allowed") else ""
    if not re.fullmatch(r"-?\d+" + decimals, value):
        return "Please enter a valid number."
    number = float(value)
    if (
        not float(element.get("min_value", number))
        <= number
        <= float(element.get("max_value", number))
    ):
        return "Please enter a number within the limits."
    return ""


def picked(element: Json, wish: Json) -> Json:
    """What pressing it says: nothing for a button, else the state after `choice`."""
    if element["type"] == "button":
        return {}
    if element["type"] == "overflow":
        return {"selected_option": option_of(element, wish["choice"])}
    return choose(element, wish["choice"])


def find(blocks: list[Json], wish: Json) -> tuple[Json, Json]:
    """An element by `action_id`, `value` or `label`, in `block_id` if that is given.

    `force`: a button (`action_id`, `value`) that is not shown any more, pressed as it was replaced.
    """
    offered = list(interactive(blocks))
    for name in ("action_id", "value", "label"):
        if name not in wish:
            continue
        for block, element in offered:
            own = label_of(block, element) if name == "label" else element.get(name)
            if own == wish[name] and wish.get("block_id", block["block_id"]) == block["block_id"]:
                return block, element
    if wish.get("force") and "action_id" in wish:
        stale = {"type": "button", "action_id": wish["action_id"], "value": wish.get("value", "")}
        return {"block_id": str(wish.get("block_id", "gone"))}, stale
    labels = [f"{label_of(b, e)!r} ({e.get('action_id')})" for b, e in offered]
    raise LookupError(f"no such element; there are: {', '.join(labels) or 'none'}")
