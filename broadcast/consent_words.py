"""Reading a subscriber's words: what opts in, what opts out, what is doubtful (pure).

The words are data, `broadcast/wording/lexicons`; which languages apply is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from broadcast.wording.clauses import may_leave
from broadcast.wording.folding import phrase, words
from broadcast.wording.lexicon import codes, lexicon
from broadcast.wording.reading import Kind, Read, Verdict, read

__all__ = [
    "Kind",
    "Read",
    "Verdict",
    "keyword",
    "asks_to_leave",
    "prepare",
    "says_join",
    "says_no",
    "says_stay",
    "says_stop",
    "says_yes",
    "language_of",
    "verdict",
]

YES_WORDS = frozenset({"yes", "evet", "ja", "oui", "si", "sim", "نعم", "да"})
NO_WORDS = frozenset({"no", "hayir", "nein", "non", "nao", "لا", "нет"})
# Answers to the question whether they want to leave; the buttons' labels too.
STAY_WORDS = frozenset(map(phrase, (
    "stay", "i stay", "no stay", "keep", "kal", "kalsın", "kalıyorum", "hayır kalayım", "kalayım",
    "devam", "bleiben", "ich bleibe", "rester", "je reste", "quedarme", "me quedo", "ficar",
    "остаться", "остаюсь", "ابقى", "باقي",
)))  # fmt: skip
_MOST_WORDS = 3
_REMEMBERED = 200  # characters of a message whose reading is kept for when it comes again
_SHORT = 5  # letters; a shorter word of a third language may mean anything
_SCRIPTS = {"arabic": re.compile("[\u0600-\u06ff]"), "cyrillic": re.compile("[\u0400-\u04ff]")}
_LATIN = re.compile("[A-Za-z]")
_NOTHING = Read(Verdict.NONE, Kind.OTHER)
_WORDS = (Kind.WORD, Kind.DROP, Kind.BARE)


def keyword(text: str) -> str:
    """A few words folded: ` İPTAL! ` -> `iptal`, `Abonelikten ÇIK` -> `abonelikten cik`.

    The same word over and over is said once; a longer sentence, or none, gives an empty string,
    which is nobody's key.
    """
    found = words(text)
    if len(set(found)) == 1:
        return found[0]
    return " ".join(found) if len(found) <= _MOST_WORDS else ""


def verdict(text: str, own: Iterable[str] = (), house: str = "") -> Read:
    """What the words mean for somebody's consent, and why.

    `own`: the person's languages (two letters or IETF tags), none: unknown. `house`: the language
    this house writes in. A person's own language comes first; a whole sentence that asks to stop
    counts in every language; a word that is innocent in theirs and leaving in the house's asks.
    """
    spoken = [code for code in dict.fromkeys(map(_code, own)) if code in codes()]
    if not spoken:
        return _of_unknown_tongue(text)
    first = _agreed([read(text, lexicon(code)) for code in spoken])
    if first.verdict is not Verdict.NONE or first.kind is Kind.KEPT:
        return first
    others = [code for code in _readable(text) if code not in spoken]
    theirs = _code(house)
    if theirs in others:
        heard = _in_house(first, read(text, lexicon(theirs)))
        if heard is not None:
            return heard
    if first.kind is Kind.INNOCENT:
        return first
    if first.kind is Kind.OTHER and (joined := _joins(text, others)) is not None:
        return joined
    foreign = (read(text, lexicon(code)) for code in others if code != theirs)
    return next(filter(None, map(_in_third_tongue, foreign)), first)


def _code(tag: str) -> str:
    return tag.replace("_", "-").lower().split("-")[0]


@cache
def _of_script(script: str) -> tuple[str, ...]:
    return tuple(code for code in codes() if lexicon(code).script == script)


def _readable(text: str) -> tuple[str, ...]:
    """Languages whose letters are in the text; Latin ones also write all others."""
    for script, letters in _SCRIPTS.items():
        if letters.search(text):
            return _of_script(script)
    return codes()


def _agreed(reads: list[Read]) -> Read:
    """Of one person's several languages: what is a word in one and nothing in another asks."""
    said = [one for one in reads if one.verdict is not Verdict.NONE]
    innocent = any(one.kind is Kind.INNOCENT for one in reads)
    verdicts = {one.verdict for one in said}
    if not said:
        return next((one for one in reads if one.kind is not Kind.OTHER), reads[0])
    if len(verdicts) > 1 or (innocent and said[0].kind in _WORDS):
        return _doubted(said[0])
    return said[0]


def _doubted(one: Read) -> Read:
    return Read(Verdict.ASK, Kind.DOUBT, one.words, one.language)


