"""POST /<page>/messages: checked, judged, accepted."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.clock import DAY
from channels._kit.graph.simulator.errors import GraphError, not_permitted
from channels._kit.graph.simulator.host import Call
from channels._kit.graph.simulator.template import hydrate
from channels.messenger.simulator.errors import refusal
from channels.messenger.simulator.page import BLOCKED_US, TURNED_OFF
from channels.messenger.simulator.platform import Platform, refuse_template
from channels.messenger.simulator.shapes import check
from channels.messenger.simulator.transit import Postman

Json = dict[str, Any]
_DEAD_TAGS = ("CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE")


class Sending:
    """Takes messages in."""

    def __init__(self, platform: Platform, postman: Postman) -> None:
        self._platform = platform
        self._postman = postman

    async def send(self, call: Call) -> Json:
        """A message, or a sign such as typing_on."""
        body = call.fields
        check("Send", body)
        index = self._recipient(body["recipient"])
        if "sender_action" in body:
            return {"recipient_id": body["recipient"]["id"]}
        if "message" not in body:
            raise refusal(100, words="Param message is mandatory.")
        message = body["message"]
        utility = body.get("messaging_type", "RESPONSE").upper() == "UTILITY"
        self._check_lane(call, body, utility)
        self._admit(index, message)
        bubble = await self._content(call, message, utility)
        self._reachable(index, utility)
        return self._accept(index, bubble, message, body)

    # Whom

    def _recipient(self, recipient: Json) -> int:
        if "notification_messages_token" in recipient:
            words = "Marketing messages with a notification token were shut down."
            raise refusal(100, words=words)
        psid = recipient.get("id")
        if not psid:
            raise refusal(100, words="Param recipient['id'] is mandatory.")
        index = self._platform.identity.index(psid)
        if index is None or not self._platform.page.knows(index):
            raise refusal(100, 2018001)
        return index

    def _reachable(self, index: int, utility: bool) -> None:
        """Whether the person takes messages, and whether their window is open."""
        platform, page = self._platform, self._platform.page
        flags = page.flags(index)
        if flags & BLOCKED_US or platform.world.people.is_deactivated(index):
            raise self._count(551, 1545041)
        if flags & TURNED_OFF:
            raise self._count(10, 2018108)
        if index in self._platform.page.taken:
            raise self._count(10, 2018300)
        if not utility and platform.clock.now() >= page.window_ends(index):
            raise self._count(10, 2018278)

    # How

    def _check_lane(self, call: Call, body: Json, utility: bool) -> None:
        """messaging_type and tag: what is still alive of them."""
        tag = body.get("tag")
        tagged = body.get("messaging_type", "").upper() == "MESSAGE_TAG"
        if tagged != (tag is not None):
            raise refusal(100, words="Param tag goes with messaging_type MESSAGE_TAG.")
        if tag in _DEAD_TAGS:
            raise refusal(100, words=f"The message tag {tag} is no longer supported.")
        if tag is not None and tag != "HUMAN_AGENT":
            raise refusal(100, words=f"Unknown message tag {tag}.")
        if tag == "HUMAN_AGENT":
            raise not_permitted("Human Agent", 10)
        scopes = call.token.scopes if call.token else []
        if utility and not {"pages_utility_messaging", "page_utility_messaging"} & set(scopes):
            raise not_permitted("pages_utility_messaging")

    def _admit(self, index: int, message: Json) -> None:
        platform, limits, page = self._platform, self._platform.limits, self._platform.page
        now = platform.clock.now()
        heavy = (message.get("attachment") or {}).get("type") in ("audio", "video")
        window, limit = (
            (page.slow, limits.media_per_second) if heavy else (page.fast, limits.per_second)
        )
        if now < page.closed_until or (limit and window.wait(now, 1, limit, 1.0) > 0):
            raise self._count(613)
        allowed = limits.per_engaged * max(1, page.engaged(now))
        if limits.per_engaged and page.day.wait(now, 1, allowed, DAY) > 0:
            raise self._count(80006)
        pause, burst = limits.thread_seconds, limits.thread_burst
        if pause and page.threads.wait(now, index, pause, burst) > 0:
            raise self._count(613)
        if limit:
            window.add(now, 1)
        if limits.per_engaged:
            page.day.add(now, 1)

    def _count(self, code: int, subcode: int = 0) -> GraphError:
        refused = self._platform.page.refused
        refused[code] = refused.get(code, 0) + 1
        return refusal(code, subcode)

    # What

    async def _content(self, call: Call, message: Json, utility: bool) -> Json:
        """The message as a phone shows it."""
        if ("template" in message) != utility:
            words = "Param message['template'] goes with messaging_type UTILITY."
            raise refusal(100, words=words)
        if utility:
            wish = message["template"]
            template = self._platform.catalog.usable(wish["name"], wish["language"]["code"])
            return {
                "kind": "text",
                **hydrate(template, wish.get("components", []), refuse_template),
            }
        if ("text" in message) == ("attachment" in message):
            raise refusal(100, words="Param message needs either text or attachment.")
        if "text" in message:
            bubble: Json = {"kind": "text", "text": message["text"]}
        else:
            bubble = await self._attached(call, message["attachment"])
        replies = [reply for reply in message.get("quick_replies", ()) if "title" in reply]
        if replies:
            bubble["quick_replies"] = [{"title": r["title"], "id": r["payload"]} for r in replies]
        return bubble

    async def _attached(self, call: Call, attachment: Json) -> Json:
        if attachment["type"].lower() == "template":
            check("Template", attachment["payload"])
            return _templated(attachment["payload"])
        check("File", attachment["payload"])
        file = await self._platform.attachments.take(attachment, call.files)
        media = {"id": file.id, "name": file.name}
        return {"kind": file.kind, "text": "", "media": media, "reusable": file.reusable}

    # Taken

    def _accept(self, index: int, bubble: Json, message: Json, body: Json) -> Json:
        platform, page = self._platform, self._platform.page
        now, person = platform.clock.now(), platform.world.people.id_at(index)
        place = page.ledger.add(index, bubble["text"], False)
        message_id = page.message_id(place)
        reusable = bubble.pop("reusable", False)
        bubble |= {"id": message_id, "at": int(now), "from_business": True, "status": "accepted"}
        if "reply_to" in body:
            bubble["answers"] = body["reply_to"]["mid"]
        page.ledger.keep(place, bubble, platform.world.live.watches(person))
        self._postman.take(index, place)
        for listener in platform.listeners:
            listener(index, bubble)
        if platform.world.live.wants(person):
            platform.show("message", person, message=bubble)
        echo = {"mid": message_id, "is_echo": True, "app_id": int(platform.app.id)}
        said = {name: message[name] for name in ("text", "metadata") if name in message}
        platform.tell("message_echoes", index, now, {"message": echo | said}, from_page=True)
        answer = {"recipient_id": platform.identity.psid(index), "message_id": message_id}
        if reusable:
            answer["attachment_id"] = bubble["media"]["id"]
        return answer


def _templated(payload: Json) -> Json:
    if payload["template_type"] == "button":
        return {"kind": "text", "text": payload["text"], "buttons": _buttons(payload["buttons"])}
    first = payload["elements"][0]
    bubble: Json = {"kind": "text", "text": first["title"], "footer": first.get("subtitle", "")}
    buttons = [b for element in payload["elements"] for b in element.get("buttons", ())]
    return bubble | {"buttons": _buttons(buttons)}


def _buttons(wish: list[Json]) -> list[Json]:
    return [
        {
            "title": b["title"],
            "type": b["type"],
            "id": b.get("payload", ""),
            "url": b.get("url", ""),
        }
        for b in wish
    ]
