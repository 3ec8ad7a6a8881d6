"""The phrases of a lexicon, read into what finds them in a row of folded words (pure).

`stop (sending|texting) <me>? __ <thing>`: words stand for themselves, `~` for any letters (`mesaj~`),
`_` for any word, `__` for up to three, `___` for up to eight, `^` and `$` for the clause's ends, `#` a number,
`sil/imp` a word with one of the endings `imp` (`-`: none), `<name>` for a class of the lexicon, `( | )` for a choice;
`?` after a class or a choice: or nothing, `*`: any number of times, `+`: once at least.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from broadcast.wording.folding import fold
from broadcast.wording.matching import Choice, Edge, Gap, Item, OneWord, Part, Times, Tokens

_TOKEN = re.compile(r"\s*(?:<(\w+)>([?*+]?)|(_{1,3}|[\^$#])(?=\s|$)|(\()|([^\s()|<>]+))")
_TIMES = {"?": (0, 1), "*": (0, 6), "+": (1, 6)}
_AT_LEAST_ONCE = {"?": "", "*": "+"}
_NOT_A_WORD = re.compile(r"[^\w~]+")
_BARS = re.compile(r"[()|]")
_BRACKETS = re.compile(r"[()]")
_REMEMBERED = 2048  # words of people of which it is known what may begin there


class WrongPhrase(ValueError):
    """A phrase that cannot be read."""


def alternatives(written: str) -> list[str]:
    """`a|b` or lines to single phrases; a `|` inside brackets parts nothing."""
    found: list[str] = []
    for line in written.splitlines():
        if "(" not in line:
            found += line.split("|")
            continue
        depth, start = 0, 0
        for bar in _BARS.finditer(line):
            sign = bar[0]
            depth += (sign == "(") - (sign == ")")
            if sign == "|" and depth == 0:
                found.append(line[start : bar.start()])
                start = bar.end()
        found.append(line[start:])
    return [one.strip() for one in found if one.strip()]


class Phrases:
    """The classes of one lexicon, and what is written with them."""

    def __init__(
        self, classes: Mapping[str, str], spell: Mapping[str, str], ends: Mapping[str, str]
    ) -> None:
        self._spell = spell
        self._classes = {self.spelled(name): written for name, written in classes.items()}
        self._ends = {self.spelled(name): self.spelled(written) for name, written in ends.items()}
        self._class, self._group = cache(self._made), cache(self._chosen)
        self._several, self._kind = cache(self._repeated), cache(self._one_word)
        self._tails = cache(self._endings)
        self._by_word: dict[str, list[Choice]] = defaultdict(list)  # choices that begin with it
        self._holders: dict[Item, list[Item]] = defaultdict(list)  # what begins with an item
        self._kinds: dict[str, list[tuple[Callable[[str], object], Item]]] = defaultdict(list)
        self._shared: dict[frozenset[Item], frozenset[Item]] = {}  # many words begin the same
        self._number = OneWord()
        self._signs: dict[str, Item] = {
            "_": Gap(1, 1), "__": Gap(0, 3), "___": Gap(0, 8), "#": self._number,
            "^": Edge(first=True), "$": Edge(first=False),
        }  # fmt: skip
        self.words: dict[str, None] = {}  # every word that stands for itself, in order
        self.stems: set[str] = set()  # what stands before a `~`
        self.begins = lru_cache(_REMEMBERED)(self._begins)

    def spelled(self, written: str) -> str:
        """Folded, and in the one spelling this language is compared in."""
        folded = fold(written)
        for other, one in self._spell.items():
            folded = folded.replace(other, one)
        return folded

    def choice(self, written: str) -> Choice:
        """One of these phrases, the first that fits."""
        return self._chosen(self.spelled(written))

    def tokens(self, words: Sequence[str]) -> Tokens:
        """Words of somebody, to look for phrases in, once all choices are made."""
        return Tokens(words, [self.begins(word) for word in words])

    def _begins(self, word: str) -> frozenset[Item]:
        """What may begin with this word."""
        found = {*self._by_word.get(word, ()), *self._kinds_of(word)}
        waiting = list(found)
        while waiting:
            for holder in self._holders.get(waiting.pop(), ()):
                if holder not in found:
                    found.add(holder)
                    waiting.append(holder)
        same = frozenset(found)
        return self._shared.setdefault(same, same)

    def _kinds_of(self, word: str) -> Iterator[Item]:
        if word[:1].isdecimal():
            yield self._number
        for at in range(1, len(word) + 1):
            for fits, kind in self._kinds.get(word[:at], ()):
                if fits(word[at:]):
                    yield kind

    def _made(self, name: str) -> Choice:
        if name not in self._classes:
            raise WrongPhrase(f"there is no class <{name}>")
        return self.choice(self._classes[name])

    def _chosen(self, written: str) -> Choice:
        made, firm = Choice(), Choice()
        found = [parts for one in alternatives(written) for parts in self._phrases(one)]
        for order, parts in enumerate(found):
            made.add(order, parts)
            if not parts or _is_loose(parts[0]):
                firm.add(0, [part for part in parts if not _is_loose(part)][:1])
        self._note(made)
        if made.loose and not firm.nullable:
            made.firm = firm
            self._note(firm)
        return made

    def _note(self, choice: Choice) -> None:
        for word in choice.root.last.keys() | choice.root.words.keys():
            self._by_word[word].append(choice)
        for item in choice.root.items:
            self._holders[item].append(choice)

    def _phrases(self, written: str) -> Iterator[Sequence[Part]]:
        """The phrase; with and without what it may begin with, so that its first word tells."""
        if written.replace(" ", "").isalnum():
            words = written.split()
            self.words.update(dict.fromkeys(words))
            yield words
            return
        parts = list(self._parts(written))
        while parts:
            choice, often = parts[0]
            if often not in _AT_LEAST_ONCE or _is_loose(choice):
                break
            yield [
                self._several(one, how)
                for one, how in [(choice, _AT_LEAST_ONCE[often]), *parts[1:]]
            ]
            del parts[0]
        yield [self._several(*part) for part in parts]

    def _parts(self, written: str) -> Iterator[tuple[Part, str]]:
        """Each with how often it may come."""
        at = 0
        while at < len(written):
            if (token := _TOKEN.match(written, at)) is None:
                raise WrongPhrase(written)
            at = token.end()
            name, often, sign, bracket, word = token.groups()
            if name:
                yield self._class(name), often
            elif sign:
                yield self._signs[sign], ""
            elif bracket:
                end = _closing(written, at)
                often = written[end + 1 : end + 2]
                often = often if often in _TIMES else ""
                yield self._group(written[at:end]), often
                at = end + 1 + len(often)
            else:
                yield self._word(word), ""

    def _repeated(self, part: Part, often: str) -> Part:
        if not often or not isinstance(part, Choice):
            return part
        times = Times(part, *_TIMES[often])
        if not times.loose:
            self._holders[part].append(times)
        return times

    def _word(self, written: str) -> Part:
        if "/" in written or "~" in written:
            return self._kind(written)
        word = self._bare(written)
        self.words[word] = None
        return word

    def _one_word(self, written: str) -> Item:
        """Of many endings, or any."""
        kind = OneWord()
        stem, parted, name = written.partition("/")
        if parted:
            stem, tails = self._bare(stem), self._tails(name)
            self.words.update(dict.fromkeys([stem + tail for tail in tails]))
            self._kinds[stem].append((tails.__contains__, kind))
            return kind
        first, *others = self._bare(written).split("~")
        if not first:
            raise WrongPhrase(written)
        if others == [""]:
            self.stems.add(first)
        rest = ".*".join(map(re.escape, ["", *others]))
        self._kinds[first].append((re.compile(rest, re.DOTALL).fullmatch, kind))
        return kind

    def _endings(self, name: str) -> frozenset[str]:
        if name not in self._ends:
            raise WrongPhrase(f"there are no endings /{name}")
        return frozenset("" if end == "-" else end for end in self._ends[name].split())

    @staticmethod
    def _bare(written: str) -> str:
        word = _NOT_A_WORD.sub("", written)
        if not word:
            raise WrongPhrase(written)
        return word


def _is_loose(part: Part) -> bool:
    return isinstance(part, Item) and part.loose


def _closing(written: str, at: int) -> int:
    """Where the bracket closes in which this place is."""
    depth = 1
    for bracket in _BRACKETS.finditer(written, at):
        depth += 1 if bracket[0] == "(" else -1
        if depth == 0:
            return bracket.start()
    raise WrongPhrase(written)
