"""What people do: write, press, start, follow a link, read, block. The app hears of it."""

from __future__ import annotations

import random
from typing import Any

from channels._kit.graph.simulator.files import file_of
from channels.messenger.simulator.page import BLOCKED_US, TURNED_OFF
from channels.messenger.simulator.platform import Platform
from channels.messenger.simulator.transit import Postman

Json = dict[str, Any]
_KINDS = ("image", "video", "audio", "file")


class Hand:
    """Acts as any person. Raises LookupError or ValueError for what cannot be done."""

    def __init__(self, platform: Platform, postman: Postman) -> None:
        self._platform = platform
        self._postman = postman
        self._random = random.Random(platform.world.seed)

    def index(self, person_id: Any) -> int:
        """Where somebody sits, or LookupError."""
        index = self._platform.world.people.index(int(person_id))
        if index is None:
            raise LookupError(f"no person {person_id}")
        return index

    def say(self, index: int, wish: Json) -> Json:
        """Writes to the page: a text or a file. The bubble as the phone shows it."""
        if wish.get("photo"):
            wish = wish | {"image": wish["photo"]}
        kind = next((k for k in _KINDS if wish.get(k)), "text")
        if kind != "text":
            name, mime, content = file_of(self._platform.world, wish[kind])
            kept = self._platform.attachments.keep(kind, name, mime, content, False)
            url = f"https://cdn.fbsbx.com/v/{kept.id}/{name}"
            attachments = [{"type": kind, "payload": {"url": url}}]
            media = {"id": kept.id, "name": name}
            bubble: Json = {"kind": kind, "text": "", "media": media}
            return self._write(index, bubble, {"attachments": attachments}, wish)
        text = str(wish.get("text") or "")
        if not text:
            raise ValueError(f"say what? give text or one of {', '.join(_KINDS)}")
        return self._write(index, {"kind": "text", "text": text}, {"text": text}, wish)

    def _write(self, index: int, bubble: Json, message: Json, wish: Json) -> Json:
        """A message of a person: on their phone, in the ledger, told to the app."""
        mid, now = self._put(index, bubble)
        message = {"mid": mid, **message}
        if wish.get("reply_to"):
            message["reply_to"] = {"mid": str(wish["reply_to"])}
        self._platform.tell("messages", index, now, {"message": message})
        return bubble

    def edit(self, index: int, wish: Json) -> Json:
        """Changes a message they wrote, the last one unless `message_id` names another."""
        page, text = self._platform.page, str(wish["text"])
        theirs = [b for b in page.ledger.chat(index) if not b["from_business"]]
        shown = next(
            (b for b in reversed(theirs) if wish.get("message_id") in (None, b["id"])), None
        )
        if shown is None:
            raise LookupError(f"no message {wish.get('message_id')} of theirs")
        shown |= {"text": text, "edits": shown.get("edits", 0) + 1}
        edit = {"mid": shown["id"], "text": text, "num_edit": shown["edits"]}
        now = self._platform.clock.now()
        self._platform.tell("message_edits", index, now, {"message_edit": edit})
        return shown

    def hand_over(self, index: int, taken: bool) -> None:
        """A human in the page's inbox takes the conversation, or gives it back."""
        (self._platform.page.taken.add if taken else self._platform.page.taken.discard)(index)

    def _put(self, index: int, bubble: Json) -> tuple[str, float]:
        """Into the ledger and onto the page; the window opens."""
        platform, page = self._platform, self._platform.page
        now, person = platform.clock.now(), platform.world.people.id_at(index)
        for flag in (BLOCKED_US, TURNED_OFF):  # writing to us ends both
            if page.flags(index) & flag:
                page.mark(index, flag, False)
        place = page.ledger.add(index, str(bubble["text"]), True)
        bubble |= {"id": page.message_id(place), "at": int(now), "from_business": False}
        page.ledger.keep(place, bubble, platform.world.live.watches(person))
        page.hear(index, now)
        if platform.world.live.wants(person):
            platform.show("message", person, message=bubble)
        return str(bubble["id"]), now

    # Pressing

    def press(self, index: int, wish: Json) -> Json:
        """A button, a quick reply (of the last message only) or an item of the menu."""
        if wish.get("menu"):
            return self._press_menu(index, str(wish["menu"]))
        chat = self._platform.page.ledger.chat(index)
        wanted = wish.get("message_id")
        shown = [b for b in chat if wanted in (None, b["id"])]
        offered: list[str] = []
        for bubble in reversed(shown):
            last = bubble is chat[-1] or bool(wish.get("force"))
            for word in ("quick_replies", "buttons"):
                for button in bubble.get(word, ()) if word == "buttons" or last else ():
                    offered.append(button["title"])
                    if _meant(button, wish):
                        return self.press_button(index, bubble, button)
        raise LookupError(f"no such button; there are: {', '.join(offered) or 'none'}")

    def press_button(self, index: int, bubble: Json, button: Json) -> Json:
        """The bare press: a quick reply is a message, a button a postback."""
        title = button["title"]
        shown: Json = {"kind": "text", "text": title, "answers": bubble["id"]}
        if "type" not in button:
            message = {"text": title, "quick_reply": {"payload": button["id"]}}
            return self._write(index, shown, message, {})
        if button["type"] == "web_url":
            return {"pressed": button}
        self._postback(index, shown, {"title": title, "payload": button["id"]})
        return shown

    def _press_menu(self, index: int, label: str) -> Json:
        menus = self._platform.page.profile.get("persistent_menu", [])
        items = [item for menu in menus for item in menu.get("call_to_actions", ())]
        for item in items:
            if item["title"] == label and item["type"] == "postback":
                shown: Json = {"kind": "text", "text": label}
                self._postback(index, shown, {"title": label, "payload": item["payload"]})
                return shown
        titles = ", ".join(item["title"] for item in items)
        raise LookupError(f"the menu has no {label!r}; it has: {titles or 'nothing'}")

    def _postback(self, index: int, shown: Json, postback: Json) -> None:
        mid, now = self._put(index, shown)
        self._platform.tell(
            "messaging_postbacks", index, now, {"postback": {"mid": mid, **postback}}
        )

    # Coming

    def start(self, index: int, ref: str = "") -> Json:
        """Presses Get Started, or follows m.me/…?ref=: the first time or again."""
        platform, page = self._platform, self._platform.page
        referral: Json = {}
        if ref and self._random.random() >= platform.limits.ref_lost:
            referral = {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}
        if not page.knows(index):
            button = page.profile.get("get_started")
            if button is None:
                return {"told": "nothing", "why": "the page has no Get Started button"}
            postback: Json = {"title": "Get Started", "payload": button["payload"]}
            if referral:
                postback["referral"] = referral
            self._postback(index, {"kind": "text", "text": "Get Started"}, postback)
            return {"told": "postback", **postback}
        if not referral:
            return {"told": "nothing", "why": "the thread exists and no ref came"}
        now = platform.clock.now()
        page.hear(index, now)
        platform.tell("messaging_referrals", index, now, {"referral": referral})
        return {"told": "referral", **referral}

    def opt_in(self, index: int, wish: Json) -> Json:
        """The optin notice that old notification tokens still give."""
        now = self._platform.clock.now()
        optin = {
            "type": "notification_messages",
            "notification_messages_token": str(wish.get("token") or f"nmt{index}"),
            "user_token_status": str(wish.get("status") or "NOT_REFRESHED"),
            "token_expiry_timestamp": int((now + 365 * 86_400) * 1000),
            "payload": str(wish.get("payload") or ""),
        }
        if wish.get("stop"):
            optin["notification_messages_status"] = "STOP NOTIFICATIONS"
        self._platform.page.hear(index, now)
        self._platform.tell("messaging_optins", index, now, {"optin": optin})
        return optin

    def read(self, index: int) -> int:
        """Opens the thread: everything is delivered and read now; how many messages."""
        return self._postman.open(index)

    def stand(self, index: int, flag: int, on: bool) -> None:
        """Blocks the page or turns its messages off (or ends that); nobody is told."""
        self._platform.page.mark(index, flag, on)


def _meant(button: Json, wish: Json) -> bool:
    label, payload = wish.get("label"), wish.get("data")
    if label is None and payload is None:
        return True
    return label == button["title"] or (payload is not None and payload == button.get("id"))
