"""Words with a slip of the finger, led back to the word that was meant (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

_RUN = re.compile(r"(\w)\1+")
_LONG_ENOUGH = 5  # for words that are not those people leave by
_SHORT, _LONG = 5, 9  # letters from which one, and two, slips are forgiven
# Of a short word only a neighbouring key is a slip: "stoo" is one for stop, "shop" is not.
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзх", "фывапролджэ", "ячсмитьбю")


def _neighbours() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row, keys in enumerate(_KEYS):
        below = _KEYS[row + 1] if row % 3 < 2 else ""
        for at, key in enumerate(keys):
            near = [*keys[max(0, at - 1) : at], *keys[at + 1 : at + 2]]
            near += below[max(0, at - 1) : at + 1]
            for other in near:
                found[key].add(other)
                found[other].add(key)
    for digit, letter in zip("013457", "oieast", strict=True):
        found[digit].add(letter)
        found[letter].add(digit)
    return found


_NEAR = _neighbours()


@lru_cache(1024)
def squeezed(word: str) -> str:
    """`stooopp` -> `stop`: no letter twice in a row."""
    return _RUN.sub(r"\1", word)


def distance(a: str, b: str, most: int) -> int:
    """Letters left out, added, changed or swapped with the next; `most` + 1 for all beyond."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row, above = row, [i] + [0] * len(b), before
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], above[j - 2] + 1)
        if min(row) > most:
            return most + 1
    return row[-1]


def _shorter(word: str, most: int) -> frozenset[str]:
    """The word, and what is left of it without up to so many letters."""
    found = frozenset({word})
    last = found
    for _ in range(most):
        last = frozenset(one[:at] + one[at + 1 :] for one in last for at in range(len(one)))
        found = found | last
    return found


_shorter_of = lru_cache(128)(_shorter)  # of one message's words, which all languages ask about


class Typos:
    """The words that typing errors lead to, first those people leave by. `never`: real words that only
    look like one."""

    def __init__(
        self, words: Iterable[str], never: Iterable[str], others: Iterable[str] = ()
    ) -> None:
        self._never = set(never)
        self._others: dict[str, list[str]] = defaultdict(list)  # by first and last two letters
        self._long: set[str] = set()
        self._near: dict[str, set[str]] = defaultdict(set)
        self._squeezed: dict[str, str] = {}
        self._short: list[str] = []
        for word in words:
            self._squeezed.setdefault(squeezed(word), word)
            if len(word) < _SHORT:
                self._short.append(word)
                continue
            for key in _shorter(word, _allowed(word)):
                self._near[key].add(word)
        for word in others:
            if len(word) >= _LONG_ENOUGH:
                self._squeezed.setdefault(squeezed.__wrapped__(word), word)
                self._others[word[0] + word[-2:]].append(word)
                self._long.add(word)

    def same(self, word: str) -> str | None:
        """The word that letters were said twice of, or more often."""
        return None if word in self._never else self._squeezed.get(squeezed(word))

    def meant(self, word: str) -> str:
        """The nearest word; itself when none is near."""
        if word in self._never or len(word) < 3:
            return word
        if (same := self.same(word)) is not None:
            return same
        if len(word) < _SHORT:
            beside = next((one for one in self._short if _one_key_beside(word, one)), None)
            return beside or min(self._near.get(word, ()), default=word)
        most = _allowed(word)
        near = {
            one for key in self._near.keys() & _shorter_of(word, most) for one in self._near[key]
        }
        if not near:
            return self._other(word)
        by_distance = {one: distance(word, one, most) for one in near}
        best = min(by_distance, key=lambda one: (by_distance[one], one), default=word)
        if by_distance[best] <= min(most, _allowed(best)):
            return best
        return self._other(word)

    def _other(self, word: str) -> str:
        """A slip within any other word of ours, or two letters swapped; nothing else in its beginning
        or its ending, which is grammar."""
        if len(word) < _LONG_ENOUGH - 1:
            return word
        alike = self._others.get(word[0] + word[-2:], ())
        near = [one for one in alike if _one_apart(word, one)]
        near += self._long.intersection(_swapped(word))
        return min(near, default=word)


def _one_apart(a: str, b: str) -> bool:
    """One letter left out, added or changed, or none."""
    if not -2 < len(a) - len(b) < 2:
        return False
    same = next(
        (at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    behind_a, behind_b = same + (len(a) >= len(b)), same + (len(b) >= len(a))
    return a[behind_a:] == b[behind_b:]


def _swapped(word: str) -> Iterator[str]:
    """Two neighbours have changed places, not the first letter."""
    for at in range(1, len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _allowed(word: str) -> int:
    return 0 if len(word) < _SHORT else 1 if len(word) < _LONG else 2


def _one_key_beside(word: str, meant: str) -> bool:
    if len(word) != len(meant):
        return False
    wrong = [(x, y) for x, y in zip(word, meant, strict=True) if x != y]
    return len(wrong) == 1 and wrong[0][0] in _NEAR[wrong[0][1]]
