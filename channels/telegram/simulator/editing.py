"""The methods that change what was sent: edits, deletions, answers to button presses."""

from __future__ import annotations

import time

from channels._kit.sandbox_world import Json
from channels.telegram.simulator import errors
from channels.telegram.simulator.entities import MAX_TEXT, formatted
from channels.telegram.simulator.errors import ApiError, bad_request
from channels.telegram.simulator.keyboard import checked
from channels.telegram.simulator.methods import Call, method
from channels.telegram.simulator.sending import captioned, media_content

_TEXT = ("text", "entities", "link_preview_options")
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_MEDIA = ("photo", "video", "document", "audio", "animation", "voice", "has_media_spoiler")
_DELETABLE_SECONDS = 48 * 3600


def _target(call: Call) -> Json:
    """The message to edit, as it is now; a stub for one that is not kept whole any more."""
    if "inline_message_id" in call.params:
        raise bad_request("MESSAGE_ID_INVALID")
    for name in ("chat_id", "message_id"):
        if name not in call.params:
            raise bad_request(
                "chat_id is empty" if name == "chat_id" else "message identifier is not specified"
            )
    chat = call.platform.open_chat(call.account, call.params["chat_id"])
    ledger, message_id = call.account.ledger, call.params["message_id"]
    if not ledger.exists(chat["id"], message_id):
        raise bad_request("message to edit not found")
    if not ledger.is_from_bot(message_id):
        raise bad_request("message can't be edited")
    known = ledger.whole(chat["id"], message_id)
    if known is not None:
        return known
    date = int(time.time())
    return {"message_id": message_id, "from": call.account.user(), "chat": chat, "date": date}


def _change(call: Call, before: Json, drop: tuple[str, ...], content: Json) -> Json:
    """Puts the new content in place of the old."""
    kept = {k: v for k, v in before.items() if k not in (*drop, "reply_markup", "edit_date")}
    after = kept | content
    markup = checked(call.get("reply_markup"))
    if markup:
        after["reply_markup"] = markup
    if after == {k: v for k, v in before.items() if k != "edit_date"}:
        raise bad_request(errors.NOT_MODIFIED)
    after["edit_date"] = int(time.time())
    call.account.ledger.replace(after)
    chat_id = after["chat"]["id"]
    if call.platform.world.live.wants(chat_id):
        call.platform.tell("edited", call.account, chat_id, message=after)
    for listener in call.platform.listeners:
        listener(call.account, chat_id, after)
    return after


def _whole(message: Json) -> bool:
    return any(name in message for name in ("text", *_MEDIA))


@method("editMessageText")
def edit_message_text(call: Call) -> Json:
    """New text."""
    if "text" not in call.params:
        raise bad_request("message text is empty")
    before = _target(call)
    if _whole(before) and "text" not in before:
        raise bad_request("there is no text in the message to edit")
    text, entities = formatted(
        call.params["text"], call.get("parse_mode"), call.get("entities"), MAX_TEXT
    )
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    if call.get("link_preview_options"):
        content["link_preview_options"] = call.params["link_preview_options"]
    return _change(call, before, _TEXT, content)


@method("editMessageCaption")
def edit_message_caption(call: Call) -> Json:
    """New caption under the same file."""
    before = _target(call)
    if "text" in before:
        raise bad_request("there is no caption in the message to edit")
    return _change(call, before, _CAPTION, captioned(call.params, {}))


@method("editMessageMedia")
def edit_message_media(call: Call) -> Json:
    """Another file."""
    before = _target(call)
    media = call.params["media"]
    content = media_content(call, media["type"], media["media"], media)
    captioned(media, content)
    return _change(call, before, (*_TEXT, *_CAPTION, *_MEDIA), content)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Json:
    """Other buttons, or none."""
    return _change(call, _target(call), (), {})


@method("deleteMessage")
def delete_message(call: Call) -> bool:
    """Takes one message out of the chat."""
    chat = call.platform.chat(call.params["chat_id"])
    _delete(call, chat["id"], call.params["message_id"])
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> bool:
    """Takes up to 100 out; those not found are passed over."""
    chat = call.platform.chat(call.params["chat_id"])
    ids = call.params["message_ids"]
    if not 1 <= len(ids) <= 100:
        raise bad_request("too many message identifiers specified")
    for message_id in ids:
        try:
            _delete(call, chat["id"], message_id)
        except ApiError:
            continue
    return True


def _delete(call: Call, chat_id: int, message_id: int) -> None:
    ledger = call.account.ledger
    if not ledger.exists(chat_id, message_id):
        raise bad_request("message to delete not found")
    known = ledger.whole(chat_id, message_id)
    if known is not None and time.time() - known["date"] > _DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    ledger.delete(message_id)
    if call.platform.world.live.wants(chat_id):
        call.platform.tell("deleted", call.account, chat_id, message_ids=[message_id])


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    """What the person who pressed a button sees."""
    query = call.account.queries.get(call.params["callback_query_id"])
    if query is None:
        raise bad_request(errors.QUERY_TOO_OLD)
    text = call.get("text", "")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    answer: Json = {"text": text, "show_alert": bool(call.get("show_alert"))}
    if call.get("url"):
        answer["url"] = call.params["url"]
    if query.answer is not None and not query.answer.done():
        query.answer.set_result(answer)
    if call.platform.world.live.wants(query.person_id):
        about = {"callback_query_id": call.params["callback_query_id"], **answer}
        call.platform.tell("callback_answered", call.account, query.person_id, **about)
    return True