def _in_house(first: Read, heard: Read) -> Read | None:
    if heard.verdict is Verdict.OUT:
        sure = heard.kind is Kind.OUT or (heard.kind is Kind.WORD and first.kind is Kind.OTHER)
        return heard if sure else _doubted(heard)
    if first.kind is Kind.INNOCENT or heard.verdict is Verdict.NONE:
        return heard if heard.kind is Kind.KEPT else None
    return heard


def _in_third_tongue(heard: Read) -> Read | None:
    if heard.kind is Kind.QUERY and len(heard.words) >= _SHORT:
        return heard
    if heard.verdict is not Verdict.OUT or heard.kind in (Kind.DROP, Kind.BARE):
        return None
    if heard.kind is Kind.WORD and len(heard.words) < _SHORT:
        return _doubted(heard)
    return heard


def _joins(text: str, others: list[str]) -> Read | None:
    """Read as joining when it is what another language's people are told to write to join."""
    said = phrase(text)
    if "?" in text or len(said) >= _REMEMBERED:
        return None
    found = (code for code in others if lexicon(code).joins(said.split()))
    code = next(found, None)
    return None if code is None else Read(Verdict.IN, Kind.JOIN, said, code)


def _of_unknown_tongue(text: str) -> Read:
    reads = [read(text, lexicon(code)) for code in _readable(text)]
    by_kind = {one.kind: one for one in reversed(reads)}
    if (sentence := by_kind.get(Kind.OUT)) is not None:
        against = by_kind.get(Kind.LIMIT) or by_kind.get(Kind.KEPT)
        return _doubted(sentence) if against else sentence
    if Kind.KEPT in by_kind:
        return by_kind[Kind.KEPT]
    leaving = next((one for one in reads if one.verdict is Verdict.OUT), None)
    if leaving is not None:
        # As it is printed: `RED` is what people are told to write, `red` is a colour.
        doubtful = Kind.INNOCENT in by_kind or Kind.DOUBT in by_kind
        return _doubted(leaving) if doubtful and not text.isupper() else leaving
    for wanted in (Verdict.IN, Verdict.ASK):
        if found := next((one for one in reads if one.verdict is wanted), None):
            return found
    return reads[0] if reads else _NOTHING


def language_of(text: str) -> str:
    """The language somebody used when they wrote to leave or to join: two letters, empty where it
    cannot be told, as STOP is written in every language."""
    reads = [read(text, lexicon(code)) for code in _readable(text)]
    said = [one for one in reads if one.verdict in (Verdict.IN, Verdict.OUT)]
    said = said or [one for one in reads if one.verdict is Verdict.ASK]
    if len(said) != 1 or any(one.kind is Kind.INNOCENT for one in reads):
        return ""
    return said[0].language


def says_stop(text: str, *own: str, house: str = "") -> bool:
    """Whether these words alone opt out; False for what is only doubtful."""
    return verdict(text, own, house).verdict is Verdict.OUT


def asks_to_leave(text: str, thorough: Callable[[], bool] = lambda: True) -> bool:
    """Whether somebody asks to leave in whatever language may be theirs, asked of every message before
    it is kept: who leaves is heard first.

    Where `thorough` says no, only a short message is read, and only if a word of it, as it is written,
    begins what people leave by.
    """
    short = len(text) <= _REMEMBERED
    if not (short and _may_leave(text)) and not thorough():
        return False
    return _leaves(text) if short else _leaves.__wrapped__(text)


@lru_cache(4096)
def _may_leave(text: str) -> bool:
    return any(may_leave(text, lexicon(code)) for code in _heard(text))


def _heard(text: str) -> tuple[str, ...]:
    """Languages in which somebody may have written this, whatever they speak otherwise."""
    return codes() if _LATIN.search(text) else _readable(text)


@lru_cache(4096)
def _leaves(text: str) -> bool:
    return any(read(text, lexicon(code)).verdict is Verdict.OUT for code in _heard(text))


def prepare() -> None:
    """Read all lexicons before anybody waits for it."""
    for code in codes():
        lexicon(code)


def says_join(text: str, *own: str, house: str = "") -> bool:
    return verdict(text, own, house).verdict is Verdict.IN


def says_stay(text: str) -> bool:
    """Only an answer, as `says_yes`: to the question whether they want to leave."""
    return keyword(text) in STAY_WORDS


def says_yes(text: str) -> bool:
    """Only an answer: it means nothing to somebody who was not asked."""
    return keyword(text) in YES_WORDS


def says_no(text: str) -> bool:
    """Only an answer, as `says_yes`."""
    return keyword(text) in NO_WORDS
