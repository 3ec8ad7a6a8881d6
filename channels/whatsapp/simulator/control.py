"""WhatsApp's part of the control API: each verb takes a dict and gives back JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from channels._kit.graph.simulator.adjust import adjust
from channels._kit.graph.simulator.control_verbs import Levers, Verb, chosen
from channels._kit.graph.simulator.crowd import Acts, Crowd, wish_of
from channels._kit.graph.simulator.errors import GraphError
from channels.whatsapp.simulator.account import BARRED, BLOCKED_US, STOPPED_MARKETING, Number
from channels.whatsapp.simulator.hand import Hand
from channels.whatsapp.simulator.limits import TIERS
from channels.whatsapp.simulator.platform import Platform

Json = dict[str, Any]


class Control:
    """Acts on the platform from outside. LookupError and ValueError are the caller's mistakes."""

    def __init__(self, platform: Platform, hand: Hand) -> None:
        self._platform = platform
        self._hand = hand
        self._levers = Levers(platform.app, platform.webhook, platform.agenda)
        self.crowds: list[Crowd] = []

    def verbs(self) -> dict[str, Verb]:
        """The verbs by name."""
        names = (
            "say change press read block unblock stop resume change_number bar crowd received chat contact "
            "limits pace reporting numbers account templates quality tier tell"
        )
        own: dict[str, Verb] = {name: getattr(self, name) for name in names.split()}
        return own | self._levers.verbs()

    def _number(self, data: Json) -> Number:
        return self._platform.find_number(data.get("number"))

    # People

    async def say(self, data: Json) -> Json:
        """Writes as a person."""
        return self._hand.say(self._number(data), data["person"], data)

    async def change(self, data: Json) -> Json:
        """Edits a message of the person's (`text`), or deletes it (none)."""
        return self._hand.change(self._number(data), data["person"], data)

    async def press(self, data: Json) -> Json:
        """Presses a button."""
        return self._hand.press(self._number(data), data["person"], data)

    async def read(self, data: Json) -> Json:
        """Opens the chat."""
        return {"read": self._hand.read(self._number(data), data["person"])}

    async def block(self, data: Json) -> Json:
        """The person blocks us."""
        return self._each(data, lambda n, p: self._hand.block(n, p, True), "blocked")

    async def unblock(self, data: Json) -> Json:
        """And no longer."""
        return self._each(data, lambda n, p: self._hand.block(n, p, False), "unblocked")

    async def stop(self, data: Json) -> Json:
        """The platform's own stop of marketing messages."""
        return self._each(data, lambda n, p: self._hand.set_marketing(n, p, False), "stopped")

    async def resume(self, data: Json) -> Json:
        """And its end."""
        return self._each(data, lambda n, p: self._hand.set_marketing(n, p, True), "resumed")

    async def bar(self, data: Json) -> Json:
        """We have blocked the person (130403); barred=false ends it."""
        barred = bool(data.get("barred", True))
        people = chosen(self._platform.world.people, data)
        for person in people:
            self._number(data).mark(self._hand.contact(person).index, BARRED, barred)
        return {"barred": len(people) if barred else 0}

    async def change_number(self, data: Json) -> Json:
        """The person gets a new number."""
        return self._hand.change_number(self._number(data), data["person"])

    def _each(self, data: Json, act: Callable[[Number, int], None], word: str) -> Json:
        number, people = self._number(data), chosen(self._platform.world.people, data)
        for person in people:
            act(number, person)
        return {word: len(people)}

    async def contact(self, data: Json) -> Json:
        """A person as WhatsApp knows them, and how they stand."""
        number, contact = self._number(data), self._find(data)
        flags, now = number.flags(contact.index), self._platform.clock.now()
        return asdict(contact) | {
            "in_window": number.in_window(contact.index, now),
            "window_ends_at": number.window_ends(contact.index),
            "blocked_us": bool(flags & BLOCKED_US),
            "stopped_marketing": bool(flags & STOPPED_MARKETING),
            "barred": bool(flags & BARRED),
        }

    def _find(self, data: Json) -> Any:
        identity = self._platform.identity
        if "person" in data:
            return self._hand.contact(data["person"])
        found = identity.by_phone(str(data.get("phone") or "")) or identity.by_user_id(
            str(data.get("user_id") or "")
        )
        if found is None:
            raise LookupError("nobody has that phone or user_id")
        return found

    async def chat(self, data: Json) -> Json:
        """The chat of a person as their phone shows it, with ticks."""
        number, contact = self._number(data), self._hand.contact(data["person"])
        shown = number.ledger.chat(contact.index)
        return {"account": number.id, "person": contact.id, "messages": shown}

    async def crowd(self, data: Json) -> Any:
        """Sends a crowd that writes `text` (JOIN); without count: how the crowds are doing."""
        if "count" not in data:
            return [crowd.describe() for crowd in self.crowds]
        platform, hand, number = self._platform, self._hand, self._number(data)
        people, text = platform.world.people, {"text": str(data.get("text") or "JOIN")}

        def come(index: int) -> bool:
            there = platform.identity.contact(index).on_whatsapp
            if there:
                hand.say(number, people.id_at(index), text)
            return there

        def press(index: int, bubble: Json, button: Json) -> None:
            hand.press_button(number, platform.identity.contact(index), bubble, button)

        acts = Acts(
            come=come,
            press=press,
            block=lambda index: hand.block(number, people.id_at(index), True),
            waiting=lambda: platform.webhook.waiting,
        )
        crowd = Crowd(len(self.crowds) + 1, people, acts, wish_of(data, len(people)))
        self.crowds.append(crowd)
        platform.listeners.append(lambda sender, index, bubble: crowd.hear(index, bubble))
        return crowd.describe()

    async def received(self, data: Json) -> Json:
        """How many messages each person was sent (failed ones do not count)."""
        number = self._number(data)
        counts = number.ledger.counts(str(data.get("contains") or ""), int(data.get("since") or 0))
        nobody = counts.pop(0xFFFFFFFF, 0)  # numbers that belong to none of our people
        people = self._platform.world.people
        return {
            "account": number.id,
            "marker": len(number.ledger),
            "messages": sum(counts.values()),
            "people": len(counts),
            "more_than_one": sum(1 for n in counts.values() if n > 1),
            "strangers": nobody,
            "states": number.describe()["states"],
            "counts": {str(people.id_at(index)): n for index, n in counts.items()},
        }

    async def tell(self, data: Json) -> Json:
        """A change of any field, such as account_update: {field, value}."""
        self._platform.tell(str(data["field"]), dict(data["value"]))
        return {"told": data["field"]}

    # Limits

    async def limits(self, data: Json) -> Json:
        """Reads or changes the limits; 0 lifts one."""
        adjust(self._platform.limits, data)
        return asdict(self._platform.limits)

    async def pace(self, data: Json) -> Json:
        """Reads or changes how fast phones and reviewers are."""
        adjust(self._platform.pace, data)
        review = {k.removeprefix("review_"): v for k, v in data.items()}
        adjust(self._platform.catalog.review, review)
        told = {f"review_{k}": v for k, v in asdict(self._platform.catalog.review).items()}
        return asdict(self._platform.pace) | told

    async def reporting(self, data: Json) -> Json:
        """Where an error shows: {code, when: answer | webhook}."""
        late = self._platform.late
        if "code" in data:
            if data.get("when") not in ("answer", "webhook"):
                raise ValueError("when must be answer or webhook")
            (late.add if data["when"] == "webhook" else late.discard)(int(data["code"]))
        return {"webhook": sorted(late)}

    async def tier(self, data: Json) -> Json:
        """The portfolio's limit of people in 24 hours; the app is told when it changes."""
        budget = self._platform.budget
        if "tier" in data:
            if data["tier"] not in TIERS:
                raise ValueError(f"tier must be one of {', '.join(TIERS)}")
            budget.tier = str(data["tier"])
            value = {
                "max_daily_conversation_per_phone": budget.limit or -1,
                "max_daily_conversations_per_business": budget.tier,
                "max_phone_numbers_per_waba": 25,
            }
            self._platform.tell("business_capability_update", value)
        used = budget.used(self._platform.clock.now())
        return {"tier": budget.tier, "limit": budget.limit, "used": used}

    # Numbers, account, templates

    async def numbers(self, data: Json) -> Any:
        """Lists the numbers; with id and phone, declares one; changes a known one's status."""
        platform = self._platform
        if "id" in data:
            number = platform.numbers.get(str(data["id"]))
            if number is None:
                name = str(data.get("name") or "Tellal")
                number = platform.declare(str(data["id"]), str(data["phone"]), name)
            for field in ("status", "name_status", "verified_name"):
                if field in data:
                    setattr(number, field, str(data[field]))
        return [number.describe() for number in platform.numbers.values()]

    async def quality(self, data: Json) -> Json:
        """The rating of a number (GREEN, YELLOW, RED) or its throughput; the app is told."""
        number, platform = self._number(data), self._platform
        if "rating" in data:
            if data["rating"] not in ("GREEN", "YELLOW", "RED"):
                raise ValueError("rating must be GREEN, YELLOW or RED")
            was, number.quality = number.quality, str(data["rating"])
            event = {"GREEN": "UNFLAGGED"}.get(number.quality, "FLAGGED")
            event = "DOWNGRADE" if was == "GREEN" and number.quality == "YELLOW" else event
            self._tell_quality(number, event)
        if "throughput" in data:
            number.throughput = "HIGH" if data["throughput"] else "STANDARD"
            platform.limits.per_second = 1000.0 if data["throughput"] else 80.0
            number.upgraded_at = platform.clock.now() + float(data.get("seconds") or 0)
            self._tell_quality(number, "THROUGHPUT_UPGRADE")
        return number.describe()

    def _tell_quality(self, number: Number, event: str) -> None:
        tier = self._platform.budget.tier
        value = {
            "display_phone_number": number.phone,
            "event": event,
            "current_limit": tier,
            "max_daily_conversations_per_business": tier,
        }
        self._platform.tell("phone_number_quality_update", value)

    async def account(self, data: Json) -> Json:
        """Reads or changes the business account; `event` tells an account_update."""
        account = self._platform.account
        for field in ("subscribed", "marketing_signed", "marketing_only_there"):
            if field in data:
                setattr(account, field, bool(data[field]))
        if "restricted" in data:
            account.restricted = {str(c).upper() for c in data["restricted"]}
        if "status" in data:
            account.status = str(data["status"])
        if "event" in data:
            parts = ("ban_info", "violation_info", "restriction_info")
            more: Json = {name: data[name] for name in parts if name in data}
            self._platform.tell("account_update", {"event": str(data["event"]), **more})
        return asdict(account) | {"restricted": sorted(account.restricted)}

    async def templates(self, data: Json) -> Any:
        """Lists templates; with `name` and `do`: approve, reject, pause, disable, rate, move."""
        catalog = self._platform.catalog
        if "create" in data:
            try:
                catalog.create(dict(data["create"]), review=False).status = "APPROVED"
            except GraphError as wrong:
                raise ValueError(wrong.details) from None
        if "do" in data:
            template = catalog.find(data["name"], str(data.get("language") or ""))
            word = str(data["do"])
            if word == "approve":
                catalog.decide(template, "APPROVED")
            elif word == "reject":
                catalog.decide(template, "REJECTED", str(data.get("reason", "INVALID_FORMAT")))
            elif word == "disable":
                catalog.decide(template, "DISABLED")
            elif word == "pause":
                catalog.pause(template)
            elif word == "rate":
                catalog.rate(template, str(data["quality"]))
            elif word == "move":
                catalog.recategorise(template, str(data["category"]))
            elif word == "price":
                template.max_price = bool(data.get("max_price", True))
            else:
                raise ValueError("do: approve, reject, disable, pause, rate, move or price")
        return [template.describe() for template in catalog.all()]
