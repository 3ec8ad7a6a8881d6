"""A Message as WhatsApp payloads: free text inside the window, a template outside it (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.language import N_, languages, speech
from broadcast.message import MediaKind, Message, TemplateUse
from channels._kit.stars import WHATSAPP, marked

Json = dict[str, Any]
CHOICE_PREFIX = "s:"  # what our buttons bring back, as on every channel
OPT_OUT = f"{CHOICE_PREFIX}out"
MAX_TEXT, MAX_BODY, MAX_LABEL, MAX_CAPTION = 4096, 1024, 20, 1024
LEAVE = N_("Stop messages")
LEAVE_WORD = N_("Write STOP to leave.")
KINDS = {
    MediaKind.PHOTO: "image",
    MediaKind.VIDEO: "video",
    MediaKind.ANIMATION: "video",
    MediaKind.DOCUMENT: "document",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
}
_HEADERS = frozenset({"image", "video", "document"})  # what may stand above reply buttons


def leave_labels() -> frozenset[str]:
    """What the button to leave under a template may be called."""
    return frozenset(speech(code).plain(LEAVE) for code in languages())


def words_of(message: Message) -> str:
    """The text with its marks, its link buttons as lines under it: WhatsApp has no row of links."""
    links = "\n".join(f"{button.label}: {button.url}" for row in message.buttons for button in row)
    return "\n\n".join(filter(None, (marked(message.text, WHATSAPP), links)))


def free_form(message: Message, handle: str, language: str) -> Json:
    """Everything but the recipient. `handle`: the media id, empty without media.

    With the opt-out button where it fits, else with a line that says how to leave.
    """
    words, kind = words_of(message), KINDS[message.media[0].kind] if message.media else ""
    said = speech(language)
    if words and len(words) <= MAX_BODY and kind in {"", *_HEADERS}:
        interactive: Json = {
            "type": "button",
            "body": {"text": words},
            "action": {"buttons": [reply_button(OPT_OUT, said.plain(LEAVE))]},
        }
        if kind:
            interactive["header"] = {"type": kind, kind: media_of(message, handle)}
        return {"type": "interactive", "interactive": interactive}
    leave = said.plain(LEAVE_WORD)
    if not kind:
        return {"type": "text", "text": {"body": f"{words}\n\n{leave}", "preview_url": False}}
    made = media_of(message, handle)
    if kind != "audio":
        made["caption"] = f"{words}\n\n{leave}" if words else leave
    return {"type": kind, kind: made}


def media_of(message: Message, handle: str) -> Json:
    item = message.media[0]
    made: Json = {"id": handle}
    if item.kind == MediaKind.DOCUMENT and item.filename:
        made["filename"] = item.filename
    return made


def reply_button(data: str, label: str) -> Json:
    return {"type": "reply", "reply": {"id": data, "title": label[:MAX_LABEL]}}


def template_of(use: TemplateUse, name: str) -> Json:
    """`{name}` in a value becomes the person's name; positional parameters are 1, 2 …"""
    made: Json = {"name": use.name, "language": {"code": use.language}}
    parameters = []
    for key, value in sorted(use.parameters, key=_position):
        one: Json = {"type": "text", "text": value.replace("{name}", name) or "-"}
        if not key.isdecimal():
            one["parameter_name"] = key
        parameters.append(one)
    if parameters:
        made["components"] = [{"type": "body", "parameters": parameters}]
    return {"type": "template", "template": made}


def _position(parameter: tuple[str, str]) -> tuple[int, str]:
    key = parameter[0]
    return (int(key), "") if key.isdecimal() else (0, key)


def recipient(address: str) -> Json:
    """A business-scoped id (`TR.…`) goes in another field than a number. Exactly one of them."""
    return {"recipient": address} if "." in address else {"to": address}
