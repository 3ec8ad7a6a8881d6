"""Reply markup: what Telegram refuses about keyboards, and finding a button on one."""

from __future__ import annotations

from typing import Any

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.errors import bad_request
from channels.telegram.simulator.links import refusal

_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
_checked: dict[int, Any] = {}  # markups found good, by identity: parsed JSON is shared


def checked(markup: Any) -> Json | None:
    """The inline keyboard to show with the message (other kinds are accepted and shown too)."""
    if markup is None:
        return None
    good: Json = markup
    if _checked.get(id(markup)) is markup:
        return good
    if "inline_keyboard" in markup:
        rows = [row for row in markup["inline_keyboard"] if row]
        if sum(len(row) for row in rows) > 100:
            raise bad_request("reply markup is too long")
        for row in rows:
            for button in row:
                _check_button(button)
        if not rows:
            return None
    if len(_checked) > 1000:
        _checked.clear()
    _checked[id(markup)] = markup
    return good


def _check_button(button: Json) -> None:
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    actions = [name for name in _ACTIONS if name in button]
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: exactly one action is expected")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and (why := refusal(button["url"])):
        raise bad_request(f"inline keyboard button {why}")
    if "web_app" in button and not button["web_app"]["url"].startswith("https://"):
        raise bad_request("BUTTON_URL_INVALID")
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def buttons(message: Json) -> list[Json]:
    """The inline buttons under a message, in reading order."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return [button for row in rows for button in row]
