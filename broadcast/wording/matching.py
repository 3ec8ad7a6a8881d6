"""Phrases found in a row of words (pure): what may begin at a word is known before anything is tried.

Alternatives are tried in the order they are written, and each takes as much as it can, as in a regular
expression; unlike one, this costs little to make, and no text makes it slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Union

_Found = list[tuple[int, int]]  # (which alternative, where it ends)
Part = Union["Item", str]
_Seen = set[tuple["Branch", int]]
_by_order = itemgetter(0)
_NOTHING: frozenset[Item] = frozenset()


class Tokens:
    """Words, and for each the items that may begin there."""

    __slots__ = ("_somewhere", "begins", "found", "words")

    def __init__(self, words: Sequence[str], begins: Sequence[frozenset[Item]]) -> None:
        self.words, self.begins = words, begins
        self.found: dict[tuple[Choice, int], Sequence[int]] = {}  # ends, by where one begins
        self._somewhere: frozenset[Item] | None = None

    @property
    def somewhere(self) -> frozenset[Item]:
        """What may begin at any of the words."""
        if self._somewhere is None:
            self._somewhere = _NOTHING.union(*self.begins)
        return self._somewhere

    def __len__(self) -> int:
        return len(self.words)

    def __str__(self) -> str:
        return " ".join(self.words)

    def part(self, start: int, end: int) -> Tokens:
        """The words from `start` up to `end`, as if there were no others."""
        if start == 0 and end == len(self.words):
            return self
        return Tokens(self.words[start:end], self.begins[start:end])


def joined(rows: Sequence[Tokens]) -> Tokens:
    """One after another."""
    if len(rows) == 1:
        return rows[0]
    return Tokens(
        [word for row in rows for word in row.words], [one for row in rows for one in row.begins]
    )


class Item:
    """What a phrase consists of. `loose`: one word does not tell whether it may begin there."""

    __slots__ = ("loose",)

    def __init__(self, loose: bool) -> None:
        self.loose = loose

    def ends(self, tokens: Tokens, at: int) -> Sequence[int]:
        """Where it may end if it begins there, the preferred end first."""
        raise NotImplementedError


class OneWord(Item):
    """A word of some kind (a number, with this beginning): who makes `Tokens` knows which."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(loose=False)

    def ends(self, tokens: Tokens, at: int) -> Sequence[int]:
        return (at + 1,) if at < len(tokens.words) and self in tokens.begins[at] else ()


class Gap(Item):
    """So many words, whichever."""

    __slots__ = ("_least", "_most")

    def __init__(self, least: int, most: int) -> None:
        super().__init__(loose=True)
        self._least, self._most = least, most

    def ends(self, tokens: Tokens, at: int) -> Sequence[int]:
        return range(min(at + self._most, len(tokens.words)), at + self._least - 1, -1)


class Edge(Item):
    """Nothing stands before it (`first`), or nothing behind it."""

    __slots__ = ("_first",)

    def __init__(self, first: bool) -> None:
        super().__init__(loose=True)
        self._first = first

    def ends(self, tokens: Tokens, at: int) -> Sequence[int]:
        return (at,) if at == (0 if self._first else len(tokens.words)) else ()


class Branch:
    """What may follow in phrases that begin alike. `order`: of the phrase that is over here, `last`: of
    those that are over with one more word."""

    __slots__ = ("items", "last", "loose", "order", "words")

    def __init__(self) -> None:
        self.last: dict[str, int] = _NO_LAST
        self.words: dict[str, Branch] = _NO_WORDS
        self.items: dict[Item, Branch] = _NO_ITEMS
        self.loose: dict[Item, Branch] = _NO_ITEMS
        self.order = -1

    def behind(self, part: Part) -> Branch:
        """The branch that a word or an item leads to."""
        branches: dict[Part, Branch] = getattr(self, _place(part))
        if not branches:
            branches = {}
            setattr(self, _place(part), branches)
        if (found := branches.get(part)) is None:
            found = branches[part] = Branch()
        return found

    def add(self, order: int, parts: Sequence[Part]) -> None:
        """Another phrase, from here on."""
        branch = self
        for part in parts[:-1]:
            branch = branch.behind(part)
        if parts and isinstance(parts[-1], str):
            branch.last = branch.last or {}
            branch.last.setdefault(parts[-1], order)
            return
        branch = branch.behind(parts[-1]) if parts else branch
        if branch.order < 0:
            branch.order = order

    def walk(self, tokens: Tokens, at: int, found: _Found, seen: _Seen) -> None:
        """Note the end of every phrase of this branch."""
        if at < len(tokens.words):
            if self.last and (order := self.last.get(tokens.words[at])) is not None:
                found.append((order, at + 1))
            if self.words and (branch := self.words.get(tokens.words[at])) is not None:
                branch.walk(tokens, at + 1, found, seen)
            if self.items:
                for item in self.items.keys() & tokens.begins[at]:
                    self.items[item].walk_on(tokens, item.ends(tokens, at), found, seen)
        if self.loose or self.order >= 0:
            self.walk_loose(tokens, at, found, seen)

    def walk_loose(self, tokens: Tokens, at: int, found: _Found, seen: _Seen) -> None:
        """The same of those phrases that may begin with any word."""
        if self.order >= 0:
            found.append((self.order, at))
        for item, branch in self.loose.items():
            branch.walk_on(tokens, item.ends(tokens, at), found, seen)

    def walk_on(self, tokens: Tokens, ends: Iterable[int], found: _Found, seen: _Seen) -> None:
        for at in ends:
            if (self, at) not in seen:
                seen.add((self, at))
                self.walk(tokens, at, found, seen)


