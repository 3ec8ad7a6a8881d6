"""Checks Block Kit elements: buttons, inputs, menus, pickers; limits of docs.slack.dev."""

from __future__ import annotations

from typing import Any

from sandbox.slack.rich_text_check import RICH_TEXT
from sandbox.slack.shapes import (
    Check,
    Problems,
    flag,
    integer,
    items,
    one_of,
    plain,
    shape,
    string,
    text,
    typed,
)

CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
SLACK_FILE = shape({}, {"id": string(255), "url": string(3000)})
_URL = string(3000, pattern=r"[a-z][a-z0-9+.-]*:\S+")
_BASE: dict[str, Check] = {"action_id": string(255)}
_CONFIRMED = _BASE | {"confirm": CONFIRM}
_FOCUS = {"focus_on_load": flag}
_HINTED = {"placeholder": plain(150)}
_DISPATCH = {
    "dispatch_action_config": shape(
        {},
        {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)},
    )
}
_OPTION = shape(
    {"text": plain(75), "value": string(150)}, {"description": plain(75), "url": string(3000)}
)
# Checkboxes and radio buttons show mrkdwn as well.
_RICH_OPTION = shape({"text": text(75), "value": string(150)}, {"description": text(75)})
_MENU = _CONFIRMED | _FOCUS | _HINTED
_IDS = items(string(255), 100, 0)


def _options(value: Any, path: str, problems: Problems) -> None:
    """`options` or `option_groups`, at most 100 of either, not both."""
    if ("options" in value) == ("option_groups" in value):
        problems.note("must have either options or option_groups", path)


def _static(initial: dict[str, Check]) -> Check:
    groups = items(shape({"label": plain(75), "options": items(_OPTION, 100)}), 100)
    fields = shape({}, _MENU | {"options": items(_OPTION, 100), "option_groups": groups} | initial)

    def check(value: Any, path: str, problems: Problems) -> None:
        fields(value, path, problems)
        _options(value, path, problems)

    return check


_FILTER = shape(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
_MANY = {"max_selected_items": integer(1, 1000)}
_CONVERSATIONS = {
    "filter": _FILTER, "default_to_current_conversation": flag, "response_url_enabled": flag,
}  # fmt: skip
_TYPED = _BASE | _FOCUS | _HINTED | _DISPATCH


def _text_input(most: int) -> Check:
    return shape({}, _TYPED | {"initial_value": string(most, 0)})


def _checked(value: Any, path: str, problems: Problems) -> None:
    """A plain_text_input: its two lengths must leave something to type."""
    fields = _TYPED | {
        "initial_value": string(3000, 0), "multiline": flag,
        "min_length": integer(0, 3000), "max_length": integer(1, 3000),
    }  # fmt: skip
    shape({}, fields)(value, path, problems)
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        problems.note("min_length must not exceed max_length", path)


def _number(value: Any, path: str, problems: Problems) -> None:
    fields = dict.fromkeys(("initial_value", "min_value", "max_value"), string(40))
    shape({"is_decimal_allowed": flag}, _TYPED | fields)(value, path, problems)


BUTTON = shape(
    {"text": plain(75)},
    _CONFIRMED
    | {
        "value": string(2000, 0), "url": _URL, "style": one_of("primary", "danger"),
        "accessibility_label": string(75),
    },
)  # fmt: skip
IMAGE = shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": SLACK_FILE})
_ONE_USER, _MANY_USERS = {"initial_user": string(255)}, {"initial_users": _IDS} | _MANY
_TICKS = _CONFIRMED | _FOCUS

PICKERS: dict[str, Check] = {
    "static_select": _static({"initial_option": _OPTION}),
    "multi_static_select": _static({"initial_options": items(_OPTION, 100)} | _MANY),
    "users_select": shape({}, _MENU | _ONE_USER),
    "multi_users_select": shape({}, _MENU | _MANY_USERS),
    "channels_select": shape({}, _MENU | {"initial_channel": string(255), "response_url_enabled": flag}),
    "multi_channels_select": shape({}, _MENU | {"initial_channels": _IDS} | _MANY),
    "conversations_select": shape({}, _MENU | _CONVERSATIONS | {"initial_conversation": string(255)}),
    "multi_conversations_select": shape(
        {}, _MENU | _CONVERSATIONS | {"initial_conversations": _IDS} | _MANY
    ),
    "checkboxes": shape(
        {"options": items(_RICH_OPTION, 10)}, _TICKS | {"initial_options": items(_RICH_OPTION, 10)}
    ),
    "radio_buttons": shape({"options": items(_RICH_OPTION, 10)}, _TICKS | {"initial_option": _RICH_OPTION}),
    "datepicker": shape({}, _MENU | {"initial_date": string(10, pattern=r"\d{4}-\d{2}-\d{2}")}),
    "timepicker": shape(
        {}, _MENU | {"initial_time": string(5, pattern=r"\d{2}:\d{2}"), "timezone": string(64)}
    ),
    # The picker takes a moment of ten digits: 2001 to 2286.
    "datetimepicker": shape({}, _TICKS | {"initial_date_time": integer(10**9, 10**10 - 1)}),
}  # fmt: skip
OVERFLOW = shape({"options": items(_OPTION, 5)}, _CONFIRMED)
WRITING: dict[str, Check] = {
    "plain_text_input": _checked,
    "email_text_input": _text_input(3000),
    "url_text_input": _text_input(3000),
    "number_input": _number,
    "rich_text_input": shape({}, _TYPED | {"initial_value": typed({"rich_text": RICH_TEXT})}),
    "file_input": shape(
        {}, _BASE | {"filetypes": items(string(32), 100), "max_files": integer(1, 10)}
    ),
}
IN_SECTION = {"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE} | PICKERS
IN_ACTIONS = {"button": BUTTON, "overflow": OVERFLOW} | PICKERS
IN_INPUT = PICKERS | WRITING
IN_CONTEXT = {"image": IMAGE} | {
    "plain_text": shape({"text": string(3000)}, {"emoji": flag}),
    "mrkdwn": shape({"text": string(3000)}, {"verbatim": flag}),
}
