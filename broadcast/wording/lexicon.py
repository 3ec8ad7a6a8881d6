"""One language's words about leaving and joining, read from `lexicons/<code>.toml` once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from broadcast.wording.matching import Tokens
from broadcast.wording.phrase import Phrases
from broadcast.wording.typos import Typos

FOLDER = Path(__file__).with_name("lexicons")
_EVERYWHERE = "all"  # what counts in every language
_LONGEST_WORD = 24
_LONG_STEM = 4  # letters; what begins with less is no word of ours yet
_LONG_TARGET = 8  # letters; nearer to such a word than to what its stem may be of
_ELIDED = 6  # letters of a word and the little one before it
_RULES = (
    "kept", "out", "word", "bare", "lone", "doubt", "unsure", "limit", "limited", "join",
    "innocent", "reason", "filler", "request", "tag", "unsaid", "rhetorical", "named", "topic", "mention", "sure", "negation", "other", "ours", "across", "noise", "elsewhere", "drop",
    "undecided", "chosen", "hence", "called",
)  # fmt: skip
_LEAVING = ("out", "word", "bare", "sure", "drop", "across")  # by which people leave


@cache
def codes() -> tuple[str, ...]:
    """Languages that have a lexicon."""
    found = sorted(file.stem for file in FOLDER.glob("*.toml"))
    return tuple(code for code in found if code != _EVERYWHERE)


@cache
def lexicon(code: str) -> Lexicon:
    """Raises KeyError for a language without one."""
    if code not in codes():
        raise KeyError(code)
    return Lexicon(code)


class Lexicon:
    """Rules of one language: `rules[name]` finds its phrases in the tokens of a clause."""

    def __init__(self, code: str) -> None:
        common, own = _read(_EVERYWHERE), _read(code)
        self.code, self.script = code, str(own.get("script", "latin"))
        self.parts_apostrophes = bool(own.get("parts_apostrophes"))
        classes = _joined(common.get("words", {}), own.get("words", {}))
        phrases = Phrases(classes, own.get("spell", {}), own.get("endings", {}))
        self._spelled, self._tokens, self._begins = phrases.spelled, phrases.tokens, phrases.begins
        written = _joined(common.get("rules", {}), own.get("rules", {}))
        self.rules = {name: phrases.choice(written.get(name, "")) for name in _RULES}
        leaving = [self.rules[name] for name in _LEAVING]
        self._leaving = frozenset([*leaving, *(rule.firm for rule in leaving if rule.firm)])
        typos = _joined(common.get("typos", {}), own.get("typos", {}))
        targets = phrases.spelled(typos.get("words", "")).split()
        never = phrases.spelled(typos.get("never", "")).split()
        self.signs = re.compile(f"[{common.get('signs', '')}]")
        self._known = {*phrases.words, *never}
        self._stems = {stem for stem in phrases.stems if len(stem) >= _LONG_STEM}
        self._typos = Typos(targets, never, phrases.words)
        self._targets = set(targets)
        self._short: dict[str, str] = own.get("short", {})
        self._before = tuple(own.get("before", "").split())
        self._meant = lru_cache(4096)(self._word)

    def tokens(self, words: Iterable[str]) -> Tokens:
        """Words as they were meant."""
        return self._tokens([meant for word in words for meant in self._meant(word)])

    def may_leave(self, words: Iterable[str]) -> bool:
        """Whether one of the words begins something that people leave by."""
        return any(not self._leaving.isdisjoint(self._begins(word)) for word in words)

    def joins(self, words: Sequence[str]) -> bool:
        """Whether these are the words by which people of this language join."""
        return self.rules["called"].fullmatch(self._tokens(words))

    def spelled(self, text: str) -> str:
        """Folded as this language is compared."""
        return self._spelled(text)

    def is_target(self, word: str) -> bool:
        """Whether a row of single letters makes one of the words people leave by."""
        token = self._tokens([word])
        known = self.rules["word"].fullmatch(token) or self.rules["bare"].fullmatch(token)
        return known or self._typos.meant(word) in self._targets

    def _word(self, word: str) -> tuple[str, ...]:
        if word in self._short:
            return tuple(self._short[word].split())
        if word in self._known or len(word) > _LONGEST_WORD:
            return (word,)
        if parts := self._run_together(word) or self._little_word_before(word):
            return tuple(parts)
        if (same := self._typos.same(word)) is not None:
            return (same,)
        meant = self._typos.meant(word)
        far = not (meant in self._targets and len(meant) >= _LONG_TARGET)
        return (word,) if far and self._has_stem(word) else (meant,)

    def _has_stem(self, word: str) -> bool:
        return any(word[:at] in self._stems for at in range(_LONG_STEM, len(word) + 1))

    def _run_together(self, word: str) -> list[str]:
        """`stopall`, `removeme`: two words of ours, one of which people leave by."""
        for at in range(2, len(word) - 1) if len(word) > 5 else ():
            first, rest = word[:at], word[at:]
            if {first, rest} <= self._known and {first, rest} & self._targets:
                return [first, rest]
        return []

    def _little_word_before(self, word: str) -> list[str]:
        """`menvoyer`: m envoyer, without its apostrophe; `فلا`: لا, since Arabic's "and" is one letter
        of the word."""
        if not word.startswith(self._before) or word[1:] not in self._known:
            return []
        if self.parts_apostrophes:
            return [word[0], word[1:]] if len(word) >= _ELIDED and word[1] in "aeiouhy" else []
        return [word[1:]]


def _read(code: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


def _joined(common: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Both languages' phrases under each name."""
    return {name: common.get(name, "") + "\n" + own.get(name, "") for name in _names(common, own)}


def _names(*tables: dict[str, str]) -> Iterator[str]:
    seen: dict[str, None] = {}
    for table in tables:
        seen |= dict.fromkeys(table)
    return iter(seen)