_NO_LAST: dict[str, int] = {}
_NO_WORDS: dict[str, Branch] = {}
_NO_ITEMS: dict[Item, Branch] = {}


def _place(part: Part) -> str:
    if isinstance(part, str):
        return "words"
    return "loose" if part.loose else "items"


class Choice(Item):
    """One phrase of several. `firm`: finds the first parts that phrases must have, of those that may
    begin anywhere; None: there is one that has none."""

    __slots__ = ("firm", "root")

    def __init__(self) -> None:
        super().__init__(loose=False)
        self.root = Branch()
        self.firm: Choice | None = None

    def add(self, order: int, parts: Sequence[Part]) -> None:
        """Another phrase, tried after those of a lower order."""
        self.root.add(order, parts)
        self.loose = bool(self.root.loose) or self.root.order >= 0

    @property
    def nullable(self) -> bool:
        return self.root.order >= 0

    def ends(self, tokens: Tokens, at: int) -> Sequence[int]:
        here = at < len(tokens.words) and self in tokens.begins[at]
        if not here and not self.loose:
            return ()
        if (known := tokens.found.get((self, at))) is None:
            found: _Found = []
            walk = self.root.walk if here else self.root.walk_loose
            walk(tokens, at, found, set())
            if len(found) > 1:
                found.sort(key=_by_order)
                known = tuple(dict.fromkeys(end for _, end in found))
            else:
                known = (found[0][1],) if found else ()
            tokens.found[self, at] = known
        return known

    def match(self, tokens: Tokens, at: int = 0) -> int | None:
        """Where the phrase that begins there ends."""
        return next(iter(self.ends(tokens, at)), None)

    def begins(self, tokens: Tokens, at: int = 0) -> bool:
        """Whether a phrase begins there."""
        return bool(self.ends(tokens, at))

    def may_begin(self, tokens: Tokens, at: int) -> bool:
        """False: no phrase begins there."""
        return self.loose or self in tokens.begins[at]

    def may_be_in(self, tokens: Tokens) -> bool:
        """False: no phrase is in these words."""
        if self in tokens.somewhere:
            return True
        return self.loose and (self.firm is None or self.firm in tokens.somewhere)

    def fullmatch(self, tokens: Tokens) -> bool:
        if not self.loose and (not tokens.begins or self not in tokens.begins[0]):
            return False
        return len(tokens.words) in self.ends(tokens, 0)

    def search(self, tokens: Tokens) -> tuple[int, int] | None:
        """Where the first phrase begins and ends."""
        if not self.may_be_in(tokens):
            return None
        for at in range(len(tokens.words) + self.loose):
            if found := self.ends(tokens, at):
                return at, found[0]
        return None


def without(choice: Choice, tokens: Tokens) -> Tokens:
    """The words, but for those of every phrase found."""
    kept: list[int] = []
    at = 0
    while at < len(tokens):
        end = choice.match(tokens, at)
        if end is None or end == at:
            kept.append(at)
            end = at + 1
        at = end
    if len(kept) == len(tokens):
        return tokens
    return Tokens([tokens.words[i] for i in kept], [tokens.begins[i] for i in kept])


class Times(Item):
    """One choice several times, as often as can be."""

    __slots__ = ("_choice", "_least", "_most")

    def __init__(self, choice: Choice, least: int, most: int) -> None:
        super().__init__(loose=choice.loose or least == 0)
        self._choice, self._most = choice, most
        self._least = 0 if choice.nullable else least

    def ends(self, tokens: Tokens, at: int) -> Sequence[int]:
        found: dict[int, None] = {}
        self._go(tokens, at, 0, found, set())
        return tuple(found)

    def _go(
        self, tokens: Tokens, at: int, so_often: int, found: dict[int, None],
        seen: set[tuple[int, int]],
    ) -> None:  # fmt: skip
        if (at, so_often) in seen:
            return
        seen.add((at, so_often))
        if so_often < self._most:
            for end in self._choice.ends(tokens, at):
                if end > at:
                    self._go(tokens, end, so_often + 1, found, seen)
        if so_often >= self._least:
            found.setdefault(at)
