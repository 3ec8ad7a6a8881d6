"""The phrases of a lexicon, read as regular expressions over folded words (pure).

`stop (sending|texting) <me>? __ <thing>`: words stand for themselves, `~` for any letters (`mesaj~`),
`_` for any word, `__` for up to three, `___` for up to eight, `^` and `$` for the clause's ends, `#` a number,
`sil/imp` a word with one of the endings `imp` (`-`: none), `<name>` for a class of the lexicon, `( | )` for a choice;
`?` after a class or a choice: or nothing, `*`: any number of times, `+`: once at least.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from broadcast.wording.folding import fold

_TOKEN = re.compile(r"<(\w+)>([?*+]?)|(_{1,3}|[\^$#])(?=[\s)|]|$)|([(|])|\)([?*+]?)|([^\s()|<>]+)")
_TIMES = {"": "", "?": "?", "*": "{0,6}", "+": "{1,6}"}
_GAPS = {
    "_": r"(?:\S+ )",
    "__": r"(?:\S+ ){0,3}",
    "___": r"(?:\S+ ){0,8}",
    "^": "^",
    "$": "$",
    "#": r"(?:\d\S* )",
}
_WORD_END = " "
_NOT_A_WORD = re.compile(r"[^\w~]+")


class WrongPhrase(ValueError):
    """A phrase that cannot be read."""


def alternatives(written: str | Iterable[str]) -> list[str]:
    """`a|b` or lines or a list to single phrases; a `|` inside brackets parts nothing."""
    lines = written.splitlines() if isinstance(written, str) else list(written)
    found: list[str] = []
    for line in lines:
        depth, start = 0, 0
        for at, ch in enumerate(line):
            depth += (ch == "(") - (ch == ")")
            if ch == "|" and depth == 0:
                found.append(line[start:at])
                start = at + 1
        found.append(line[start:])
    return [one.strip() for one in found if one.strip()]


class Phrases:
    """The classes of one lexicon, and what is written with them."""

    def __init__(
        self, classes: Mapping[str, str], spell: Mapping[str, str], ends: Mapping[str, str]
    ) -> None:
        self._classes, self._spell = classes, spell
        self._ends = {name: self.spelled(written) for name, written in ends.items()}
        self._made = cache(self._class)
        self.words: set[str] = set()  # every word that stands for itself
        self.stems: set[str] = set()  # what stands before a `~`

    def pattern(self, written: str | Iterable[str]) -> str:
        """A choice of phrases; each word takes the space after it with it."""
        made = [self._phrase(one) for one in alternatives(written)]
        return f"(?:{'|'.join(dict.fromkeys(made))})" if made else "(?!)"

    def _class(self, name: str) -> str:
        if name not in self._classes:
            raise WrongPhrase(f"there is no class <{name}>")
        return self.pattern(self._classes[name])

    def _phrase(self, written: str) -> str:
        parts: list[str] = []
        at = 0
        for token in _TOKEN.finditer(written):
            if written[at : token.start()].strip():
                raise WrongPhrase(written)
            at = token.end()
            parts.append(self._item(token))
        if written[at:].strip():
            raise WrongPhrase(written)
        return "".join(parts)

    def _item(self, token: re.Match[str]) -> str:
        name, often, gap, bracket, closed, word = token.groups()
        if name:
            return self._made(name) + _TIMES[often]
        if gap:
            return _GAPS[gap]
        if bracket:
            return "(?:" if bracket == "(" else "|"
        if closed is not None:
            return ")" + _TIMES[closed]
        return self._word(word)

    def _word(self, written: str) -> str:
        stem, parted, name = written.partition("/")
        if parted:
            ends = sorted(self._endings(name), key=len, reverse=True)
            self.words.update(self._bare(stem) + end for end in ends)
            return f"{self._bare(stem)}(?:{'|'.join(ends)}){_WORD_END}"
        word = self._bare(written)
        if "~" not in word:
            self.words.add(word)
            return re.escape(word) + _WORD_END
        if word.startswith("~"):
            raise WrongPhrase(written)
        if word.endswith("~") and "~" not in word[:-1]:
            self.stems.add(word[:-1])
        return r"\S*".join(map(re.escape, word.split("~"))) + _WORD_END

    def _endings(self, name: str) -> list[str]:
        if name not in self._ends:
            raise WrongPhrase(f"there are no endings /{name}")
        return ["" if end == "-" else end for end in self._ends[name].split()]

    def _bare(self, written: str) -> str:
        word = _NOT_A_WORD.sub("", self.spelled(written))
        if not word:
            raise WrongPhrase(written)
        return word

    def spelled(self, written: str) -> str:
        """Folded, and in the one spelling this language is compared in."""
        folded = fold(written)
        for other, one in self._spell.items():
            folded = folded.replace(other, one)
        return folded
