"""A message cut into clauses of folded words (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from broadcast.wording.folding import fold
from broadcast.wording.lexicon import Lexicon
from broadcast.wording.matching import Tokens

MOST_WORDS = 80  # who writes more than this asks for something else too
_MOST_LETTERS = 2000
# `s.t.o.p`, `s t o p`: single letters in a row
_SINGLE = re.compile(r"(?<![^\W_])[^\W_](?:[\s.\-_*·,/|~+]{1,3}[^\W_](?![^\W_])){2,}")
_SIGNS = re.compile(r"[\s.\-_*·,/|~+]+")
_WIDE = re.compile(r"\s{2,}")  # between words whose letters stand apart
_QUOTED = re.compile(r"^\s*>.*$", re.MULTILINE)  # an old message below the answer
_APOSTROPHE = re.compile("['’‘ʼ`´]")
_NUMBER_SIGNS = re.compile(r"(?<=\d)[.,:](?=\d)")
_END = re.compile(r"[.!?؟¿¡;؛:,،…—–|\"“”«»„()\[\]*_\n]+|\s-+\s")
_PICTURES = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
_WORDS = re.compile(r"[^\W_]+")
_Part = tuple[list[str], int, bool]  # words, line, whether a question mark ends them


@dataclass(frozen=True, slots=True)
class Clause:
    """`asked`: it ends in a question mark."""

    words: Tokens
    line: int
    asked: bool


def clauses(text: str, lexicon: Lexicon) -> list[Clause]:
    """In order, without empty ones; none of a wall of words."""
    found = [
        Clause(lexicon.tokens(words), line, asked) for words, line, asked in _parts(text, lexicon)
    ]
    return found if sum(len(clause.words) for clause in found) <= MOST_WORDS else []


def may_leave(text: str, lexicon: Lexicon) -> bool:
    """False: no word of it begins what people of this language leave by, unless misspelt."""
    return any(lexicon.may_leave(words) for words, _, _ in _parts(text, lexicon))


def _parts(text: str, lexicon: Lexicon) -> list[_Part]:
    kept = _QUOTED.sub("", text[: _MOST_LETTERS + 1].replace("\r", "\n"))
    if len(kept) > _MOST_LETTERS:
        return []
    folded = lexicon.spelled(kept)
    if _SINGLE.search(folded):
        folded = _joined_letters(folded, lexicon)
    found = _cut(_PICTURES.sub(".", folded), lexicon.parts_apostrophes)
    return found if sum(len(words) for words, _, _ in found) <= MOST_WORDS else []


@lru_cache(1024)  # most languages cut it alike
def _cut(folded: str, parts_apostrophes: bool) -> list[_Part]:
    """Each clause."""
    folded = _APOSTROPHE.sub(" " if parts_apostrophes else "", folded)
    folded = _NUMBER_SIGNS.sub("", folded)
    found: list[_Part] = []
    at, line = 0, 0
    for end in [*_END.finditer(folded), None]:
        signs = end[0] if end else ""
        if words := _WORDS.findall(folded[at : end.start() if end else len(folded)]):
            found.append((words, line, "?" in signs or "؟" in signs))
        line += "\n" in signs
        at = end.end() if end else at
    return found


def _joined_letters(folded: str, lexicon: Lexicon) -> str:
    def join(found: re.Match[str]) -> str:
        word = _SIGNS.sub("", found[0])
        if lexicon.is_target(word):
            return word
        parts = [_SIGNS.sub("", part) for part in _WIDE.split(found[0])]
        return " ".join(parts) if any(map(lexicon.is_target, parts)) else found[0]

    return _SINGLE.sub(join, folded)


def has_words(text: str) -> bool:
    return bool(_WORDS.search(fold(text[:_MOST_LETTERS])))
