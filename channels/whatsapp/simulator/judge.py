"""Whether a message may go to this person now: window, consent, budget, caps, the right endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from channels._kit.graph.simulator.errors import GraphError, invalid
from channels.whatsapp.simulator.account import BARRED, STOPPED_MARKETING, Number
from channels.whatsapp.simulator.draft import Draft
from channels.whatsapp.simulator.errors import refusal
from channels.whatsapp.simulator.identity import Contact
from channels.whatsapp.simulator.limits import UNCAPPED
from channels.whatsapp.simulator.platform import Platform


@dataclass(slots=True)
class Recipient:
    """Whom a message is for."""

    given: str
    contact: Contact | None
    by_phone: bool

    @property
    def phone(self) -> str:
        """As the answer and the statuses show it; "" when it is hidden."""
        if self.by_phone:
            return self.contact.phone if self.contact else digits(self.given)
        return self.contact.phone if self.contact and not self.contact.hides_number else ""


class Judge:
    """Knows the rules."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def route(self, draft: Draft, marketing: bool, recipient: Recipient) -> None:
        """The right endpoint for a template's category and price."""
        account, template = self._platform.account, draft.template
        if marketing:
            if not account.marketing_signed:
                raise refusal(10, "The terms of the Marketing Messages API were not accepted.")
            if not draft.is_marketing:
                words = "Only templates of category MARKETING can be sent with this endpoint."
                raise invalid(words)
        elif draft.is_marketing and account.marketing_only_there:
            raise refusal(131063)
        elif template is not None and template.max_price:
            raise refusal(131061)
        if (
            template is not None
            and template.category == "AUTHENTICATION"
            and not recipient.by_phone
        ):
            raise refusal(131062)

    def judge(self, number: Number, recipient: Recipient, draft: Draft) -> GraphError | None:
        """Why this person cannot be written to like this now; counts it when they can."""
        platform, contact = self._platform, recipient.contact
        now, people = platform.clock.now(), platform.world.people
        if contact is None or not contact.on_whatsapp or people.is_deactivated(contact.index):
            return refusal(131026)
        index = contact.index
        if contact.country in platform.account.restricted:
            return refusal(130497)
        if number.flags(index) & BARRED:
            return refusal(130403)
        inside = number.in_window(index, now)
        if draft.template is None:
            return None if inside else refusal(131047)
        if draft.is_marketing:
            wrong = self._judge_marketing(number, contact, inside, now)
            if wrong is not None:
                return wrong
        if not inside:
            if not platform.budget.admits(now, index):
                return refusal(platform.limits.budget_code)
            platform.budget.count(now, index)
        if draft.is_marketing:
            platform.caps.count(now, index)
        return None

    def _judge_marketing(
        self, number: Number, contact: Contact, inside: bool, now: float
    ) -> GraphError | None:
        limits, index = self._platform.limits, contact.index
        if number.flags(index) & STOPPED_MARKETING:
            return refusal(131050)
        if contact.country == "US":
            return refusal(131049)
        if inside:
            return None
        if self._platform.world.people.draw(index, "wa trial") < limits.holdout_share:
            return refusal(130472)
        full = self._platform.caps.full(now, index, limits.marketing_per_day)
        return refusal(131049) if full and contact.country not in UNCAPPED else None


def digits(text: str) -> str:
    """A phone number without its decoration."""
    return "".join(filter(str.isdigit, text))
