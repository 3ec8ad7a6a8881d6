"""What Meta posts for a page, verified, cut into updates, and read (pure). Facts section 2, Webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from broadcast.callback import Callback, CallbackAnswer
from broadcast.channel import AccountEvent, Lane, Thorough
from broadcast.inbound import Inbound, InboundKind
from broadcast.language import N_
from broadcast.lenient_json import a_dict, a_list, a_text
from broadcast.outcome import Receipt, ReceiptKind
from channels._kit.graph.api import Json, Update, moment, name_of, taken, unix_seconds
from channels._kit.urgency import lane_of_inbound
from channels.messenger.config import Config
from channels.messenger.content import CHOICE_PREFIX

GET_STARTED = "GET_STARTED"
STANDBY = "standby"
_FREED = ("unblock", "reinstate")  # good news: nothing has to stop
_OPT_OUT = "out"  # as the button that leaves


def answer(config: Config, callback: Callback) -> CallbackAnswer:
    """Kept first, worked on later: the answer does not wait for anything but the disk."""
    return taken(config, callback, partial(_updates, config))


def _updates(config: Config, body: Json, name: str) -> Iterator[Update]:
    """What a person did is an update of its own; deliveries and reads of one callback stay together."""
    marks: list[Any] = []
    for number, event in enumerate(_events(config, body)):
        if isinstance(event.get("delivery"), dict) or isinstance(event.get("read"), dict):
            marks.append(event)
            continue
        message = a_dict(event.get("message"))
        if message.get("is_echo") or a_dict(event.get("sender")).get("id") == config.page_id:
            continue  # our own words come back, or what we changed of them
        postback = a_dict(event.get("postback"))
        edit = a_dict(event.get("message_edit"))
        known = a_text(message.get("mid")) or a_text(postback.get("mid"))
        if edit:  # under the id of the message it changes, and perhaps not for the first time
            known = ""
        yield known or f"{name}:{number}", {"event": event}
    if marks:
        yield name, {"marks": marks}


def _events(config: Config, body: Json) -> Iterator[Json]:
    for entry in map(a_dict, a_list(body.get("entry"))):
        if a_text(entry.get("id")) == config.page_id:
            yield from map(a_dict, a_list(entry.get("messaging")))
            # While a human has the conversation, what is said comes here.
            for event in map(a_dict, a_list(entry.get(STANDBY))):
                yield event | {STANDBY: True}


def order_key(update: dict[str, object]) -> str:
    """A person's messages keep their order; anything else need not wait for anything."""
    sender = a_dict(a_dict(update.get("event")).get("sender")).get("id")
    return a_text(sender) or name_of(update)


def names(update: dict[str, object]) -> tuple[str, ...]:
    sender = a_dict(a_dict(update.get("event")).get("sender")).get("id")
    return tuple(filter(None, (a_text(sender),)))


def lane(update: dict[str, object], thorough: Thorough) -> Lane:
    """Meta's word about the page may be that it has to stop."""
    return Lane.TEAM if enforcement(update) else lane_of_inbound(inbound("", "", update), thorough)


def receipts(update: dict[str, object]) -> list[Receipt]:
    """Watermarks: everything sent to this person until then. Message ids are only sometimes there."""
    found = []
    for mark in map(a_dict, a_list(update.get("marks"))):
        kind = ReceiptKind.READ if mark.get("read") else ReceiptKind.DELIVERED
        news = a_dict(mark.get("read") or mark.get("delivery"))
        address = a_text(a_dict(mark.get("sender")).get("id"))
        watermark = unix_seconds(news.get("watermark"))
        if address and watermark:
            found.append(Receipt(kind, watermark, address=address))
        else:
            mids = filter(None, map(a_text, a_list(news.get("mids"))))
            found += [Receipt(kind, 0.0, mid) for mid in mids]
    return found


def enforcement(update: dict[str, object]) -> AccountEvent | None:
    """Meta warns, blocks or frees the page for what it sent; None for any other event."""
    news = a_dict(a_dict(update.get("event")).get("policy_enforcement"))
    if not news:
        return None
    action = a_text(news.get("action")) or "?"
    return AccountEvent(
        N_("Messenger on your page: {action}. {reason}"),
        {"action": action, "reason": a_text(news.get("reason"))},
        pause=not action.lower().startswith(_FREED),
    )


def inbound(account: str, event_id: str, update: dict[str, object]) -> Inbound | None:
    """What a person did, or None for what is no message of theirs."""
    event = a_dict(update.get("event"))
    address = a_text(a_dict(event.get("sender")).get("id"))
    said = _edited(event) or _switched(event) or _said(event)
    if not address or said is None:
        return None
    kind, text, payload = said
    if STANDBY in event:
        kind = InboundKind.OVERHEARD
    at = moment(event.get("timestamp"))
    return Inbound(event_id, "messenger", account, address, kind, text, payload, at=at)


def _edited(event: Json) -> tuple[InboundKind, str, str] | None:
    """What a message says now that it was changed."""
    edit = a_dict(event.get("message_edit"))
    return (InboundKind.EDITED, a_text(edit.get("text")), "") if edit else None


def _switched(event: Json) -> tuple[InboundKind, str, str] | None:
    """Meta's own Stop under a page's messages ("STOP NOTIFICATIONS"). It was said to Meta, so it is
    not answered; what turns messages on there agrees to nothing of ours."""
    switch = a_text(a_dict(event.get("optin")).get("notification_messages_status"))
    stops = switch.strip().upper().startswith("STOP")
    return (InboundKind.OVERHEARD, "", _OPT_OUT) if stops else None


def _said(event: Json) -> tuple[InboundKind, str, str] | None:
    """Kind, text and payload. A ref of m.me comes with Get Started, or alone from an old friend."""
    if message := a_dict(event.get("message")):
        pressed = a_text(a_dict(message.get("quick_reply")).get("payload"))
        if pressed.startswith(CHOICE_PREFIX):
            return InboundKind.CHOICE, "", pressed.removeprefix(CHOICE_PREFIX)
        if message.get("is_deleted") or message.get("is_unsupported"):
            return None  # nothing was said that could be answered
        text = a_text(message.get("text"))
        return (InboundKind.TEXT, text, "") if text or a_list(message.get("attachments")) else None
    if postback := a_dict(event.get("postback")):
        pressed = a_text(postback.get("payload"))
        if pressed.startswith(CHOICE_PREFIX):
            return InboundKind.CHOICE, "", pressed.removeprefix(CHOICE_PREFIX)
        if pressed == GET_STARTED:
            return InboundKind.START, "", a_text(a_dict(postback.get("referral")).get("ref"))
        return InboundKind.TEXT, a_text(postback.get("title")), ""
    if referral := a_dict(event.get("referral")):
        return InboundKind.START, "", a_text(referral.get("ref"))
    return None
