"""Who is who on WhatsApp: numbers and business-scoped ids, computed from the seed, not stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from channels._kit.graph.simulator.opaque_ids import Scramble, letters, number
from channels._kit.sandbox_world import People

Json = dict[str, Any]
# Seven digits of a number are the person's own; the first is never 0 or 1 (as in America).
_OWN, _FIRST = 8_000_000, 2_000_000
_SPREAD = 7_654_321  # prime to eight million: neighbours get numbers far apart
_BACK = pow(_SPREAD, -1, _OWN)
# For each time zone of the population the country and the start of a mobile number there.
_COUNTRIES: dict[str, tuple[str, str]] = {
    "Europe/Istanbul": ("TR", "90532"),
    "Europe/London": ("GB", "44740"),
    "America/New_York": ("US", "1212"),
    "America/Los_Angeles": ("US", "1415"),
    "Australia/Sydney": ("AU", "6141"),
    "Europe/Berlin": ("DE", "491511"),
    "Europe/Vienna": ("AT", "43660"),
    "Europe/Zurich": ("CH", "4179"),
    "Asia/Riyadh": ("SA", "96655"),
    "Africa/Cairo": ("EG", "20100"),
    "Asia/Dubai": ("AE", "97150"),
    "Europe/Moscow": ("RU", "7916"),
    "Asia/Yekaterinburg": ("RU", "7922"),
    "Europe/Paris": ("FR", "3361"),
    "Europe/Madrid": ("ES", "3461"),
    "America/Mexico_City": ("MX", "52554"),
}
_ELSEWHERE = ("TR", "90533")
_ABSENT, _NAMED = 0.05, 0.08  # shares: not on WhatsApp; hide their number behind a user name


@dataclass(slots=True, frozen=True)
class Contact:
    """A person as the platform knows them."""

    index: int
    id: int
    name: str
    username: str  # shown to businesses; "" for most
    country: str
    phone: str  # E.164 without the plus
    user_id: str  # business-scoped
    on_whatsapp: bool
    hides_number: bool
    profile: Json  # as notifications name them: without the number if they hide it


class Identity:
    """Turns numbers and business-scoped ids into people and back, for one business portfolio."""

    def __init__(self, people: People, seed: int) -> None:
        self._people = people
        self._scramble = Scramble(seed * 31 + 17)
        self._moves: dict[int, int] = {}  # people who changed their number: how often
        self.contact = lru_cache(maxsize=20_000)(self._contact)

    def _contact(self, index: int) -> Contact:
        person = self._people.at(index)
        country, start = _COUNTRIES.get(person.timezone, _ELSEWHERE)
        moves = self._moves.get(index, 0)
        # A new number is one that nobody's index leads to.
        own = (index + moves * 1_000_003) * _SPREAD % _OWN + _FIRST
        named = bool(person.username) and self._people.draw(index, "wa name") < _NAMED
        hidden = self._scramble.hide(index << 8 | moves)
        extra = person.id - self._people.id_at(0) != index  # created on demand: always there
        name, phone = f"{person.first_name} {person.last_name}".strip(), f"{start}{own:07d}"
        user_id = f"{country}.{letters(hidden)}"
        shown = {"name": name, "username": person.username} if named else {"name": name}
        profile: Json = {"profile": shown, "user_id": user_id}
        if not named:
            profile["wa_id"] = phone
        return Contact(
            index=index,
            id=person.id,
            name=name,
            username=person.username if named else "",
            country=country,
            phone=phone,
            user_id=user_id,
            on_whatsapp=extra or self._people.draw(index, "wa there") >= _ABSENT,
            hides_number=named,
            profile=profile,
        )

    def by_phone(self, phone: str) -> Contact | None:
        """Whose number this is, with or without the plus and spaces."""
        digits = "".join(filter(str.isdigit, phone))
        if not 9 <= len(digits) <= 15:
            return None
        index = (int(digits[-7:]) - _FIRST) * _BACK % _OWN
        for candidate in (index, *self._moves):
            if candidate < len(self._people):
                found = self.contact(candidate)
                if found.phone == digits:
                    return found
        return None

    def by_user_id(self, user_id: str) -> Contact | None:
        """Whose business-scoped id this is now."""
        hidden = number(user_id[3:])
        if hidden is None:
            return None
        index = self._scramble.show(hidden) >> 8
        if index >= len(self._people):
            return None
        found = self.contact(index)
        return found if found.user_id == user_id else None

    def move(self, index: int) -> tuple[Contact, Contact]:
        """The person changes their number; before and after."""
        before = self.contact(index)
        self._moves[index] = self._moves.get(index, 0) + 1
        self.contact.cache_clear()
        return before, self.contact(index)
