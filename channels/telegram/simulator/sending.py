"""The methods that send: texts, media, albums, copies, forwards."""

from __future__ import annotations

from typing import Any

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.entities import MAX_CAPTION, MAX_TEXT, formatted
from channels.telegram.simulator.errors import ApiError, bad_request
from channels.telegram.simulator.files import checked_thumbnail
from channels.telegram.simulator.keyboard import checked
from channels.telegram.simulator.methods import Call, method

_MEDIA = ("photo", "video", "document", "audio", "animation", "voice")
_ALBUM = frozenset({"photo", "video", "document", "audio"})
_TOLD = ("width", "height", "duration", "performer", "title")
_SHOWN = ("has_spoiler", "show_caption_above_media")


def send(call: Call, content: Json) -> Json:
    """Everything that is the same for all that is sent; counts against the limits."""
    chat = open_chat(call)
    markup = checked(call.get("reply_markup"))
    extras(call, content, chat)
    if markup and "inline_keyboard" in markup:
        content["reply_markup"] = markup
    call.account.limiter.admit(chat["id"], 1, bool(call.get("allow_paid_broadcast")))
    message = call.platform.deliver(call.account, chat, content)
    if markup and "inline_keyboard" not in markup:
        # People see a reply keyboard or a forced reply; the answer of the API does not show it.
        call.platform.tell("keyboard", call.account, chat["id"], reply_markup=markup)
    return message


def open_chat(call: Call) -> Json:
    """The chat to send to."""
    return call.platform.open_chat(call.account, call.params["chat_id"])


def extras(call: Call, content: Json, chat: Json) -> None:
    """Reply, protection, options that come back with the message."""
    reply = call.get("reply_parameters")
    if reply:
        found = call.account.ledger.whole(chat["id"], reply["message_id"])
        if found is not None:
            content["reply_to_message"] = {
                k: v for k, v in found.items() if k != "reply_to_message"
            }
        elif not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
    if call.get("protect_content"):
        content["has_protected_content"] = True
    if call.get("message_effect_id"):
        content["effect_id"] = call.params["message_effect_id"]


@method("sendMessage")
def send_message(call: Call) -> Json:
    """Text."""
    text, entities = formatted(
        call.params["text"], call.get("parse_mode"), call.get("entities"), MAX_TEXT
    )
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    if call.get("link_preview_options"):
        content["link_preview_options"] = call.params["link_preview_options"]
    return send(call, content)


def captioned(source: Json, content: Json) -> Json:
    """Adds a caption given in a request or an InputMedia."""
    caption, entities = formatted(
        source.get("caption") or "",
        source.get("parse_mode"),
        source.get("caption_entities"),
        MAX_CAPTION,
        "caption",
    )
    if caption:
        content["caption"] = caption
    if entities:
        content["caption_entities"] = entities
    for name in _SHOWN:
        if source.get(name):
            content["has_media_spoiler" if name == "has_spoiler" else name] = True
    return content


def media_content(call: Call, kind: str, value: Any, details: Json) -> Json:
    """The field(s) of a message for one file. What is said of it counts when its bytes come."""
    files = call.platform.files
    stored = files.resolve(call.account.id, kind, value, call.files)
    fresh = not isinstance(value, str) or value.startswith("attach://")
    if fresh and isinstance(stored.media, dict):
        stored.media = stored.media | {k: details[k] for k in _TOLD if k in details}
        small = checked_thumbnail(details.get("thumbnail"), call.files)
        if small is not None:
            kept = files.keep(call.account.id, "thumbnail", "", "image/jpeg", small.data)
            stored.media["thumbnail"] = kept.media[-1]
    media = stored.media
    content: Json = {"photo" if kind == "thumbnail" else kind: media}
    if kind == "animation":
        content["document"] = {
            k: v for k, v in media.items() if k not in ("width", "height", "duration")
        }
    return content


@method("sendPhoto", "sendVideo", "sendDocument", "sendAudio", "sendAnimation", "sendVoice")
def send_media(call: Call) -> Json:
    """One file with a caption."""
    kind = call.method.removeprefix("send").lower()
    open_chat(call)  # a wrong chat is told before a wrong file, as Telegram does
    content = media_content(call, kind, call.params[kind], call.params)
    return send(call, captioned(call.params, content))


@method("sendMediaGroup")
def send_media_group(call: Call) -> list[Json]:
    """An album: several messages that belong together."""
    items: list[Json] = call.params["media"]
    if not 2 <= len(items) <= 10:
        words = "too many" if len(items) > 10 else "too few"
        raise bad_request(f"{words} messages to send as an album")
    kinds = {item["type"] for item in items}
    if kinds - _ALBUM:
        raise bad_request("can't use the media of the specified type in the album")
    for alone in ("document", "audio"):
        if alone in kinds and len(kinds) > 1:
            raise bad_request(f"{alone} can't be mixed with other media types")
    if len({bool(item.get("show_caption_above_media")) for item in items}) > 1:
        words = "parameter show_caption_above_media must be the same for all messages"
        raise bad_request(words)
    chat = open_chat(call)
    contents = []
    for item in items:
        content = media_content(call, item["type"], item["media"], item)
        contents.append(captioned(item, content))
    extras(call, contents[0], chat)
    paid = bool(call.get("allow_paid_broadcast"))
    call.account.limiter.admit(chat["id"], len(contents), paid)
    album = call.platform.album_id()
    return [
        call.platform.deliver(call.account, chat, {"media_group_id": album, **content})
        for content in contents
    ]


def source_message(call: Call, verb: str) -> Json:
    """The message a copy or forward starts from."""
    missing = bad_request(f"message to {verb} not found")
    try:
        chat = call.platform.chat(call.params["from_chat_id"])
    except ApiError:
        raise bad_request("chat not found") from None
    message_id = call.params["message_id"]
    if not call.account.ledger.exists(chat["id"], message_id):
        raise missing
    found = call.account.ledger.whole(chat["id"], message_id)
    if found is None:
        raise missing
    if verb == "forward" and found.get("has_protected_content"):
        raise bad_request("message can't be forwarded")
    return found


def _body(message: Json) -> Json:
    """What a message says, without where and when it was said."""
    names = ("text", "entities", "link_preview_options", "caption", "caption_entities", *_MEDIA)
    more = ("has_media_spoiler", "show_caption_above_media")
    return {name: message[name] for name in (*names, *more) if name in message}


@method("copyMessage")
def copy_message(call: Call) -> Json:
    """The content again, with no link to where it came from."""
    open_chat(call)
    content = _body(source_message(call, "copy"))
    if not content:
        raise bad_request("message can't be copied")
    if "caption" in call.params and "text" not in content:
        for name in ("caption", "caption_entities"):
            content.pop(name, None)
        captioned(call.params, content)
    return {"message_id": send(call, content)["message_id"]}


@method("forwardMessage")
def forward_message(call: Call) -> Json:
    """The message again, with its origin."""
    open_chat(call)
    source = source_message(call, "forward")
    origin = source.get("forward_origin") or {
        "type": "user",
        "sender_user": source["from"],
        "date": source["date"],
    }
    return send(call, {"forward_origin": origin, **_body(source)})
