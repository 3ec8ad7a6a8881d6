"""Which updates go before which, read from the raw update: asked before aiogram is (pure)."""

from __future__ import annotations

from broadcast.channel import Lane, Thorough
from broadcast.inbound import InboundKind
from channels._kit.urgency import lane_of

CHOICE_PREFIX = "s:"  # subscribers' buttons; the console's begin with `a:`
GONE = frozenset({"kicked", "left"})
Json = dict[str, object]


def lane(update: Json, thorough: Thorough = lambda: True) -> Lane:
    """Whoever blocks the bot, presses Leave or writes that they leave comes first."""
    if change := _dict(update.get("my_chat_member")):
        gone = str(_dict(change.get("new_chat_member")).get("status")) in GONE
        return lane_of(InboundKind.BLOCKED if gone else InboundKind.UNBLOCKED)
    if query := _dict(update.get("callback_query")):
        data = str(query.get("data") or "")
        if not data.startswith(CHOICE_PREFIX):
            return Lane.PEOPLE
        return lane_of(InboundKind.CHOICE, payload=data.removeprefix(CHOICE_PREFIX))
    message = _dict(update.get("message")) or _dict(update.get("edited_message"))
    text = str(message.get("text") or message.get("caption") or "")
    kind, text, payload = read(text)
    return lane_of(kind, text, payload, thorough)


def elsewhere(update: Json) -> bool:
    """Whether it was said in a group or channel, or by a bot: nobody subscribes there."""
    bodies = [_dict(body) for body in update.values()]
    kinds = (_dict(body.get("chat")).get("type") for body in bodies)
    if any(isinstance(kind, str) and kind != "private" for kind in kinds):
        return True
    return any(_dict(body.get("from")).get("is_bot") is True for body in bodies)


def read(text: str) -> tuple[InboundKind, str, str]:
    """Kind, text and payload of what was written; `/word@bot rest` is a command."""
    if not text.startswith("/"):
        return InboundKind.TEXT, text, ""
    head, *rest = text[1:].split(maxsplit=1) or [""]
    word, payload = head.partition("@")[0].lower(), rest[0].strip() if rest else ""
    if word == "start":
        return InboundKind.START, "", payload
    return InboundKind.COMMAND, word, payload


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}
