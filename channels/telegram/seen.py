"""What a phone with Telegram shows of a call's fields (pure)."""

from __future__ import annotations

from broadcast.channel import Shown
from broadcast.lenient_json import a_dict, a_list, a_string
from broadcast.message import EntityKind, LinkButton, Message, RichText
from channels.telegram.content import Fields
from channels.telegram.markup import from_telegram
from channels.telegram.web_address import opens


def seen(message: Message, fields: Fields) -> Shown:
    """`fields`: what would be sent of it. An album is one message here, with its captions."""
    if "media" in fields:
        return Shown(_album(message, [a_dict(part) for part in a_list(fields["media"])]))
    rows = a_list(a_dict(fields.get("reply_markup")).get("inline_keyboard"))
    buttons = [[a_dict(button) for button in a_list(row)] for row in rows]
    links = (tuple(_link(one) for one in row if "url" in one) for row in buttons)
    answers = (a_string(one.get("text")) for row in buttons for one in row if "url" not in one)
    rest = {"text": _words(fields), "buttons": tuple(filter(None, links)), "templates": ()}
    return Shown(message.model_copy(update=rest), tuple(answers))


def _album(message: Message, parts: list[Fields]) -> Message:
    words = [_words(part) for part in parts]
    at = message.text_at if message.text_at < len(words) else 0
    captions = [RichText() if place == at else one for place, one in enumerate(words)]
    media = tuple(
        item.model_copy(update={"caption": caption})
        for item, caption in zip(message.media, captions, strict=True)
    )
    update = {"text": words[at], "media": media, "text_at": at, "templates": ()}
    return message.model_copy(update=update)


def _link(button: Fields) -> LinkButton:
    return LinkButton(label=a_string(button.get("text")), url=a_string(button["url"]))


def _words(fields: Fields) -> RichText:
    """Without links that Telegram would not open: it leaves them out."""
    text = a_string(fields.get("text")) or a_string(fields.get("caption"))
    marks = a_list(fields.get("entities")) or a_list(fields.get("caption_entities"))
    rich = from_telegram(text, [a_dict(one) for one in marks])
    kept = tuple(e for e in rich.entities if e.kind is not EntityKind.LINK or opens(e.value))
    return rich.model_copy(update={"entities": kept})
