"""What a Telegram message says beside its words and its file, and what of it cannot be carried (pure)."""

from __future__ import annotations

from typing import Any

import telegram

from bot.frontends.telegram.markup import KNOWN_KINDS
from broadcast.language import N_
from broadcast.message import LinkButton, LinkPreview, MediaKind

# What a broadcast cannot be, by the field of the message; some of these have a caption as well.
UNCARRIED = {
    "poll": N_("a poll"),
    "contact": N_("a contact"),
    "venue": N_("a place"),
    "location": N_("a location"),
    "dice": N_("a dice"),
    "checklist": N_("a checklist"),
    "game": N_("a game"),
    "invoice": N_("an invoice"),
    "story": N_("a story"),
    "paid_media": N_("paid media"),
    "live_photo": N_("a live photo"),
    "sticker": N_("a sticker"),
    "video_note": N_("a round video"),
    "giveaway": N_("a giveaway"),
    "giveaway_winners": N_("a giveaway"),
    "passport_data": N_("Telegram Passport data"),
    "gift": N_("a gift"),
    "unique_gift": N_("a gift"),
    "rich_message": N_("a rich message"),
}
# Entities that are more than words, and that we do not know how to write.
_MENTION, _MOMENT = "text_mention", "date_time"
# What a library older than Telegram does not know, and that says nothing of what was written.
_BESIDE = frozenset({"receiver_user", "guest_bot_caller_user", "guest_bot_caller_chat"})


def uncarried(message: telegram.Message) -> str:
    """What kind of message it is, where it is one that cannot be broadcast; else empty."""
    extra = message.api_kwargs or {}
    for field, what in UNCARRIED.items():
        if getattr(message, field, None) or extra.get(field):
            return what
    return ""


def file_of(message: telegram.Message) -> tuple[MediaKind, Any] | None:
    if message.photo:
        return MediaKind.PHOTO, message.photo[-1]
    # An animation also comes as a document: look for it first.
    for kind in ("animation", "video", "audio", "voice", "document"):
        if (file := getattr(message, kind)) is not None:
            return MediaKind(kind), file
    return None


def details_of(file: telegram.TelegramObject) -> dict[str, Any]:
    """What Telegram knows of a file, as fields of a Media."""
    known = file.to_dict()
    numbers = {name: int(known.get(name) or 0) for name in ("width", "height", "duration")}
    words = {name: str(known.get(name) or "") for name in ("title", "performer")}
    return numbers | words


def preview_of(message: telegram.Message) -> LinkPreview:
    if message.link_preview_options is None:
        return LinkPreview()
    options = message.link_preview_options.to_dict()
    sizes = [size for size in ("small", "large") if options.get(f"prefer_{size}_media")]
    return LinkPreview(
        off=bool(options.get("is_disabled")), above=bool(options.get("show_above_text")),
        size=sizes[0] if sizes else "", url=str(options.get("url") or ""),
    )  # fmt: skip


def buttons_of(message: telegram.Message) -> tuple[tuple[LinkButton, ...], ...]:
    """The link buttons under a forwarded post."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    made = (tuple(LinkButton(label=b.text, url=b.url) for b in row if b.url) for row in rows)
    return tuple(row for row in made if row)


def left_out(message: telegram.Message) -> tuple[str, ...]:
    """What is not sent on, each as a catalog sentence."""
    found = []
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    if any(not button.url for row in rows for button in row):
        found.append(N_("Left out: the buttons that are no links."))
    if any(b.style or b.icon_custom_emoji_id or b.api_kwargs for row in rows for b in row if b.url):
        found.append(N_("Left out: the colours and the emoji of the buttons."))
    kinds = {str(e.type) for e in (*message.entities, *message.caption_entities)}
    if _MENTION in kinds:
        found.append(
            N_("Left out: the link behind a person's name. The name arrives as plain text.")
        )
    if _MOMENT in kinds:
        found.append(
            N_("Left out: a time shown in each reader's own zone. It arrives as plain text.")
        )
    if kinds - KNOWN_KINDS - {_MENTION, _MOMENT}:
        found.append(
            N_("Left out: formatting that is new to me. Those words arrive as plain text.")
        )
    if any(isinstance(v, dict | list) for k, v in message.api_kwargs.items() if k not in _BESIDE):
        found.append(N_("Left out: a part of it that is new to me."))
    if message.effect_id:
        found.append(N_("Left out: the effect that plays when it is opened."))
    if message.quote or message.external_reply:
        found.append(N_("Left out: the message it answers."))
    video = message.video.to_dict() if message.video else {}
    if video.get("cover") or video.get("start_timestamp"):
        found.append(N_("Left out: the video's own cover, and where it starts."))
    return tuple(found)
