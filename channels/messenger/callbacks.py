"""What Meta posts for a page, verified, cut into updates, and read (pure). Facts section 2, Webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from broadcast.answer import a_dict, a_list
from broadcast.heard import Inbound, InboundKind
from broadcast.language import N_
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.ports import AccountEvent, Callback, CallbackAnswer
from channels._kit.graph import Json, Update, fingerprint, taken
from channels.messenger.config import Config
from channels.messenger.content import CHOICE_PREFIX

GET_STARTED = "GET_STARTED"


def answer(config: Config, callback: Callback) -> CallbackAnswer:
    """Kept first, worked on later: the answer does not wait for anything but the disk."""
    return taken(config, callback, partial(_updates, config))


def _updates(config: Config, body: Json, name: str) -> Iterator[Update]:
    """What a person did is an update of its own; deliveries and reads of one callback stay together."""
    marks: list[Any] = []
    for number, event in enumerate(_events(config, body)):
        if "delivery" in event or "read" in event:
            marks.append(event)
            continue
        message = a_dict(event.get("message"))
        if message.get("is_echo"):
            continue  # our own words come back
        postback = a_dict(event.get("postback"))
        known = message.get("mid") or postback.get("mid")
        yield str(known or f"{name}:{number}"), {"event": event}
    if marks:
        yield name, {"marks": marks}


def _events(config: Config, body: Json) -> Iterator[Json]:
    for entry in map(a_dict, a_list(body.get("entry"))):
        if str(entry.get("id")) == config.page_id:
            yield from map(a_dict, a_list(entry.get("messaging")))


def order_key(update: dict[str, object]) -> str:
    """A person's messages keep their order; anything else need not wait for anything."""
    sender = a_dict(a_dict(update.get("event")).get("sender")).get("id")
    return str(sender) if sender else fingerprint(orjson.dumps(update))


def receipts(update: dict[str, object]) -> list[Receipt]:
    """Watermarks: everything sent to this person until then. Message ids are only sometimes there."""
    found = []
    for mark in map(a_dict, a_list(update.get("marks"))):
        kind = ReceiptKind.READ if "read" in mark else ReceiptKind.DELIVERED
        news = a_dict(mark.get("read") or mark.get("delivery"))
        address = str(a_dict(mark.get("sender")).get("id") or "")
        watermark = news.get("watermark")
        if address and isinstance(watermark, int | float):
            found.append(Receipt(kind, watermark / 1000, address=address))
        else:
            found += [Receipt(kind, 0.0, str(mid)) for mid in a_list(news.get("mids"))]
    return found


def enforcement(update: dict[str, object]) -> AccountEvent | None:
    """Meta warns, blocks or frees the page for what it sent; None for any other event."""
    news = a_dict(a_dict(update.get("event")).get("policy_enforcement"))
    if not news:
        return None
    action = str(news.get("action", "?"))
    return AccountEvent(
        N_("Messenger on your page: {action}. {reason}"),
        {"action": action, "reason": str(news.get("reason") or "")},
        pause=action != "unblock",
    )


def inbound(account: str, event_id: str, update: dict[str, object]) -> Inbound | None:
    """What a person did, or None for what is no message of theirs."""
    event = a_dict(update.get("event"))
    address = str(a_dict(event.get("sender")).get("id") or "")
    said = _said(event)
    if not address or said is None:
        return None
    kind, text, payload = said
    at = event.get("timestamp")
    moment = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int | float) else None
    return Inbound(event_id, "messenger", account, address, kind, text, payload, at=moment)


def _said(event: Json) -> tuple[InboundKind, str, str] | None:
    """Kind, text and payload. A ref of m.me comes with Get Started, or alone from an old friend."""
    if message := a_dict(event.get("message")):
        pressed = str(a_dict(message.get("quick_reply")).get("payload", ""))
        if pressed.startswith(CHOICE_PREFIX):
            return InboundKind.CHOICE, "", pressed.removeprefix(CHOICE_PREFIX)
        return InboundKind.TEXT, str(message.get("text", "")), ""
    if postback := a_dict(event.get("postback")):
        pressed = str(postback.get("payload", ""))
        if pressed.startswith(CHOICE_PREFIX):
            return InboundKind.CHOICE, "", pressed.removeprefix(CHOICE_PREFIX)
        if pressed == GET_STARTED:
            ref = str(a_dict(postback.get("referral")).get("ref", ""))
            return InboundKind.START, "", ref
        return InboundKind.TEXT, str(postback.get("title", "")), ""
    if referral := a_dict(event.get("referral")):
        return InboundKind.START, "", str(referral.get("ref", ""))
    return None
