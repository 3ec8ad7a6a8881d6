"""A Message as WhatsApp payloads: free text inside the window, a template outside it (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.language import languages, speech
from broadcast.message import Media, MediaKind, Message, RichText, TemplateUse
from broadcast.way_out import LEAVE, LEAVE_WORD, is_written
from channels._kit.marked_text import WHATSAPP, marked
from channels._kit.values import UNKNOWN_ROOM, filled

Json = dict[str, Any]
CHOICE_PREFIX = "s:"  # what our buttons bring back, as on every channel
OPT_OUT = f"{CHOICE_PREFIX}out"
MAX_TEXT, MAX_BODY, MAX_LABEL, MAX_CAPTION = 4096, 1024, 20, 1024
KINDS = {
    MediaKind.PHOTO: "image",
    MediaKind.VIDEO: "video",
    MediaKind.ANIMATION: "video",
    MediaKind.DOCUMENT: "document",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
}
_HEADERS = frozenset({"image", "video", "document"})  # what may stand above reply buttons
CAPTIONLESS = frozenset({MediaKind.AUDIO, MediaKind.VOICE})


# What Meta's template editor calls its own button, as quick reply under marketing templates.
META_LEAVE = frozenset({"Stop promotions"})


def leave_labels() -> frozenset[str]:
    """What the button to leave under a template may be called: by us, or by Meta's editor."""
    return META_LEAVE | {speech(code).plain(LEAVE) for code in languages()}


def count_of(message: Message) -> int:
    """How many messages of WhatsApp's it becomes."""
    alone = not message.media or message.media[-1].kind in CAPTIONLESS
    return len(message.media) + alone


def words_of(message: Message) -> str:
    """The text with its marks, its link buttons as lines under it: WhatsApp has no row of links."""
    links = "\n".join(
        marked(RichText(text=f"{button.label}: {button.url}"), WHATSAPP)
        for row in message.buttons
        for button in row
    )
    return "\n\n".join(filter(None, (marked(message.text, WHATSAPP), links)))


def messages_of(message: Message, ids: dict[int, str], language: str) -> list[Json]:
    """Everything but the recipient: each file is a message of its own, the words go under the last.

    With the opt-out button where it fits, else with a line that says how to leave. `ids`: the
    files' media ids.
    """
    made = [_file(item, ids) for item in message.media]
    words, last = words_of(message), made[-1] if made else None
    under = last is not None and last["type"] != "audio"  # which takes no words
    kept = made[:-1] if under else made
    return [*kept, _words(words, last if under else None, way_out(message), language)]


def way_out(message: Message) -> str:
    """What is shown under the words: LEAVE (a button), LEAVE_WORD (a line), or nothing where the author
    says it."""
    if message.way_out and is_written(message):
        return ""
    kind = KINDS[message.media[-1].kind] if message.media else ""
    kind = "" if kind == "audio" else kind  # which takes no words: they are a message of their own
    words = words_of(message)
    fits = words and len(words) <= MAX_BODY and kind in {"", *_HEADERS}
    return LEAVE if fits else LEAVE_WORD


def _file(item: Media, ids: dict[int, str]) -> Json:
    kind = KINDS[item.kind]
    made: Json = {"id": ids[item.media_id]}
    if item.kind == MediaKind.VOICE and item.mime.partition(";")[0].strip() in {"", "audio/ogg"}:
        made["voice"] = True  # else it arrives as a file of music; only OGG can be one
    if item.kind == MediaKind.DOCUMENT and item.filename:
        made["filename"] = item.filename
    return {"type": kind, kind: made}


def _words(words: str, file: Json | None, leave: str, language: str) -> Json:
    """The last message: the words, below the file where there is one."""
    said, kind = speech(language), str(file["type"]) if file else ""
    if leave == LEAVE:
        interactive: Json = {
            "type": "button",
            "body": {"text": words},
            "action": {"buttons": [reply_button(OPT_OUT, said.plain(LEAVE))]},
        }
        if file:
            interactive["header"] = file
        return {"type": "interactive", "interactive": interactive}
    text = "\n\n".join(filter(None, (words, leave and said.plain(leave))))
    if file is None:
        return {"type": "text", "text": {"body": text, "preview_url": False}}
    return {"type": kind, kind: file[kind] | {"caption": text}}


def reply_button(data: str, label: str) -> Json:
    return {"type": "reply", "reply": {"id": data, "title": label[:MAX_LABEL]}}


def template_of(use: TemplateUse, name: str, room: int = UNKNOWN_ROOM) -> Json:
    """`{name}` in a value becomes the person's name; positional parameters are 1, 2 … `room`: the
    characters the values may have together."""
    made: Json = {"name": use.name, "language": {"code": use.language}}
    parameters = []
    for key, value in sorted(filled(use, name, room), key=_position):
        one: Json = {"type": "text", "text": value}
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
