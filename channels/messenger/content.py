"""A Message as Send API payloads: in the window freely, outside it a utility template (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.language import speech
from broadcast.message import Media, MediaKind, Message, RichText, TemplateUse
from broadcast.way_out import LEAVE, is_written
from channels._kit.marked_text import PLAIN, marked
from channels._kit.values import UNKNOWN_ROOM, filled

Json = dict[str, Any]
CHOICE_PREFIX = "s:"
OPT_OUT = f"{CHOICE_PREFIX}out"
MAX_TEXT, MAX_TEMPLATE_TEXT, MAX_BUTTONS, MAX_LABEL = 2000, 640, 3, 20
KINDS = {
    MediaKind.PHOTO: "image",
    MediaKind.ANIMATION: "video",  # an MP4, unless it is a GIF
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
    MediaKind.DOCUMENT: "file",
}

HEAVY = frozenset({"video", "audio"})


def kind_of(item: Media) -> str:
    """What the Send API calls a file; it looks into it, so that the name has to be right."""
    return (
        "image"
        if item.mime.startswith("image/") and item.kind == MediaKind.ANIMATION
        else KINDS[item.kind]
    )


def words_of(message: Message) -> str:
    return marked(message.text, PLAIN)


def links_of(message: Message) -> list[Json]:
    return [
        {"type": "web_url", "title": button.label[:MAX_LABEL], "url": button.url}
        for row in message.buttons
        for button in row
    ]


def messages_of(message: Message, attachment_ids: dict[int, str], language: str) -> list[Json]:
    """The messages one broadcast becomes here: each file, then the words. The way to leave is a
    quick reply under the last of them (it takes nothing from the three link buttons)."""
    parts: list[Json] = [
        {
            "attachment": {
                "type": kind_of(item),
                "payload": {"attachment_id": attachment_ids[item.media_id]},
            }
        }
        for item in message.media
    ]
    words, links = words_of(message), links_of(message)
    if words and links and len(words) <= MAX_TEMPLATE_TEXT:
        template = {"template_type": "button", "text": words, "buttons": links}
        parts.append({"attachment": {"type": "template", "payload": template}})
    elif words:
        lines = [RichText(text=f"{link['title']}: {link['url']}") for link in links]
        parts.append({"text": "\n".join([words, *(marked(line, PLAIN) for line in lines)])})
    if way_out(message):
        leave = speech(language).plain(LEAVE)[:MAX_LABEL]
        parts[-1]["quick_replies"] = [{"content_type": "text", "title": leave, "payload": OPT_OUT}]
    return parts


def way_out(message: Message) -> str:
    """What is shown under the words: LEAVE, or nothing where the author says how to leave."""
    return "" if message.way_out and is_written(message) else LEAVE


def template_of(use: TemplateUse, name: str, room: int = UNKNOWN_ROOM) -> Json:
    """`{name}` in a value becomes the person's name; positional parameters are 1, 2 … `room`: the
    characters the values may have together."""
    parameters = []
    for key, value in filled(use, name, room):
        one: Json = {"type": "text", "text": value}
        if not key.isdecimal():
            one["parameter_name"] = key
        parameters.append(one)
    made: Json = {"name": use.name, "language": {"code": use.language}}
    if parameters:
        made["components"] = [{"type": "body", "parameters": parameters}]
    return {"template": made}
