"""An update without what we do not need of it: one odd detail, such as a forward of 2015 that a reply
quotes, must not make us deaf to a STOP (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.lenient import a_dict
from channels.telegram.lane import GONE

Json = dict[str, Any]
_PERSON = ("id", "is_bot", "first_name", "last_name", "username", "language_code")
_MESSAGE = ("message_id", "date", "edit_date", "text", "caption", "media_group_id")
_KEPT = {
    "message": _MESSAGE,
    "edited_message": _MESSAGE,
    "callback_query": ("id", "chat_instance", "data"),
    "my_chat_member": ("date",),
}


def pruned(update: Json) -> Json:
    """Who, where, when, and the words; of parts that cannot be read nothing is left."""
    kept: Json = {"update_id": update.get("update_id")}
    for name, fields in _KEPT.items():
        if body := a_dict(update.get(name)):
            kept[name] = _some(body, fields) | {"from": _some(a_dict(body.get("from")), _PERSON)}
            if chat := a_dict(body.get("chat")):
                kept[name]["chat"] = _some(chat, ("id", "type"))
            if caption := kept[name].pop("caption", None):  # of what cannot be read itself
                kept[name].setdefault("text", caption)
            if name == "my_chat_member":
                kept[name] |= _change(body, kept[name]["from"])
    return kept


def _change(body: Json, person: Json) -> Json:
    """Whether we are gone for them; nothing else of the two standings."""
    gone = str(a_dict(body.get("new_chat_member")).get("status")) in GONE
    here, banned = {"status": "member", "user": person}, {"status": "kicked", "user": person}
    return {
        "old_chat_member": here,
        "new_chat_member": banned | {"until_date": 0} if gone else here,
    }


def _some(body: Json, fields: tuple[str, ...]) -> Json:
    return {name: body[name] for name in fields if body.get(name) is not None}
