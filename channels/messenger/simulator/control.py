"""Messenger's part of the control API: each verb takes a dict and gives back JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from channels._kit.graph.simulator.adjust import adjust
from channels._kit.graph.simulator.control_verbs import Levers, Verb, chosen
from channels._kit.graph.simulator.crowd import Acts, Crowd, wish_of
from channels.messenger.simulator.hand import Hand
from channels.messenger.simulator.page import BLOCKED_US, TURNED_OFF
from channels.messenger.simulator.platform import Platform

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
            "say edit takeover press start optin read block unblock mute unmute crowd received chat contact "
            "limits pace page templates tell"
        )
        own: dict[str, Verb] = {name: getattr(self, name) for name in names.split()}
        return own | self._levers.verbs()

    # People

    async def say(self, data: Json) -> Json:
        """Writes as a person."""
        return self._hand.say(self._hand.index(data["person"]), data)

    async def edit(self, data: Json) -> Json:
        """Changes a message of the person's."""
        return self._hand.edit(self._hand.index(data["person"]), data)

    async def takeover(self, data: Json) -> Json:
        """A human answers this person from the page's inbox (taken=false: the app does again)."""
        taken = bool(data.get("taken", True))
        self._hand.hand_over(self._hand.index(data["person"]), taken)
        return {"taken": taken}

    async def press(self, data: Json) -> Json:
        """Presses a button, a quick reply or an item of the menu."""
        return self._hand.press(self._hand.index(data["person"]), data)

    async def start(self, data: Json) -> Json:
        """Presses Get Started, or follows a link with a ref."""
        return self._hand.start(self._hand.index(data["person"]), str(data.get("ref") or ""))

    async def optin(self, data: Json) -> Json:
        """An old notification token."""
        return self._hand.opt_in(self._hand.index(data["person"]), data)

    async def read(self, data: Json) -> Json:
        """Opens the thread."""
        return {"read": self._hand.read(self._hand.index(data["person"]))}

    async def block(self, data: Json) -> Json:
        """The person blocks the page."""
        return self._stand(data, BLOCKED_US, True)

    async def unblock(self, data: Json) -> Json:
        """And no longer."""
        return self._stand(data, BLOCKED_US, False)

    async def mute(self, data: Json) -> Json:
        """The person turns the page's messages off (10/2018108)."""
        return self._stand(data, TURNED_OFF, True)

    async def unmute(self, data: Json) -> Json:
        """And no longer."""
        return self._stand(data, TURNED_OFF, False)

    def _stand(self, data: Json, flag: int, on: bool) -> Json:
        people = chosen(self._platform.world.people, data)
        for person in people:
            self._hand.stand(self._hand.index(person), flag, on)
        return {"people": len(people)}

    async def crowd(self, data: Json) -> Any:
        """Sends a crowd that presses Get Started (`ref`); without count: how they are doing."""
        if "count" not in data:
            return [crowd.describe() for crowd in self.crowds]
        platform, hand, ref = self._platform, self._hand, str(data.get("ref") or "")
        acts = Acts(
            come=lambda index: hand.start(index, ref)["told"] != "nothing",
            press=hand.press_button,
            block=lambda index: hand.stand(index, BLOCKED_US, True),
            waiting=lambda: platform.webhook.waiting,
        )
        people = platform.world.people
        crowd = Crowd(len(self.crowds) + 1, people, acts, wish_of(data, len(people)))
        self.crowds.append(crowd)
        platform.listeners.append(crowd.hear)
        return crowd.describe()

    async def contact(self, data: Json) -> Json:
        """A person as the page knows them, and how they stand."""
        platform, page = self._platform, self._platform.page
        if "psid" in data:
            found = platform.identity.index(str(data["psid"]))
            if found is None:
                raise LookupError(f"nobody has the PSID {data['psid']}")
            index = found
        else:
            index = self._hand.index(data["person"])
        flags, ends = page.flags(index), page.window_ends(index)
        return {
            "id": platform.world.people.id_at(index),
            "psid": platform.identity.psid(index),
            "known": page.knows(index),
            "in_window": platform.clock.now() < ends,
            "window_ends_at": ends,
            "blocked_us": bool(flags & BLOCKED_US),
            "turned_off": bool(flags & TURNED_OFF),
        }

    async def chat(self, data: Json) -> Json:
        """The thread of a person as their phone shows it, with ticks, and the menu."""
        page, index = self._platform.page, self._hand.index(data["person"])
        menus = page.profile.get("persistent_menu", [])
        return {
            "account": page.id,
            "person": self._platform.world.people.id_at(index),
            "messages": page.ledger.chat(index),
            "menu": [item for menu in menus for item in menu.get("call_to_actions", ())],
        }

    async def received(self, data: Json) -> Json:
        """How many messages each person was sent."""
        page, people = self._platform.page, self._platform.world.people
        counts = page.ledger.counts(str(data.get("contains") or ""), int(data.get("since") or 0))
        return {
            "account": page.id,
            "marker": len(page.ledger),
            "messages": sum(counts.values()),
            "people": len(counts),
            "more_than_one": sum(1 for n in counts.values() if n > 1),
            "states": page.describe()["states"],
            "counts": {str(people.id_at(index)): n for index, n in counts.items()},
        }

    # The page

    async def limits(self, data: Json) -> Json:
        """Reads or changes the limits; 0 lifts one."""
        adjust(self._platform.limits, data)
        return asdict(self._platform.limits)

    async def pace(self, data: Json) -> Json:
        """Reads or changes how fast phones and reviewers are."""
        review = self._platform.catalog.review
        adjust(self._platform.pace, data)
        adjust(review, {k.removeprefix("review_"): v for k, v in data.items()})
        return asdict(self._platform.pace) | {f"review_{k}": v for k, v in asdict(review).items()}

    async def page(self, data: Json) -> Json:
        """Reads or changes the page: `subscribed` is a list of fields, or null."""
        page = self._platform.page
        if "subscribed" in data:
            fields = data["subscribed"]
            page.subscribed = None if fields is None else set(fields)
        if "profile" in data:
            page.profile = dict(data["profile"])
        return page.describe()

    async def templates(self, data: Json) -> Any:
        """Lists utility templates; with `name` and `do`: approve or reject."""
        catalog = self._platform.catalog
        if "do" in data:
            if data["do"] not in ("approve", "reject"):
                raise ValueError("do: approve or reject")
            template = catalog.find(data["name"], str(data.get("language") or ""))
            approved = data["do"] == "approve"
            reason = "NONE" if approved else str(data.get("reason", "TAG_CONTENT_MISMATCH"))
            catalog.decide(template, "APPROVED" if approved else "REJECTED", reason)
        return [template.describe() for template in catalog.all()]

    async def tell(self, data: Json) -> Json:
        """A notice of any field, such as messaging_policy_enforcement: {field, person, facts}."""
        index = self._hand.index(data["person"])
        now = self._platform.clock.now()
        self._platform.tell(str(data["field"]), index, now, dict(data["facts"]))
        return {"told": data["field"]}
