"""A Message as the fields of a Bot API call (pure)."""

from __future__ import annotations

from typing import Any

from broadcast.language import speech
from broadcast.message import LinkPreview, Media, MediaKind, Message, RichText
from broadcast.way_out import LEAVE, LEAVE_WORD, is_added
from channels.telegram.markup import to_telegram

METHODS = {
    MediaKind.PHOTO: "sendPhoto",
    MediaKind.VIDEO: "sendVideo",
    MediaKind.DOCUMENT: "sendDocument",
    MediaKind.AUDIO: "sendAudio",
    MediaKind.ANIMATION: "sendAnimation",
    MediaKind.VOICE: "sendVoice",
}
ATTACHED = "attach://"
# The button that leaves, which a conversation's too begins with; pressed under a broadcast it is not
# to be answered in its place.
UNDER_BROADCAST = "s:out:broadcast"
VISUAL = frozenset({MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.ANIMATION})
# What Telegram is told of a file it has not seen yet, where its own look would not find it out.
_TOLD = {
    MediaKind.VIDEO: ("width", "height", "duration"),
    MediaKind.ANIMATION: ("width", "height", "duration"),
    MediaKind.AUDIO: ("duration", "title", "performer"),
    MediaKind.VOICE: ("duration",),
}
WITH_THUMBNAIL = frozenset(
    {MediaKind.VIDEO, MediaKind.ANIMATION, MediaKind.AUDIO, MediaKind.DOCUMENT}
)
Fields = dict[str, Any]


def method_of(message: Message) -> str:
    if not message.media:
        return "sendMessage"
    return "sendMediaGroup" if len(message.media) > 1 else METHODS[message.media[0].kind]


def fields_of(message: Message, files: dict[int, str], language: str = "en") -> Fields:
    """Everything but chat_id; `files` maps media_id to a file_id or `attach://name`. The way out is a
    button; under an album, which can have none, a line of its text. `language`: the way out's.

    Formatting goes as entities, never as parse_mode: what people type cannot break it.
    """
    leaves = is_added(message)
    if leaves and len(message.media) > 1:
        message = with_line(message, language)
    if not message.media:
        fields = words_of(message.text, "text", "entities")
        if options := preview_of(message.preview):
            fields["link_preview_options"] = options
    elif len(message.media) == 1:
        item = message.media[0]
        fields = {item.kind.value: files[item.media_id]}
        fields |= caption_of(message, 0) | shown_as(message, item) | _told(item, files)
    else:
        return {"media": [_part(message, place, files) for place in range(len(message.media))]}
    rows = [[{"text": b.label, "url": b.url} for b in row] for row in message.buttons]
    if leaves:
        rows.append([{"text": speech(language).plain(LEAVE), "callback_data": UNDER_BROADCAST}])
    if rows:
        fields["reply_markup"] = {"inline_keyboard": rows}
    return fields


def with_line(message: Message, language: str) -> Message:
    """An album whose words end with how to leave."""
    line = speech(language).plain(LEAVE_WORD)
    text = message.text + ("\n\n" if message.text.text else "") + line
    return message.model_copy(update={"text": text})


def _part(message: Message, place: int, files: dict[int, str]) -> Fields:
    """One file of an album. A single caption is shown as the whole album's."""
    item = message.media[place]
    part = {"type": item.kind.value, "media": files[item.media_id]}
    return part | caption_of(message, place) | shown_as(message, item) | _told(item, files)


def caption_of(message: Message, place: int) -> Fields:
    """The words under the file at this place: the message's, or its own."""
    alone = len(message.media) == 1
    text = message.text if alone or place == _text_at(message) else message.media[place].caption
    return words_of(text, "caption", "caption_entities") if text.text else {}


def _text_at(message: Message) -> int:
    return message.text_at if message.text_at < len(message.media) else 0


def shown_as(message: Message, item: Media) -> Fields:
    """How it is shown, whether Telegram has the file already or not."""
    fields: Fields = {}
    if item.kind in VISUAL and item.spoiler:
        fields["has_spoiler"] = True
    if item.kind in VISUAL and message.text_above:
        fields["show_caption_above_media"] = True
    return fields


def told_of(item: Media) -> Fields:
    """What a file is, for one that Telegram has not seen yet; without its thumbnail."""
    names = _TOLD.get(item.kind, ())
    return {name: value for name in names if (value := getattr(item, name))}


def _told(item: Media, files: dict[int, str]) -> Fields:
    if not files[item.media_id].startswith(ATTACHED):
        return {}
    fields = told_of(item)
    if item.thumbnail in files and item.kind in WITH_THUMBNAIL:
        fields["thumbnail"] = files[item.thumbnail]
    return fields


def preview_of(preview: LinkPreview) -> Fields:
    """LinkPreviewOptions; empty where the platform's own choice is meant."""
    if preview.off:
        return {"is_disabled": True}
    options: Fields = {"url": preview.url} if preview.url else {}
    if preview.above:
        options["show_above_text"] = True
    if preview.size in {"small", "large"}:
        options[f"prefer_{preview.size}_media"] = True
    return options


def words_of(rich: RichText, text: str, entities: str) -> Fields:
    fields: Fields = {text: rich.text}
    if made := to_telegram(rich):
        fields[entities] = made
    return fields
