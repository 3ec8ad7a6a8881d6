"""One language's words about leaving and joining, read from `lexicons/<code>.toml` once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from broadcast.wording.phrase import Phrases
from broadcast.wording.typos import Typos

FOLDER = Path(__file__).with_name("lexicons")
_EVERYWHERE = "all"  # what counts in every language
_LONGEST_WORD = 24
_LONG_STEM = 4  # letters; what begins with less is no word of ours yet
_WORD_BEGIN = r"(?<!\S)"
_RULES = (
    "kept", "out", "word", "bare", "lone", "doubt", "unsure", "limit", "limited", "join",
    "innocent", "reason", "filler", "request", "tag", "unsaid", "rhetorical", "named", "topic", "mention", "sure", "negation", "other", "ours", "across", "noise", "elsewhere", "drop",
)  # fmt: skip


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
    """Rules of one language. `rules[name]` is a pattern over words that each end in a space."""

    def __init__(self, code: str) -> None:
        common, own = _read(_EVERYWHERE), _read(code)
        self.code, self.script = code, str(own.get("script", "latin"))
        self.parts_apostrophes = bool(own.get("parts_apostrophes"))
        classes = _joined(common.get("words", {}), own.get("words", {}))
        phrases = Phrases(classes, own.get("spell", {}), own.get("endings", {}))
        self._spelled = phrases.spelled
        written = _joined(common.get("rules", {}), own.get("rules", {}))
        self.rules = {
            name: re.compile(_WORD_BEGIN + phrases.pattern(written.get(name, "")))
            for name in _RULES
        }
        typos = _joined(common.get("typos", {}), own.get("typos", {}))
        targets = phrases.spelled(typos.get("words", "")).split()
        never = phrases.spelled(typos.get("never", "")).split()
        self.signs = re.compile(f"[{common.get('signs', '')}]")
        self._known = phrases.words | set(never)
        stems = [stem for stem in sorted(phrases.stems) if len(stem) >= _LONG_STEM]
        self._stems = re.compile("|".join(map(re.escape, stems)) or "(?!)")
        self._typos = Typos(targets, never, phrases.words)
        self._targets = set(targets)
        self._meant = lru_cache(4096)(self._word)

    def words(self, clause: list[str]) -> str:
        """The clause's words as they were meant, each with a space after it."""
        return "".join(self._meant(word) for word in clause)

    @property
    def targets(self) -> frozenset[str]:
        """The single words people leave by, folded."""
        alone = (self.rules["word"], self.rules["bare"], self.rules["sure"])
        found = (w for w in self._known if any(rule.fullmatch(w + " ") for rule in alone))
        return frozenset(self._targets).union(found)

    def spelled(self, text: str) -> str:
        """Folded as this language is compared."""
        return self._spelled(text)

    def is_target(self, word: str) -> bool:
        """Whether a row of single letters makes one of the words people leave by."""
        meant = self._typos.meant(word)
        known = self.rules["word"].fullmatch(word + " ") or self.rules["bare"].fullmatch(word + " ")
        return meant in self._targets or bool(known)

    def _word(self, word: str) -> str:
        if word in self._known or len(word) > _LONGEST_WORD:
            return word + " "
        if parts := self._run_together(word):
            return " ".join(parts) + " "
        if (same := self._typos.same(word)) is not None:
            return same + " "
        if self._stems.match(word):
            return word + " "
        return self._typos.meant(word) + " "

    def _run_together(self, word: str) -> list[str]:
        """`stopall`, `removeme`: two words of ours, one of which people leave by."""
        for at in range(2, len(word) - 1) if len(word) > 5 else ():
            first, rest = word[:at], word[at:]
            if {first, rest} <= self._known and {first, rest} & self._targets:
                return [first, rest]
        return []


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
