"""POST /<phone number>/messages and /marketing_messages: checked, judged, accepted."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.errors import GraphError, invalid
from channels._kit.graph.simulator.host import Call
from channels.whatsapp.simulator.account import Number
from channels.whatsapp.simulator.checking import check
from channels.whatsapp.simulator.draft import Draft, Drafting
from channels.whatsapp.simulator.errors import in_webhook, refusal
from channels.whatsapp.simulator.identity import Contact
from channels.whatsapp.simulator.judge import Judge, Recipient, digits
from channels.whatsapp.simulator.platform import Platform
from channels.whatsapp.simulator.transit import Postman, Transit

Json = dict[str, Any]


class Sending:
    """Takes messages in."""

    def __init__(self, platform: Platform, postman: Postman) -> None:
        self._platform = platform
        self._postman = postman
        self._drafting = Drafting(platform)
        self._judge = Judge(platform)

    async def send(self, call: Call, number: Number) -> Json:
        """A message, or the mark that one of theirs was read."""
        body = call.fields
        if body.get("messaging_product") != "whatsapp":
            raise invalid("Param messaging_product must be one of {WHATSAPP}.")
        if "status" in body:
            return self._mark_read(number, body)
        body.setdefault("type", "text")
        marketing = call.edge == "marketing_messages"
        check("MarketingMessageRequestPayload" if marketing else "Message", body)
        recipient = self._recipient(number, body)
        self._admit(number, recipient)
        draft = await self._drafting.draft(number, body)
        self._judge.route(draft, marketing, recipient)
        if "context" in body and number.place(str(body["context"].get("message_id"))) is None:
            raise refusal(131009, "Param context['message_id'] is not a message of this chat.")
        wrong = draft.failing or self._judge.judge(number, recipient, draft)
        later = None
        if call.fails_later is not None:
            later = in_webhook(call.fails_later.code, call.fails_later.description)
        elif wrong is not None:
            if wrong.code not in self._platform.late:
                number.refused[wrong.code] = number.refused.get(wrong.code, 0) + 1
                raise wrong
            later = in_webhook(wrong.code, wrong.details)
        return self._accept(number, recipient, draft, body, later, marketing)

    def _mark_read(self, number: Number, body: Json) -> Json:
        check("MarkMessageRequestPayload", body)
        place = number.place(body["message_id"])
        if place is None or not number.ledger.is_from_person(place):
            raise invalid("Param message_id is not a message of a user.")
        bubble = number.ledger.whole(place)
        if bubble is not None:
            bubble["status"] = "read"
        return {"success": True}

    # Whom

    def _recipient(self, number: Number, body: Json) -> Recipient:
        if body.get("recipient_type") == "group":
            raise refusal(131051, "Groups are not supported by this sandbox.")
        identity = self._platform.identity
        to = body.get("to")
        if to:  # takes precedence over a business-scoped id
            if not 7 <= len(digits(to)) <= 15 or set(to) - set("+0123456789 -()"):
                raise refusal(131009, "Param to is not a valid phone number in E.164 form.")
            if digits(to) == number.phone:
                raise refusal(131021)
            return Recipient(to, identity.by_phone(to), True)
        user_id = body.get("recipient")
        if not user_id:
            raise refusal(131008, "Parameter to (or recipient) is mandatory.")
        head, dot, tail = user_id.partition(".")
        if not (dot and len(head) == 2 and head.isalpha() and 0 < len(tail) <= 128):
            raise refusal(131009, "Param recipient is not a valid business-scoped user id.")
        return Recipient(user_id, identity.by_user_id(user_id), False)

    # How much

    def _admit(self, number: Number, recipient: Recipient) -> None:
        platform, limits = self._platform, self._platform.limits
        now = platform.clock.now()
        if number.status != "CONNECTED":
            raise refusal(133010)
        if platform.account.status != "APPROVED":
            raise refusal(131031)
        if now < number.upgraded_at:
            raise self._count(number, 131057)
        if now < number.closed_until:
            raise self._count(number, 130429)
        if limits.per_second and number.sent.wait(now, 1, limits.per_second, 1.0) > 0:
            raise self._count(number, 130429)
        if limits.pair_seconds and recipient.contact is not None:
            index = recipient.contact.index
            if number.pairs.wait(now, index, limits.pair_seconds, limits.pair_burst) > 0:
                raise self._count(number, 131056)
        if limits.per_second:
            number.sent.add(now, 1)

    def _count(self, number: Number, code: int) -> GraphError:
        number.refused[code] = number.refused.get(code, 0) + 1
        return refusal(code)

    # Taken

    def _accept(
        self,
        number: Number,
        recipient: Recipient,
        draft: Draft,
        body: Json,
        failing: Json | None,
        marketing: bool,
    ) -> Json:
        contact = recipient.contact
        ledger, bubble = number.ledger, draft.bubble
        index = contact.index if contact else 0xFFFFFFFF  # nobody's
        place = ledger.add(index, bubble["text"], False)
        message_id = number.message_id(place)
        transit = Transit(
            number=number,
            place=place,
            message_id=message_id,
            contact=contact,
            recipient=recipient.phone,
            user_id=contact.user_id if contact else "",
            callback_data=body.get("biz_opaque_callback_data", ""),
            pricing=self._pricing(number, draft, index, marketing),
            failing=failing,
        )
        if contact is not None:
            bubble["id"] = message_id
            self._show(number, contact, place, bubble, body, failing)
        self._postman.take(transit)
        about: Json = {"input": recipient.given}
        if recipient.phone:
            about["wa_id"] = recipient.phone
        if contact is not None:
            about["user_id"] = contact.user_id
        return {
            "messaging_product": "whatsapp",
            "contacts": [about],
            "messages": [{"id": message_id, "message_status": "accepted"}],
        }

    def _show(
        self,
        number: Number,
        contact: Contact,
        place: int,
        bubble: Json,
        body: Json,
        failing: Json | None,
    ) -> None:
        """The message appears on the phone (unless it will fail), in the ledger and on the page."""
        platform = self._platform
        bubble |= {
            "at": int(platform.clock.now()),
            "from_business": True,
            "status": "accepted",
        }
        if "context" in body:
            bubble["answers"] = body["context"]["message_id"]
        live = platform.world.live
        number.ledger.keep(place, bubble, live.watches(contact.id))
        if failing is None:
            for listener in platform.listeners:
                listener(number, contact.index, bubble)
        if live.wants(contact.id):
            platform.show("message", number, contact.id, message=bubble)

    def _pricing(self, number: Number, draft: Draft, index: int, marketing: bool) -> Json:
        """What the status says about the price: per message, free inside the window."""
        template = draft.template
        if template is None:
            kind, category = "free_customer_service", "service"
        else:
            category = "marketing_lite" if marketing else template.category.lower()
            inside = number.in_window(index, self._platform.clock.now()) and index != 0xFFFFFFFF
            free = inside and template.category == "UTILITY"
            kind = "free_customer_service" if free else "regular"
        return {
            "billable": kind == "regular",
            "pricing_model": "PMP",
            "type": kind,
            "category": category,
        }
