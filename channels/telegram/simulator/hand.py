"""What people do: write, edit, press buttons, block. Each becomes an update for the bot."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

from channels._kit.sandbox_world import Json, Person
from channels.telegram.simulator.account import BLOCKED, STARTED, Account, Query
from channels.telegram.simulator.entities import detect
from channels.telegram.simulator.keyboard import buttons
from channels.telegram.simulator.platform import Platform

_KINDS = ("photo", "video", "document", "audio", "animation", "voice")


# What people send beside words and files, and what they set on a message.
_OTHER_KINDS = (
    "poll", "contact", "location", "venue", "dice", "checklist", "game", "invoice", "story",
    "paid_media", "live_photo", "sticker", "video_note",
)  # fmt: skip
_SET = (
    "has_media_spoiler", "show_caption_above_media", "link_preview_options", "reply_markup",
    "effect_id",
)  # fmt: skip
_TOLD = ("width", "height", "duration", "title", "performer")


class Hand:
    """Acts as any person. Raises LookupError or ValueError for what cannot be done."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def person(self, person_id: Any) -> Person:
        """Somebody, or LookupError."""
        person = self._platform.world.people.get(int(person_id))
        if person is None:
            raise LookupError(f"no person {person_id}")
        return person

    def say(self, account: Account, person_id: Any, wish: Json) -> list[Json]:
        """Writes to the bot (or into a group); an album becomes several messages."""
        person = self.person(person_id)
        chat = self._chat(account, person, wish.get("chat"))
        common = self._common(account, person, chat, wish)
        items = wish.get("album")
        if items:
            album = self._platform.album_id()
            contents = [self._media(account, item) for item in items]
            for content in contents:
                content["media_group_id"] = album
            if wish.get("caption") and "caption" not in contents[0]:
                contents[0] |= _text("caption", wish["caption"], _given(wish))
        elif any(wish.get(kind) for kind in _KINDS):
            contents = [self._media(account, wish)]
        elif any(kind in wish for kind in _OTHER_KINDS):  # as Telegram's JSON has it
            contents = [{kind: wish[kind] for kind in (*_OTHER_KINDS, "caption") if kind in wish}]
        else:
            contents = [_text("text", str(wish.get("text") or ""), _given(wish))]
            if not contents[0]["text"]:
                raise ValueError("say what? give text, photo, video, document or album")
        contents[0] |= {name: wish[name] for name in _SET if name in wish}
        messages = []
        for content in contents:
            body = {"from": self._platform.user(person), **common, **content}
            messages.append(self._platform.receive(account, chat, body))
        # All are written before the bot hears of the first, as a phone sends an album.
        for message in messages:
            account.updates.push("message", message)
        return messages

    def _chat(self, account: Account, person: Person, group: Any) -> Json:
        if group is not None:
            chat = self._platform.groups.get(int(group))
            if chat is None:
                raise LookupError(f"no group {group}")
            return {k: v for k, v in chat.items() if not k.startswith("_")}
        index = self._index(person.id)
        standing = account.standing_of(index)
        if standing & BLOCKED:
            self.unblock(account, person.id)
        account.mark(index, STARTED)
        return self._platform.private_chat(person)

    def _index(self, person_id: int) -> int:
        index = self._platform.world.people.index(person_id)
        if index is None:
            raise LookupError(f"no person {person_id}")
        return index

    def _common(self, account: Account, person: Person, chat: Json, wish: Json) -> Json:
        common: Json = {}
        if wish.get("reply_to"):
            replied = account.ledger.whole(chat["id"], int(wish["reply_to"]))
            if replied is None:
                raise LookupError(f"no message {wish['reply_to']} in this chat")
            common["reply_to_message"] = {
                k: v for k, v in replied.items() if k != "reply_to_message"
            }
        origin = wish.get("forward_from")
        if origin:
            common["forward_origin"] = self._origin(origin)
        return common

    def _origin(self, origin: Any) -> Json:
        """forward_from: a person's id, {"channel": title} or {"hidden": name}."""
        date = int(time.time()) - 60
        if isinstance(origin, dict) and "channel" in origin:
            chat = {"id": -1001000000001, "type": "channel", "title": origin["channel"]}
            return {"type": "channel", "date": date, "chat": chat, "message_id": 7}
        if isinstance(origin, dict) and "hidden" in origin:
            return {"type": "hidden_user", "date": date, "sender_user_name": origin["hidden"]}
        sender = self._platform.user(self.person(origin))
        return {"type": "user", "date": date, "sender_user": sender}

    def _media(self, account: Account, item: Json) -> Json:
        kind = next((k for k in _KINDS if item.get(k)), None) or str(item.get("type", ""))
        if kind not in _KINDS:
            raise ValueError(f"an album item needs one of {', '.join(_KINDS)}")
        value = item.get(kind) or item.get("media") or kind
        name, mime, data = self._file(value)
        name, mime = str(item.get("file_name") or name), str(item.get("mime_type") or mime)
        stored = self._platform.files.keep(account.id, kind, name, mime, data)
        media = stored.media
        if isinstance(media, dict):
            media = media | {k: item[k] for k in _TOLD if k in item}
            if item.get("thumbnail"):
                *_, small = self._file(item["thumbnail"])
                kept = self._platform.files.keep(account.id, "thumbnail", "", "image/jpeg", small)
                media["thumbnail"] = kept.media[-1]
        content: Json = {kind: media}
        if kind == "animation":
            content["document"] = media
        if item.get("has_media_spoiler"):
            content["has_media_spoiler"] = True
        if item.get("caption"):
            content |= _text("caption", item["caption"], _given(item))
        return content

    def _file(self, value: Any) -> tuple[str, str, bytes]:
        """Base64 bytes, or the name of a built-in sample."""
        if not isinstance(value, str):
            return self._platform.world.sample("photo")
        try:
            return self._platform.world.sample(value)
        except LookupError:
            if len(value) < 24:
                raise
            data = base64.b64decode(value.partition("base64,")[2] or value, validate=True)
            return "", "", data

    def edit(self, account: Account, person_id: Any, message_id: Any, wish: Json) -> Json:
        """Changes the text or caption of a message of their own."""
        person = self.person(person_id)
        chat_id = int(wish.get("chat") or person.id)
        before = account.ledger.whole(chat_id, int(message_id))
        if before is None or before["from"]["id"] != person.id:
            raise LookupError(f"person {person.id} has no message {message_id}")
        field = "caption" if "caption" in wish or "text" not in before else "text"
        words = str(wish.get("caption") if "caption" in wish else wish.get("text", ""))
        drop = (field, "entities" if field == "text" else "caption_entities")
        after = {k: v for k, v in before.items() if k not in drop}
        after |= _text(field, words, _given(wish)) if words else {}
        after["edit_date"] = int(time.time())
        account.ledger.replace(after)
        account.updates.push("edited_message", after)
        if self._platform.world.live.wants(chat_id):
            self._platform.tell("edited", account, chat_id, message=after)
        return after

    def delete(self, account: Account, person_id: Any, message_id: Any) -> None:
        """Deletes a message for both sides; bots are not told."""
        person = self.person(person_id)
        if not account.ledger.exists(person.id, int(message_id)):
            raise LookupError(f"person {person.id} has no message {message_id}")
        account.ledger.delete(int(message_id))
        self._platform.tell("deleted", account, person.id, message_ids=[int(message_id)])

    async def press(self, account: Account, person_id: Any, wish: Json) -> Json:
        """Presses a button by its data or label and waits for what the bot answers."""
        person = self.person(person_id)
        chat_id = int(wish.get("chat") or person.id)
        message_id = int(wish["message_id"])
        button = self._button(account, chat_id, message_id, wish)
        if "callback_data" not in button:
            return {"pressed": button, "answered": False}
        query_id = self.press_data(
            account, person.id, message_id, button["callback_data"], True, chat_id
        )
        answer = account.queries[query_id].answer
        assert answer is not None
        done, _ = await asyncio.wait({answer}, timeout=float(wish.get("wait", 5.0)))
        result: Json = {"pressed": button, "callback_query_id": query_id, "answered": bool(done)}
        return result | (answer.result() if done else {"text": "", "show_alert": False})

    def _button(self, account: Account, chat_id: int, message_id: int, wish: Json) -> Json:
        message = account.ledger.whole(chat_id, message_id)
        if message is None:
            if not account.ledger.exists(chat_id, message_id) or "data" not in wish:
                raise LookupError(f"chat {chat_id} shows no message {message_id}")
            return {"text": "", "callback_data": wish["data"]}
        offered = buttons(message)
        for button in offered:
            if "data" in wish and button.get("callback_data") == wish["data"]:
                return button
            if "label" in wish and button["text"] == wish["label"]:
                return button
        if "data" in wish and wish.get("force"):  # an old button, pressed after it was replaced
            return {"text": "", "callback_data": wish["data"]}
        labels = [f"{b['text']!r} ({b.get('callback_data', 'no data')})" for b in offered]
        raise LookupError(f"no such button; there are: {', '.join(labels) or 'none'}")

    def press_data(
        self,
        account: Account,
        person_id: int,
        message_id: int,
        data: str,
        wait: bool = False,
        chat_id: int | None = None,
    ) -> str:
        """The bare press; returns the id of the callback query."""
        person = self.person(person_id)
        query_id = self._platform.query_id()
        query = Query(person.id)
        if wait:
            query.answer = asyncio.get_running_loop().create_future()
        account.ask(query_id, query)
        message = account.ledger.whole(chat_id or person.id, message_id)
        if message is None:
            chat = self._platform.private_chat(person)
            message = {"chat": chat, "message_id": message_id, "date": 0}
        account.updates.push(
            "callback_query",
            {
                "id": query_id,
                "from": self._platform.user(person),
                "message": message,
                "chat_instance": str(person.id * 7_919 + account.id),
                "data": data,
            },
        )
        return query_id

    def block(self, account: Account, person_id: Any, silent: bool = False) -> None:
        """Blocks the bot; `silent` keeps the update back, as when it comes late."""
        self._set_blocked(account, self.person(person_id), True, silent)

    def unblock(self, account: Account, person_id: Any) -> None:
        """Takes the bot back."""
        self._set_blocked(account, self.person(person_id), False, False)

    def _set_blocked(self, account: Account, person: Person, blocked: bool, silent: bool) -> None:
        index = self._index(person.id)
        was = bool(account.standing_of(index) & BLOCKED)
        if was == blocked:
            return
        account.mark(index, STARTED | BLOCKED if blocked else STARTED)
        if silent:
            return
        member: Json = {"user": account.user(), "status": "member"}
        kicked: Json = {"user": account.user(), "status": "kicked", "until_date": 0}
        account.updates.push(
            "my_chat_member",
            {
                "chat": self._platform.private_chat(person),
                "from": self._platform.user(person),
                "date": int(time.time()),
                "old_chat_member": member if blocked else kicked,
                "new_chat_member": kicked if blocked else member,
            },
        )


def _given(wish: Json) -> Any:
    return wish.get("entities") or wish.get("caption_entities")


def _text(field: str, words: str, entities: Any) -> Json:
    given: list[Json] = list(entities or [])
    found = sorted(given + detect(words, given), key=lambda e: (e["offset"], -e["length"]))
    content: Json = {field: words}
    if found:
        content["entities" if field == "text" else "caption_entities"] = found
    return content
