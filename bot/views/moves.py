"""How many came and went, as words; nobody is told of zeros."""

from __future__ import annotations

from broadcast.language import Speech
from broadcast.store.subscribers import Came, Moves


def moves(words: Speech, counted: Moves) -> str:
    """`61 joined, 2 left`; empty where nobody did."""
    return _listed(words, joined=counted.joined, left=counted.left)


def by_link(words: Speech, came: Came) -> str:
    """`9 opened it, 5 joined, 1 left again`, of those who came by one link."""
    if not came.opened:
        return words.plain("nobody has opened it yet")
    return _listed(words, opened=came.opened, joined=came.joined, again=came.left)


def _listed(
    words: Speech, *, opened: int = 0, joined: int = 0, left: int = 0, again: int = 0
) -> str:
    parts = (
        (opened, words.plain("{n} opened it", n=words.number(opened))),
        (joined, words.plain("{n} joined", n=words.number(joined))),
        (left, words.plain("{n} left", n=words.number(left))),
        (again, words.plain("{n} left again", n=words.number(again))),
    )
    return ", ".join(said for count, said in parts if count)
