"""What Slack sends, read: who did it, where it is answered, how it is told apart (pure)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from bot import pasted_code
from bot.frontends.slack.modal import closes, place_of
from broadcast.lenient_json import a_text
from broadcast.untrusted_json import decoded

_MOST_FIELDS = 100  # of a form; a slash command has about fifteen
Json = Mapping[str, Any]
_CODE = re.compile(r"(?:claim|invite|link)-[\w-]+")
_BEFORE_A_CODE = re.compile(r"(?:/[\w-]+\s+)?(?:/?(?:start|join)\s+)?", re.I)


class Kind(StrEnum):
    """How a body is kept, so that it is read again the same way after a crash."""

    COMMAND = "command"
    ACTION = "action"
    SHORTCUT = "shortcut"
    SUBMISSION = "submission"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was done. `message` is the timestamp of a pressed message, `private` that
    only this person sees it. `view` is the modal or Home tab it was done in.
    """

    user: str
    channel: str = ""
    message: str = ""
    private: bool = False
    thread: str = ""
    response_url: str = ""
    trigger: str = ""
    view: str = ""
    home: bool = False

    @property
    def direct(self) -> bool:
        """Between this person and us alone."""
        return self.channel.startswith("D")


def user_of(body: Json) -> str:
    """The id of who did it; empty for what no person did."""
    if "event" in body:
        event = body["event"]
        message = event.get("message") or {}
        user = event.get("user") or message.get("user") or ""
        return str(user["id"] if isinstance(user, Mapping) else user)
    if isinstance(user := body.get("user"), Mapping):
        return a_text(user.get("id"))
    return a_text(body.get("user_id"))


def event_id(kind: Kind, body: Json) -> str:
    """The same for every delivery of the same thing. A modal counts once for what stands in it: a
    second press of its button while the first is on its way is the same."""
    if kind == Kind.SUBMISSION:
        view = body["view"]
        typed = hashlib.sha256(json.dumps(view["state"], sort_keys=True).encode()).hexdigest()
        return f"view:{view['id']}:{view['hash']}:{typed[:16]}"
    if kind == Kind.EVENT and body["event"].get("type") == "message":
        return message_id(a_text(body["event"].get("channel")), a_text(body["event"].get("ts")))
    return str(body.get("event_id") or body.get("trigger_id") or "")


def message_id(channel: str, ts: str) -> str:
    """The same whether Slack brings a message or we read it back."""
    return f"message:{channel}:{ts}"


def origin(kind: Kind, body: Json) -> Origin:
    user, trigger = user_of(body), a_text(body.get("trigger_id"))
    if kind == Kind.EVENT:
        channel = a_text(body["event"].get("channel"))
        return Origin(user, channel, thread=a_text(body["event"].get("thread_ts")))
    if kind == Kind.COMMAND:
        return Origin(
            user, a_text(body.get("channel_id")), trigger=trigger,
            response_url=a_text(body.get("response_url")),
        )  # fmt: skip
    view = body.get("view") or {}
    if view and kind == Kind.SUBMISSION and closes(view):  # it is not there any more
        return Origin(user, place_of(view))
    if view:
        return Origin(user, trigger=trigger, view=str(view["id"]), home=view.get("type") == "home")
    container = body.get("container") or {}
    return Origin(
        user,
        a_text((body.get("channel") or {}).get("id")),
        message=a_text(container.get("message_ts")),
        private=bool(container.get("is_ephemeral")),
        thread=a_text(container.get("thread_ts")),
        response_url=a_text(body.get("response_url")),
        trigger=trigger,
    )


def is_readable(body: bytes) -> bool:
    """Whether a request of Slack's can be read: JSON, or a form whose payload is JSON."""
    try:
        text = body.decode()
        if text.lstrip().startswith("{"):
            return isinstance(decoded(text), dict)
        for payload in parse_qs(text, max_num_fields=_MOST_FIELDS).get("payload", []):
            decoded(payload)
    except ValueError:
        return False
    return True


def command_line(text: str) -> tuple[str, str]:
    """`canary 42 5%` as ("canary", "42 5%"); nothing typed opens the menu."""
    head, rest = (text.split(None, 1) + ["", ""])[:2]
    return head.lower().lstrip("/") or "menu", rest.strip()


def code_in(text: str) -> str:
    """A claim, invitation or link code somebody wrote to us, else an empty string."""
    line = text.strip().strip("`")
    before = _BEFORE_A_CODE.match(line)
    code = pasted_code.code(line[before.end() :] if before else line)
    return code if _CODE.fullmatch(code) else ""
