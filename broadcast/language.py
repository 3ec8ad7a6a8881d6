"""Sentences in the reader's language: Babel catalogs from `locales/`, read once.

English sentences are the keys. `N_` marks a sentence that is translated later.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time
from functools import cache
from pathlib import Path

from broadcast import timezone as zones
from broadcast.message import RichText, rich

LOCALES = Path(__file__).resolve().parent.parent / "locales"
FALLBACK = "en"


def N_(sentence: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a sentence for the catalogs without translating it now."""
    return sentence


@cache
def languages() -> tuple[str, ...]:
    """Languages that have a catalog, the fallback first."""
    found = sorted(p.parent.parent.name for p in LOCALES.glob("*/LC_MESSAGES/tellal.po"))
    return (FALLBACK, *(code for code in found if code != FALLBACK))


def choose(tag: str | None, default: str = FALLBACK) -> str:
    """The catalog nearest to an IETF tag such as `tr` or `pt-br`."""
    code = (tag or "").replace("_", "-").lower().split("-")[0]
    return code if code in languages() else default


def channel_label(channel: str) -> str:
    """A platform's name as people write it, in every language."""
    return {"whatsapp": "WhatsApp"}.get(channel, channel.title())


class Speech:
    """One language. `say` and `say_n` give formatted text, `plain` gives bare text."""

    def __init__(self, language: str) -> None:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po
        from babel.support import Translations

        self.language = language
        source = LOCALES / language / "LC_MESSAGES" / "tellal.po"
        compiled = io.BytesIO()
        with source.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        self._catalog = Translations(compiled)

    def plain(self, sentence: str, /, **values: object) -> str:
        return self.say(sentence, **values).text

    def template(self, sentence: str) -> str:
        """The sentence as its catalog has it, nothing put in; one without a translation as it is."""
        return self._catalog.gettext(sentence) or sentence

    def say(self, sentence: str, /, **values: object) -> RichText:
        return rich(self._catalog.gettext(sentence), **values)

    def say_n(self, one: str, many: str, n: int, /, **values: object) -> RichText:
        sentence = self._catalog.ngettext(one, many, n)
        return rich(sentence, n=self.number(n), **values)

    def capital(self, words: str) -> str:
        """As a sentence or a label begins: a Turkish i keeps its dot."""
        first = "İ" if self.language == "tr" and words.startswith("i") else words[:1].upper()
        return first + words[1:]

    def number(self, value: float) -> str:
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self.language)

    def moment(self, at: datetime, timezone: str, *, offset: bool = False) -> str:
        """A day and a time in the reader's zone, with the zone named, or its distance from UTC."""
        from babel.dates import format_skeleton

        zone = zones.zone(timezone)
        local = at.astimezone(zone).replace(tzinfo=None)
        shown = format_skeleton("yMMMEd", local, locale=self.language)
        named = f"UTC{at.astimezone(zone).isoformat()[-6:]}" if offset else zone.key
        return f"{shown} {local:%H:%M} ({named})"

    def span(self, since: datetime, until: datetime, timezone: str) -> str:
        """From one moment to another in the reader's zone; a day that is the same is said once."""
        zone = zones.zone(timezone)
        first, last = since.astimezone(zone), until.astimezone(zone)
        if first.date() != last.date():
            return f"{self.moment(since, timezone)} – {self.moment(until, timezone)}"
        begun = self.moment(since, timezone).removesuffix(f" ({zone.key})")
        return f"{begun} – {last:%H:%M} ({zone.key})"

    def day(self, day: date) -> str:
        """A day of the near future: no year."""
        from babel.dates import format_skeleton

        return format_skeleton("MMMEd", datetime.combine(day, time()), locale=self.language)

    def date(self, at: datetime, timezone: str) -> str:
        """A day in the reader's zone, short, with its year."""
        from babel.dates import format_skeleton

        local = at.astimezone(zones.zone(timezone)).replace(tzinfo=None)
        return format_skeleton("yMMMd", local, locale=self.language)

    def city(self, timezone: str) -> str:
        """`Europe/Istanbul` as people there call it."""
        from babel.dates import get_timezone_location

        if timezone == "UTC" or not zones.known(timezone):
            return timezone
        return get_timezone_location(timezone, locale=self.language, return_city=True)

    def duration(self, seconds: float) -> str:
        """`1 min 20 s`: the two largest units, never `0`."""
        from babel.units import format_unit

        left = max(1, round(seconds))
        parts = []
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
            count, left = divmod(left, size)
            if count:
                parts.append(format_unit(count, unit, length="short", locale=self.language))
        return " ".join(parts[:2])


@cache
def speech(language: str) -> Speech:
    """The Speech of a language that has a catalog, else of the fallback."""
    return Speech(choose(language))


_at_terminal = FALLBACK


def speak_at_terminal(language: str) -> None:
    """Choose the language of what this process says to whoever runs it."""
    global _at_terminal
    _at_terminal = choose(language)


def terminal() -> Speech:
    """How this process speaks to whoever runs it: English until somebody chose."""
    return speech(_at_terminal)
