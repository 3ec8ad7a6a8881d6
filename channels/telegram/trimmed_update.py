"""An update without what we do not need of it: one odd detail, such as a forward of 2015 that a reply
quotes, must not make us deaf to a STOP (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.lenient_json import a_dict
from channels.telegram.urgency import GONE

Json = dict[str, Any]
Fields = dict[str, object]
# What is kept of each, with what is right for one that is missing or of another type; None: left out.
_PERSON: Fields = {
    "id": None, "is_bot": False, "first_name": "", "last_name": None, "username": None,
    "language_code": None,
}  # fmt: skip
_MESSAGE: Fields = {
    "message_id": 0,
    "date": 0,
    "text": None,
    "caption": None,
    "media_group_id": None,
}
_KEPT: dict[str, Fields] = {
    "message": _MESSAGE,
    "edited_message": _MESSAGE | {"edit_date": 0},
    "callback_query": {"id": "", "chat_instance": "", "data": None},
    "my_chat_member": {"date": 0},
}
_CHAT: Fields = {"id": None, "type": ""}
_LATEST = 2**32  # a date in seconds


def pruned(update: Json) -> Json:
    """Who, where, when, and the words; of parts that cannot be read nothing is left."""
    kept: Json = {"update_id": update.get("update_id")}
    for name, fields in _KEPT.items():
        if body := a_dict(update.get(name)):
            kept[name] = _some(body, fields) | {"from": _some(a_dict(body.get("from")), _PERSON)}
            if chat := a_dict(body.get("chat")):
                kept[name]["chat"] = _some(chat, _CHAT)
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


def _some(body: Json, fields: Fields) -> Json:
    found = {name: _right(name, body.get(name), instead) for name, instead in fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def _right(name: str, value: object, instead: object) -> object:
    """The value, where it is of the type that it should be."""
    if isinstance(instead, bool):
        return value is True
    if isinstance(instead, int):
        number = value if type(value) is int else instead
        return number if not name.endswith("date") or 0 <= number < _LATEST else instead
    if name == "id" and instead is None:  # whose it is cannot be guessed
        return value if type(value) is int else None
    return value if isinstance(value, str) else instead
