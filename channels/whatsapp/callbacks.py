"""What Meta posts for WhatsApp, verified, cut into updates, and read (pure). Facts section 1, Webhooks.

A callback may batch many changes. Each message of a person is an update of its own, so that it is
handled once and in order; the statuses of one callback stay together: they settle in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from broadcast.callback import Callback, CallbackAnswer
from broadcast.channel import Lane, Thorough
from broadcast.inbound import Inbound, InboundKind
from broadcast.lenient_json import a_dict, a_list, a_text
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.phone import spellings
from channels._kit.graph.api import Json, Update, fault_of, moment, name_of, taken, unix_seconds
from channels._kit.urgency import lane_of_inbound
from channels.whatsapp import events, outcome
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
# What a person says. Anything else (a reaction, a deletion, a kind newer than this list) is not
# answered; if it has words, a refusal in them is heard.
_SAID = frozenset({
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "order",
    "interactive", "button",
})  # fmt: skip


def answer(config: Config, callback: Callback) -> CallbackAnswer:
    """Kept first, worked on later: the answer does not wait for anything but the disk."""
    return taken(config, callback, partial(_updates, config))


def _updates(config: Config, body: Json, name: str) -> Iterator[Update]:
    statuses: list[Any] = []
    for number, (account, field, value) in enumerate(_changes(body)):
        if account and config.business_account_id not in {"", account}:
            continue  # another account of the same app
        if field == "messages":
            number_id = a_text(a_dict(value.get("metadata")).get("phone_number_id"))
            if number_id not in {"", config.phone_number_id}:
                continue  # another number of the same app
            statuses += a_list(value.get("statuses"))
            for index, message in enumerate(a_list(value.get("messages"))):
                whole = {"message": message, "contacts": _contact_of(value, a_dict(message))}
                yield a_text(a_dict(message).get("id")) or f"{name}:{number}:{index}", whole
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
            account = a_text(entry.get("id"))
            yield account, a_text(change.get("field")), a_dict(change.get("value"))


def _contact_of(value: Json, message: Json) -> list[Any]:
    """The contact a message is from, by any id of theirs: their order says nothing."""
    theirs = _ids(message, "from", "from_user_id", "from_parent_user_id")
    return [
        one
        for one in a_list(value.get("contacts"))
        if _ids(a_dict(one), "wa_id", "user_id", "parent_user_id") & theirs
    ][:1]


def _ids(about: Json, *keys: str) -> set[str]:
    """A number in each of its spellings, and ids as they are."""
    found = (a_text(about.get(key)).lstrip("+") for key in keys)
    return {one for name in found if name for one in spellings(name)}


def order_key(update: dict[str, object]) -> str:
    """A person's messages keep their order, and so does each kind of news that means nothing to us;
    anything else need not wait for anything."""
    field = a_text(update.get("field"))
    if field and field not in events.FIELDS:  # a phone's whole past, its own words: many at a time
        return field
    about = a_dict(update.get("message")) or a_dict(update.get("preference"))
    names = map(a_text, map(about.get, ("from_user_id", "user_id", "from", "wa_id")))
    return next(filter(None, names), "") or name_of(update)


def names(update: dict[str, object]) -> tuple[str, ...]:
    """Ids of their own, then every spelling of their number."""
    about = a_dict(update.get("message")) or a_dict(update.get("preference"))
    ids = map(a_text, map(about.get, ("from_user_id", "user_id")))
    parents = map(a_text, map(about.get, ("from_parent_user_id", "parent_user_id")))
    numbers = (
        one for key in ("from", "wa_id") for one in spellings(a_text(about.get(key)).lstrip("+"))
    )
    return tuple(dict.fromkeys(filter(None, (*ids, *numbers, *parents))))


def lane(update: dict[str, object], thorough: Thorough) -> Lane:
    """News of the account may be that it has to stop."""
    if (field := a_text(update.get("field"))) in events.FIELDS:
        return Lane.TEAM
    return Lane.PEOPLE if field else lane_of_inbound(inbound("", "", update), thorough)


def receipts(update: dict[str, object]) -> list[Receipt]:
    """The statuses of a callback as receipts; ours carry the delivery's id. Of marketing Meta leaves
    it out at times: those are known by the message's."""
    found = []
    for status in map(a_dict, a_list(update.get("statuses"))):
        kind = _KINDS.get(a_text(status.get("status")))
        if kind is None:
            continue
        ours, part, of = _mark(a_text(status.get("biz_opaque_callback_data")))
        errors = a_list(status.get("errors"))
        refused = outcome.afterwards(fault_of(errors[0])) if errors else None
        found.append(
            Receipt(
                kind, unix_seconds(status.get("timestamp")), a_text(status.get("id")),
                ours, refused=refused, part=part, of=of,
            )
        )  # fmt: skip
    return [receipt for receipt in found if receipt.delivery_id or receipt.receipt_id]


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
    kind = a_text(message.get("type"))
    if message.get("group_id"):
        return None  # not said to us alone
    if kind == "system":
        return _moved(account, event_id, a_dict(message.get("system")), message)
    person = _Person.of(
        message.get("from_user_id"), message.get("from"), message.get("from_parent_user_id")
    )
    if not person.address:
        return None
    if kind == "edit":
        said, text, payload = _edited(a_dict(message.get("edit")))
    elif kind == "interactive" and not _chosen(message):
        return None  # a form that was sent, a permission
    else:
        said, text, payload = _said(kind, message)
        if kind not in _SAID:
            if not text:
                return None
            said = InboundKind.OVERHEARD  # of a kind newer than this list: a refusal counts
    name, language = _profile(update.get("contacts"))
    return Inbound(
        event_id, "whatsapp", account, person.address, said, text, payload, name, language,
        moment(message.get("timestamp")), previous_address=person.previous, phone=person.phone,
        aliases=person.aliases,
    )  # fmt: skip


