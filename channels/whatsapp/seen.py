"""What a phone with WhatsApp shows of one message's payload (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast.channel import Shown
from broadcast.lenient_json import a_dict, a_list, a_string
from broadcast.message import Media, Message, RichText
from channels._kit.graph.api import Json
from channels._kit.read_marks import read


def seen(payload: Json, files: Mapping[str, Media]) -> Shown:
    """`files` by the id they have in it."""
    kind = a_string(payload.get("type"))
    inner = a_dict(payload.get(kind))
    if kind == "interactive":
        return _interactive(inner, files)
    words = read(a_string(inner.get("body")) or a_string(inner.get("caption")))
    return Shown(Message(text=words, media=_file(inner, files)))


def _interactive(inner: Json, files: Mapping[str, Media]) -> Shown:
    header = a_dict(inner.get("header"))
    words = read(a_string(a_dict(inner.get("body")).get("text")))
    if footer := a_string(a_dict(inner.get("footer")).get("text")):
        words = words + "\n" + RichText(text=footer)
    buttons = a_list(a_dict(inner.get("action")).get("buttons"))
    labels = (a_string(a_dict(a_dict(one).get("reply")).get("title")) for one in buttons)
    file = _file(a_dict(header.get(a_string(header.get("type")))), files)
    return Shown(Message(text=words, media=file), tuple(filter(None, labels)))


def _file(part: Json, files: Mapping[str, Media]) -> tuple[Media, ...]:
    """Without what it knows not: a caption of its own, a spoiler."""
    found = files.get(a_string(part.get("id")))
    return (found.model_copy(update={"caption": RichText(), "spoiler": False}),) if found else ()
