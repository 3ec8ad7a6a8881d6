"""The account's templates: created, reviewed (which takes time), paused, re-categorised, deleted."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channels._kit.graph.simulator.clock import Agenda
from channels._kit.graph.simulator.errors import invalid, unknown_object
from channels._kit.graph.simulator.template import Refuse, Template, check_names, read_components

Json = dict[str, Any]
Tell = Callable[[str, Json], None]  # a webhook field and its value
_PAUSES = (3 * 3600.0, 6 * 3600.0)  # the first, the second; the third time it is disabled
_PROMOTION = re.compile(
    r"\b(sale|discount|offer|promo\w*|% off|indirim\w*|kampanya\w*|fırsat\w*|rabatt)\b", re.I
)
_FORBIDDEN = re.compile(r"\b(casino|betting|bahis|kumar|escort|weapons?)\b", re.I)
# A text full of these is not in the language it was submitted for.
_FOREIGN = {"tr": re.compile(r"\b(the|and|your|with)\b", re.I)}


@dataclass(slots=True)
class Review:
    """How templates are judged."""

    seconds: float = 5.0  # a review takes about so long
    reject_share: float = 0.1  # rejected although nothing is wrong, as happens


class Catalog:
    """All templates of one account."""

    def __init__(self, agenda: Agenda, seed: int, tell: Tell, refuse: Refuse) -> None:
        self.review = Review()
        self._agenda = agenda
        self._seed = seed
        self._tell = tell
        self._refuse = refuse
        self._by_id: dict[str, Template] = {}
        self._by_name: dict[tuple[str, str], Template] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def all(self) -> list[Template]:
        """Oldest first."""
        return list(self._by_id.values())

    def get(self, template_id: str) -> Template | None:
        """By id."""
        return self._by_id.get(template_id)

    def named(self, name: str) -> list[Template]:
        """A template in all its languages."""
        return [t for t in self._by_id.values() if t.name == name]

    def find(self, wanted: Any, language: str = "") -> Template:
        """By id or name; LookupError when there is none."""
        for template in self._by_id.values():
            if wanted == template.id or (
                wanted == template.name and language in ("", template.language)
            ):
                return template
        raise LookupError(f"no template {wanted!r}")

    def usable(self, name: str, language: str) -> Template:
        """The approved template of a message, or the refusal there is for it."""
        template = self._by_name.get((name, language))
        if template is None or template.status in ("PENDING", "REJECTED", "PENDING_DELETION"):
            words = f"template name ({name}) does not exist in {language}"
            raise self._refuse(132001, words)
        if template.status == "PAUSED":
            raise self._refuse(132015, "")
        if template.status != "APPROVED":
            raise self._refuse(132016, "")
        return template

    def create(self, wish: Json, review: bool = True) -> Template:
        """A new template, to be reviewed."""
        check_names(wish)
        named = str(wish.get("parameter_format") or "POSITIONAL").upper() == "NAMED"
        components, variables = read_components(wish, named)
        key = (str(wish["name"]), str(wish["language"]))
        if key in self._by_name:
            words = f"There is already {key[1]} content for this template."
            raise invalid(words, subcode=2388024)
        self._count += 1
        template = Template(
            id=str(500_000_000_000_000 + self._count * 104_729),
            name=key[0],
            language=key[1],
            category=str(wish["category"]),
            named=named,
            components=components,
            variables=variables,
            max_price=bool(wish.get("bid_spec")),
        )
        self._by_id[template.id] = self._by_name[key] = template
        if review:
            self._submit(template)
        return template

    def edit(self, template: Template, wish: Json) -> None:
        """New content or category: reviewed again."""
        if template.status not in ("APPROVED", "REJECTED", "PAUSED"):
            raise invalid(f"A template that is {template.status} cannot be edited.")
        if "components" in wish:
            template.components, template.variables = read_components(wish, template.named)
        if wish.get("category"):
            if template.status == "APPROVED":
                raise invalid("The category of an approved template cannot be changed.")
            check_names({"name": template.name, "language": template.language, **wish})
            template.category = str(wish["category"])
        self._submit(template)

    def delete(self, name: str, template_id: str = "") -> None:
        """All languages of a name, or the one with an id."""
        doomed = [t for t in self.named(name) if template_id in ("", t.id)]
        if not doomed:
            raise unknown_object(template_id or name, "delete")
        for template in doomed:
            del self._by_id[template.id]
            del self._by_name[template.name, template.language]

    def _submit(self, template: Template) -> None:
        template.status = "PENDING"
        chance = random.Random(f"{self._seed} {template.name} {template.language}")
        span = self.review.seconds * (0.5 + chance.random())
        self._agenda.after(span, self._judge, template, chance.random())

    def _judge(self, template: Template, draw: float) -> None:
        if template.status != "PENDING" or template.id not in self._by_id:
            return  # decided by hand, or gone
        text = " ".join(str(c.get("text") or "") for c in template.components)
        foreign = _FOREIGN.get(template.language[:2])
        if _FORBIDDEN.search(text):
            self.decide(template, "REJECTED", "ABUSIVE_CONTENT")
        elif foreign is not None and len(foreign.findall(text)) >= 3:
            self.decide(template, "REJECTED", "TAG_CONTENT_MISMATCH")
        elif draw < self.review.reject_share:
            self.decide(template, "REJECTED", "INVALID_FORMAT")
        else:
            if template.category == "UTILITY" and _PROMOTION.search(text):
                self.recategorise(template, "MARKETING")
            self.decide(template, "APPROVED", "NONE")

    def decide(self, template: Template, status: str, reason: str = "NONE") -> None:
        """A new status; the app is told."""
        template.status, template.reason = status, reason
        self._tell_status(template, status, None if reason == "NONE" else reason)

    def _tell_status(
        self, template: Template, event: str, reason: str | None, more: Json | None = None
    ) -> None:
        value: Json = {"event": event, **_names(template), "reason": reason, **(more or {})}
        self._tell("message_template_status_update", value)

    def pause(self, template: Template) -> None:
        """Bad feedback: paused for 3 hours, then for 6, then disabled."""
        place = template.pauses
        template.pauses += 1
        if place >= len(_PAUSES):
            template.status = "DISABLED"
            title = {"title": "DISABLED", "description": "The template was paused too often."}
            self._tell_status(template, "DISABLED", None, {"other_info": title})
            return
        template.status = "PAUSED"
        title = {
            "title": ("FIRST_PAUSE", "SECOND_PAUSE")[place],
            "description": f"Paused for {_PAUSES[place] / 3600:g} hours due to low quality.",
        }
        self._tell_status(template, "PAUSED", None, {"other_info": title})
        self._agenda.after(_PAUSES[place], self._resume, template, template.pauses)

    def _resume(self, template: Template, pauses: int) -> None:
        if template.status == "PAUSED" and template.pauses == pauses:
            self.decide(template, "APPROVED")

    def recategorise(self, template: Template, category: str) -> None:
        """Meta finds another category fits; the app is told."""
        template.previous_category, template.category = template.category, category
        value = {
            **_names(template),
            "previous_category": template.previous_category,
            "new_category": category,
        }
        self._tell("template_category_update", value)

    def rate(self, template: Template, quality: str) -> None:
        """Another quality score; the app is told."""
        before, template.quality = template.quality, quality
        value = {
            "previous_quality_score": before,
            "new_quality_score": quality,
            **_names(template),
        }
        self._tell("message_template_quality_update", value)


def _names(template: Template) -> Json:
    return {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }
