"""What a phone with Telegram shows of a call's fields (pure)."""

from __future__ import annotations

from broadcast.lenient import a_dict, a_list, a_string
from broadcast.message import EntityKind, LinkButton, Message, RichText
from broadcast.ports import Shown
from channels.telegram.content import fields_of
from channels.telegram.markup import from_telegram
from channels.telegram.web_address import opens


def seen(message: Message) -> Shown:
    """An album is one message here, with its captions."""
    fields = fields_of(message, {item.media_id: str(item.media_id) for item in message.media})
    if "media" in fields:
        return Shown(message.model_copy(update={"text": _opened(message.text)}))
    words = a_string(fields.get("text")) or a_string(fields.get("caption"))
    marks = a_list(fields.get("entities")) or a_list(fields.get("caption_entities"))
    text = _opened(from_telegram(words, [a_dict(one) for one in marks]))
    rows = a_list(a_dict(fields.get("reply_markup")).get("inline_keyboard"))
    buttons = [[a_dict(button) for button in a_list(row)] for row in rows]
    links = tuple(
        tuple(
            LinkButton(label=a_string(b.get("text")), url=a_string(b["url"]))
            for b in row
            if "url" in b
        )
        for row in buttons
    )
    answers = (a_string(b.get("text")) for row in buttons for b in row if "url" not in b)
    rest = {"text": text, "buttons": tuple(row for row in links if row), "templates": ()}
    return Shown(message.model_copy(update=rest), tuple(answers))


def _opened(text: RichText) -> RichText:
    """Telegram leaves a link out that it would not open."""
    kept = tuple(e for e in text.entities if e.kind is not EntityKind.LINK or opens(e.value))
    return text.model_copy(update={"entities": kept})
