"""An update without what we do not need of it: one odd detail, such as a forward of 2015 that a reply
quotes, must not make us deaf to a STOP (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.lenient import a_dict

Json = dict[str, Any]
_PERSON = ("id", "is_bot", "first_name", "last_name", "username", "language_code")
_MESSAGE = ("message_id", "date", "edit_date", "text", "caption", "media_group_id")
_KEPT = {
    "message": _MESSAGE,
    "edited_message": _MESSAGE,
    "callback_query": ("id", "chat_instance", "data"),
    "my_chat_member": ("date", "old_chat_member", "new_chat_member"),
}


def pruned(update: Json) -> Json:
    """Who, where, when, and the words; of parts that cannot be read nothing is left."""
    kept: Json = {"update_id": update.get("update_id")}
    for name, fields in _KEPT.items():
        if body := a_dict(update.get(name)):
            kept[name] = _some(body, fields) | {"from": _some(a_dict(body.get("from")), _PERSON)}
            if chat := a_dict(body.get("chat")):
                kept[name]["chat"] = _some(chat, ("id", "type"))
    return kept


def _some(body: Json, fields: tuple[str, ...]) -> Json:
    return {name: body[name] for name in fields if body.get(name) is not None}
