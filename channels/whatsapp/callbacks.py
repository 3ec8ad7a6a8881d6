"""What Meta posts for WhatsApp, verified, cut into updates, and read (pure). Facts section 1, Webhooks.

A callback may batch many changes. Each message of a person is an update of its own, so that it is
handled once and in order; the statuses of one callback stay together: they settle in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from broadcast.answer import a_dict, a_list
from broadcast.heard import Inbound, InboundKind
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.ports import Callback, CallbackAnswer
from channels._kit.graph import Json, Update, fault_of, fingerprint, taken
from channels.whatsapp import outcome
from channels.whatsapp.config import Config
from channels.whatsapp.content import CHOICE_PREFIX, OPT_OUT, leave_labels
from channels.whatsapp.problem import MAX_FILES

_KINDS = {
    "sent": ReceiptKind.SENT,
    "delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.READ,
    "played": ReceiptKind.READ,
    "failed": ReceiptKind.FAILED,
}
_SILENT = frozenset({"reaction", "unsupported"})  # nothing was said that could be answered


def answer(config: Config, callback: Callback) -> CallbackAnswer:
    """Kept first, worked on later: the answer does not wait for anything but the disk."""
    return taken(config, callback, partial(_updates, config))


def _updates(config: Config, body: Json, name: str) -> Iterator[Update]:
    statuses: list[Any] = []
    for number, (account, field, value) in enumerate(_changes(body)):
        if account and config.business_account_id not in {"", account}:
            continue  # another account of the same app
        if field == "messages":
            phone_id = a_dict(value.get("metadata")).get("phone_number_id")
            if phone_id not in {None, config.phone_number_id}:
                continue  # another number of the same app
            statuses += a_list(value.get("statuses"))
            for message in a_list(value.get("messages")):
                whole = {"message": message, "contacts": value.get("contacts")}
                yield str(a_dict(message).get("id") or f"{name}:{number}"), whole
        elif field == "user_preferences":
            for index, preference in enumerate(a_list(value.get("user_preferences"))):
                yield f"{name}:{number}:{index}", {"preference": preference}
        else:
            yield f"{name}:{number}", {"field": field, "value": value}
    if statuses:
        yield name, {"statuses": statuses}


def _changes(body: Json) -> Iterator[tuple[str, str, Json]]:
    """(the account's id, field, value)."""
    for entry in map(a_dict, a_list(body.get("entry"))):
        for change in map(a_dict, a_list(entry.get("changes"))):
            account = str(entry.get("id") or "")
            yield account, str(change.get("field", "")), a_dict(change.get("value"))


def order_key(update: dict[str, object]) -> str:
    """A person's messages keep their order; anything else need not wait for anything."""
    about = a_dict(update.get("message")) or a_dict(update.get("preference"))
    who = about.get("from_user_id") or about.get("from") or about.get("user_id")
    if who:
        return str(who)
    return fingerprint(orjson.dumps(update))


def receipts(update: dict[str, object]) -> list[Receipt]:
    """The statuses of a callback as receipts; ours carry the delivery's id."""
    found = []
    for status in map(a_dict, a_list(update.get("statuses"))):
        kind = _KINDS.get(str(status.get("status")))
        if kind is None:
            continue
        ours, part, of = _mark(str(status.get("biz_opaque_callback_data") or ""))
        errors = a_list(status.get("errors"))
        refused = outcome.afterwards(fault_of(errors[0])) if errors else None
        found.append(
            Receipt(
                kind, _time(status.get("timestamp")), str(status.get("id") or ""),
                ours, refused=refused, part=part, of=of,
            )
        )  # fmt: skip
    return [receipt for receipt in found if receipt.delivery_id]


def _mark(text: str) -> tuple[int, int, int]:
    """(delivery, which of its messages, of how many), as `sending` wrote it; zeros for odd ones."""
    numbers = [int(one) if one.isdecimal() and len(one) < 19 else 0 for one in text.split(".")]
    if len(numbers) == 3 and 0 < numbers[1] <= numbers[2] <= MAX_FILES + 1:
        return numbers[0], numbers[1], numbers[2]
    return (numbers[0], 0, 0) if len(numbers) == 1 else (0, 0, 0)


def inbound(account: str, event_id: str, update: dict[str, object]) -> Inbound | None:
    """What a person did, or None for what is no message of theirs."""
    if preference := a_dict(update.get("preference")):
        return _preference(account, event_id, preference)
    message = a_dict(update.get("message"))
    kind = str(message.get("type", ""))
    if kind in _SILENT:
        return None
    if kind == "system":
        return _moved(account, event_id, a_dict(message.get("system")), message)
    address, number = _addresses(message.get("from_user_id"), message.get("from"))
    if not address:
        return None
    said, text, payload = _said(kind, message)
    name, language = _profile(update.get("contacts"))
    return Inbound(
        event_id, "whatsapp", account, address, said, text, payload, name, language,
        _moment(message.get("timestamp")),
        previous_address=number if number != address else "", phone=f"+{number}" if number else "",
    )  # fmt: skip


def _said(kind: str, message: Json) -> tuple[InboundKind, str, str]:
    """Kind, text and payload. A template's button and our own come in two shapes."""
    pressed = ""
    if kind == "interactive":
        reply = a_dict(message.get("interactive"))
        chosen = a_dict(reply.get("button_reply")) or a_dict(reply.get("list_reply"))
        pressed = str(chosen.get("id", ""))
    elif kind == "button":
        pressed = str(a_dict(message.get("button")).get("payload", ""))
        if pressed in leave_labels():  # a template's button brings back its own words
            pressed = OPT_OUT
    if pressed.startswith(CHOICE_PREFIX):
        return InboundKind.CHOICE, "", pressed.removeprefix(CHOICE_PREFIX)
    if kind == "button":  # a template made elsewhere: its words speak
        return InboundKind.TEXT, str(a_dict(message.get("button")).get("text", "")), ""
    body = a_dict(message.get(kind))
    return InboundKind.TEXT, str(body.get("body") or body.get("caption") or ""), ""


def _preference(account: str, event_id: str, preference: Json) -> Inbound | None:
    kinds = {"stop": InboundKind.PLATFORM_STOP, "resume": InboundKind.PLATFORM_RESUME}
    kind = kinds.get(str(preference.get("value")))
    address, number = _addresses(preference.get("user_id"), preference.get("wa_id"))
    if kind is None or not address:
        return None
    previous = number if number != address else ""
    return Inbound(event_id, "whatsapp", account, address, kind, previous_address=previous)


def _moved(account: str, event_id: str, system: Json, message: Json) -> Inbound | None:
    if system.get("type") not in {"user_changed_number", "user_changed_user_id"}:
        return None
    before = system.get("previous_user_id") or message.get("from_user_id") or message.get("from")
    after = system.get("user_id") or system.get("wa_id")
    if not before or not after:
        return None
    return Inbound(
        event_id, "whatsapp", account, str(after), InboundKind.MOVED, previous_address=str(before)
    )


def _addresses(user_id: object, number: object) -> tuple[str, str]:
    """(where to write: the business-scoped id where there is one, the number where told)."""
    number = str(number or "").lstrip("+")
    return str(user_id or number), number


def _profile(contacts: object) -> tuple[str, str]:
    contact = a_dict(next(iter(a_list(contacts)), None))
    profile = a_dict(contact.get("profile"))
    return str(profile.get("name") or profile.get("username") or ""), str(profile.get("locale", ""))


def _moment(value: object) -> datetime | None:
    seconds = _time(value)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 2**33 else None


def _time(value: object) -> float:
    """Unix seconds, as a string in WhatsApp's JSON; nonsense is the beginning of time."""
    text = str(value or "")
    return float(text) if text.isdecimal() else 0.0
