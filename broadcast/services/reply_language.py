"""Which language somebody is answered in. What they chose themselves is kept apart from what we only
guess, and nothing but another choice of theirs takes its place."""

from __future__ import annotations

from broadcast import consent_words
from broadcast.inbound import Inbound
from broadcast.language import choose
from broadcast.models import Subscriber
from broadcast.phone import language_of

# `Subscriber.language_by`, the weakest first. Empty, as in rows from before it was noted, may have been
# a choice and is treated as one.
HOUSE, NUMBER, PLATFORM, LIST, WORD, CHOSEN = (
    "house", "number", "platform", "import", "word", "chosen",
)  # fmt: skip
_WEIGHT = {by: place for place, by in enumerate((HOUSE, NUMBER, PLATFORM, LIST, WORD, CHOSEN, ""))}


def learn(person: Subscriber, inbound: Inbound) -> None:
    """What their platform says, else where their number is from: a better guess replaces a worse."""
    if not _take(person, inbound.language, PLATFORM) and _weaker(person, NUMBER):
        _take(person, language_of(inbound.phone or person.phone), NUMBER)


def used(person: Subscriber, text: str) -> None:
    """They left, joined or answered in words of one language; of two words the later counts."""
    if _weaker(person, WORD) or person.language_by == WORD:
        _take(person, consent_words.language_of(text), WORD, again=True)


def chose(person: Subscriber, language: str) -> None:
    """They said so themselves."""
    person.language, person.language_by = language, CHOSEN


def joined(kept: Subscriber, other: Subscriber) -> None:
    """Two people turned out to be one: what is better known of them stays."""
    if other.language_by and _weaker(kept, other.language_by):
        kept.language, kept.language_by = other.language, other.language_by


def _take(person: Subscriber, tag: str, by: str, *, again: bool = False) -> bool:
    code = choose(tag, "")
    if not code or not (_weaker(person, by) or (again and person.language_by == by)):
        return False
    person.language, person.language_by = code, by
    return True


def _weaker(person: Subscriber, by: str) -> bool:
    """Whether what we have is less sure than a guess of this kind."""
    return _WEIGHT.get(person.language_by, len(_WEIGHT)) < _WEIGHT.get(by, 0)