def _edited(edit: Json) -> tuple[InboundKind, str, str]:
    """What a message says now that it was changed."""
    now = a_dict(edit.get("message"))
    body = a_dict(now.get(a_text(now.get("type"))))
    return InboundKind.EDITED, a_text(body.get("body")) or a_text(body.get("caption")), ""


def _said(kind: str, message: Json) -> tuple[InboundKind, str, str]:
    """Kind, text and payload. A template's button and our own come in two shapes; of one made
    elsewhere the words speak."""
    if kind in {"interactive", "button"}:
        pressed, words = _pressed(kind, message)
        if pressed.startswith(CHOICE_PREFIX):
            return InboundKind.CHOICE, "", pressed.removeprefix(CHOICE_PREFIX)
        return InboundKind.TEXT, words, ""
    body = a_dict(message.get(kind)) or a_dict(message.get("text"))
    return InboundKind.TEXT, a_text(body.get("body")) or a_text(body.get("caption")), ""


def _pressed(kind: str, message: Json) -> tuple[str, str]:
    """What a button brings back, and its words."""
    if kind == "interactive":
        chosen = _chosen(message)
        return a_text(chosen.get("id")), a_text(chosen.get("title"))
    button = a_dict(message.get("button"))
    data, words = a_text(button.get("payload")), a_text(button.get("text"))
    # a template's button to leave brings back its own words
    return (OPT_OUT if {data, words} & leave_labels() else data), words


def _chosen(message: Json) -> Json:
    """What was chosen of buttons or a list; empty for a form, a permission and what is newer."""
    reply = a_dict(message.get("interactive"))
    return a_dict(reply.get("button_reply")) or a_dict(reply.get("list_reply"))


def _preference(account: str, event_id: str, preference: Json) -> Inbound | None:
    kinds = {"stop": InboundKind.PLATFORM_STOP, "resume": InboundKind.PLATFORM_RESUME}
    kind = kinds.get(a_text(preference.get("value")).strip().lower())
    person = _Person.of(
        preference.get("user_id"), preference.get("wa_id"), preference.get("parent_user_id")
    )
    if kind is None or not person.address:
        return None
    return Inbound(
        event_id, "whatsapp", account, person.address, kind, previous_address=person.previous,
        phone=person.phone, aliases=person.aliases,
    )  # fmt: skip


def _moved(account: str, event_id: str, system: Json, message: Json) -> Inbound | None:
    if system.get("type") not in {"user_changed_number", "user_changed_user_id"}:
        return None
    before = (
        a_text(system.get("previous_user_id"))
        or a_text(message.get("from_user_id"))
        or a_text(message.get("from"))
    )
    person = _Person.of(system.get("user_id"), system.get("wa_id"), system.get("parent_user_id"))
    if not before or not person.address:
        return None
    return Inbound(
        event_id, "whatsapp", account, person.address, InboundKind.MOVED, previous_address=before,
        phone=person.phone, aliases=person.aliases,
    )  # fmt: skip


class _Person(NamedTuple):
    """Who a callback is of: where to write (the business-scoped id where there is one), and every
    other name Meta has for them. `previous`: the number, where it is not what we write to."""

    address: str
    previous: str
    phone: str
    aliases: tuple[str, ...]

    @classmethod
    def of(cls, user_id: object, number: object, parent: object) -> _Person:
        given = a_text(number).lstrip("+")
        digits = given if given.isdecimal() else ""  # an id may stand in a number's place
        address = a_text(user_id) or given
        names = dict.fromkeys((*spellings(digits), a_text(parent)))
        aliases = tuple(name for name in names if name and name != address)
        phone = f"+{digits}" if digits else ""
        return cls(address, digits if digits != address else "", phone, aliases)


def _profile(contacts: object) -> tuple[str, str]:
    contact = a_dict(next(iter(a_list(contacts)), None))
    profile = a_dict(contact.get("profile"))
    name = a_text(profile.get("name")) or a_text(profile.get("username"))
    return name, a_text(profile.get("locale"))
