"""What people do: write, press buttons, read, block, stop marketing. The app hears of it."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.files import file_of
from channels.whatsapp.simulator.account import BLOCKED_US, STOPPED_MARKETING, Number
from channels.whatsapp.simulator.identity import Contact
from channels.whatsapp.simulator.media import INBOUND_DAYS, KINDS
from channels.whatsapp.simulator.platform import Platform
from channels.whatsapp.simulator.transit import Postman

Json = dict[str, Any]


class Hand:
    """Acts as any person. Raises LookupError or ValueError for what cannot be done."""

    def __init__(self, platform: Platform, postman: Postman) -> None:
        self._platform = platform
        self._postman = postman

    def contact(self, person_id: Any) -> Contact:
        """Somebody, or LookupError."""
        index = self._platform.world.people.index(int(person_id))
        if index is None:
            raise LookupError(f"no person {person_id}")
        return self._platform.identity.contact(index)

    def say(self, number: Number, person_id: Any, wish: Json) -> Json:
        """Writes to a number: a text, or a file with a caption. The bubble as the phone shows it."""
        contact = self.contact(person_id)
        self._able(number, contact)
        kind = next((k for k in (*KINDS, "photo") if wish.get(k)), "text")
        if kind == "text":
            text = str(wish.get("text") or "")
            if not text:
                raise ValueError(f"say what? give text or one of {', '.join(KINDS)}")
            content: Json = {"type": "text", "text": {"body": text}}
            return self._write(number, contact, {"kind": "text", "text": text}, content, wish)
        kind, value = ("image", wish["photo"]) if kind == "photo" else (kind, wish[kind])
        return self._say_media(number, contact, kind, value, wish)

    def _able(self, number: Number, contact: Contact) -> None:
        if not contact.on_whatsapp:
            raise ValueError(f"person {contact.id} is not on WhatsApp")
        if number.flags(contact.index) & BLOCKED_US:
            number.mark(contact.index, BLOCKED_US, False)  # writing to us ends it

    def _say_media(
        self, number: Number, contact: Contact, kind: str, value: Any, wish: Json
    ) -> Json:
        name, mime, content = file_of(self._platform.world, value)
        mime = str(wish.get("mime_type") or mime)
        media = self._platform.shelf.keep(number.id, name, mime, content, INBOUND_DAYS)
        caption = str(wish.get("caption") or "")
        about: Json = {"mime_type": media.mime, "sha256": media.digest, "id": media.id}
        if caption:
            about["caption"] = caption
        if kind == "document":
            about["filename"] = name
        bubble = {"kind": kind, "text": caption, "media": {"name": name, "id": media.id}}
        return self._write(number, contact, bubble, {"type": kind, kind: about}, wish)

    def _write(
        self, number: Number, contact: Contact, bubble: Json, content: Json, wish: Json
    ) -> Json:
        """A message of a person: on their phone, in the ledger, told to the app."""
        platform = self._platform
        now = platform.clock.now()
        answered = wish.get("reply_to")
        place = number.ledger.add(contact.index, str(bubble["text"]), True)
        message_id = number.message_id(place)
        message: Json = {"from_user_id": contact.user_id, "id": message_id}
        if not contact.hides_number:
            message["from"] = contact.phone
        message |= {"timestamp": str(int(now)), **content}
        if answered:
            if number.place(str(answered)) is None:
                raise LookupError(f"no message {answered}")
            message["context"] = {"from": number.phone, "id": str(answered)}
            bubble["answers"] = str(answered)
        bubble |= {"id": message_id, "at": int(now), "from_business": False}
        live = platform.world.live
        number.ledger.keep(place, bubble, live.watches(contact.id))
        number.hear(contact.index, now)
        if platform.limits.per_second:
            number.sent.add(now, 1)  # the throughput counts both directions
        platform.tell_message(number, contact, message)
        if live.wants(contact.id):
            platform.show("message", number, contact.id, message=bubble)
        return bubble

    def change(self, number: Number, person_id: Any, wish: Json) -> Json:
        """Edits a message of theirs to `text`, or deletes it where there is none: the last one
        unless `message_id` names another."""
        contact, platform = self.contact(person_id), self._platform
        theirs = [b for b in number.ledger.chat(contact.index) if not b["from_business"]]
        shown = next(
            (b for b in reversed(theirs) if wish.get("message_id") in (None, b["id"])), None
        )
        if shown is None:
            raise LookupError(f"no message {wish.get('message_id')} of theirs")
        text = str(wish.get("text") or "")
        about: Json = {"original_message_id": shown["id"]}
        if text:
            about["message"] = {"type": "text", "text": {"body": text}}
        kind = "edit" if text else "revoke"
        shown["text"] = text
        place = number.ledger.add(contact.index, text, True)
        message: Json = {"from_user_id": contact.user_id, "id": number.message_id(place)}
        if not contact.hides_number:
            message["from"] = contact.phone
        message |= {"timestamp": str(int(platform.clock.now())), "type": kind, kind: about}
        platform.tell_message(number, contact, message)
        return shown

    def press(self, number: Number, person_id: Any, wish: Json) -> Json:
        """Presses a button by label or data, on a message or on the latest that has it."""
        contact = self.contact(person_id)
        bubble, button = self._button(number, contact, wish)
        return self.press_button(number, contact, bubble, button)

    def press_button(self, number: Number, contact: Contact, bubble: Json, button: Json) -> Json:
        """The bare press."""
        self._able(number, contact)
        title = button["title"]
        if button["type"] == "url":
            return {"pressed": button}
        if button["type"] == "quick_reply":  # of a template
            reply: Json = {"payload": button["id"], "text": title}
            content: Json = {"type": "button", "button": reply}
        else:
            kind = "button_reply" if button["type"] == "reply" else "list_reply"
            reply = {"type": kind, kind: {"id": button["id"], "title": title}}
            content = {"type": "interactive", "interactive": reply}
        shown = {"kind": "text", "text": title}
        return self._write(number, contact, shown, content, {"reply_to": bubble["id"]})

    def _button(self, number: Number, contact: Contact, wish: Json) -> tuple[Json, Json]:
        chat = [b for b in number.ledger.chat(contact.index) if b.get("buttons")]
        if wish.get("message_id"):
            chat = [b for b in chat if b["id"] == wish["message_id"]]
        for bubble in reversed(chat):
            for button in bubble["buttons"]:
                wanted = wish.get("label"), wish.get("data")
                if wanted == (None, None) or button["title"] == wanted[0]:
                    return bubble, button
                if wanted[1] is not None and button.get("id") == wanted[1]:
                    return bubble, button
        offered = [b["title"] for bubble in chat for b in bubble["buttons"]]
        raise LookupError(f"no such button; there are: {', '.join(offered) or 'none'}")

    def block(self, number: Number, person_id: Any, blocked: bool) -> None:
        """Blocks the business: nothing arrives any more, and nobody is told."""
        number.mark(self.contact(person_id).index, BLOCKED_US, blocked)

    def set_marketing(self, number: Number, person_id: Any, wanted: bool) -> None:
        """The platform's own stop or resume of marketing messages; the app is told."""
        contact, platform = self.contact(person_id), self._platform
        number.mark(contact.index, STOPPED_MARKETING, not wanted)
        word = "resume" if wanted else "stop"
        about: Json = {
            "user_id": contact.user_id,
            "detail": f"User requested to {word} marketing messages",
            "category": "marketing_messages",
            "value": word,
            "timestamp": int(platform.clock.now()),
        }
        if not contact.hides_number:
            about["wa_id"] = contact.phone
        value = {
            "messaging_product": "whatsapp",
            "metadata": number.metadata,
            "contacts": [contact.profile],
            "user_preferences": [about],
        }
        platform.tell("user_preferences", value)

    def change_number(self, number: Number, person_id: Any) -> Json:
        """The person moves to another number, and so to another business-scoped id."""
        before, after = self._platform.identity.move(self.contact(person_id).index)
        words = f"User {after.name} changed from {before.phone} to {after.phone}"
        place = number.ledger.add(after.index, words, True)
        system = {
            "body": words,
            "wa_id": after.phone,
            "type": "user_changed_number",
            "previous_user_id": before.user_id,
            "user_id": after.user_id,
        }
        message = {
            "from": before.phone,
            "from_user_id": before.user_id,
            "id": number.message_id(place),
            "timestamp": str(int(self._platform.clock.now())),
            "type": "system",
            "system": system,
        }
        value = {
            "messaging_product": "whatsapp",
            "metadata": number.metadata,
            "messages": [message],
        }
        self._platform.tell("messages", value)
        return {"before": before.phone, "after": after.phone, **system}

    def read(self, number: Number, person_id: Any) -> int:
        """Opens the chat: every message that has arrived is read now; how many."""
        return self._postman.read_all(number, self.contact(person_id).index)
