"""What a phone with Messenger shows of one message's payload (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast.channel import Shown
from broadcast.lenient_json import a_dict, a_list, a_string
from broadcast.message import LinkButton, Media, Message, RichText
from channels._kit.graph.api import Json
from channels._kit.read_marks import unseen_removed


def seen(payload: Json, files: Mapping[str, Media]) -> Shown:
    """`files` by the id they have in it."""
    attachment = a_dict(payload.get("attachment"))
    inside = a_dict(attachment.get("payload"))
    words = a_string(payload.get("text")) or a_string(inside.get("text"))
    file = files.get(a_string(inside.get("attachment_id")))
    plain = {"caption": RichText(), "spoiler": False}
    links = (
        (LinkButton(label=a_string(one.get("title")), url=a_string(one.get("url"))),)
        for one in map(a_dict, a_list(inside.get("buttons")))
    )
    message = Message(
        text=RichText(text=unseen_removed(words)),
        media=(file.model_copy(update=plain),) if file else (), buttons=tuple(links),
    )  # fmt: skip
    quick = a_list(payload.get("quick_replies"))
    labels = (a_string(a_dict(one).get("title")) for one in quick)
    return Shown(message, tuple(filter(None, labels)))
