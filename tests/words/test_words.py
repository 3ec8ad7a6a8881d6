"""What people write, and what it means for their consent.

The verdicts were written before the rules and without them. Of the table held out only counts are
ever shown: nobody may write rules from it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from broadcast.consent import verdict

HERE = Path(__file__).parent
HEARD = 0.95


def table(name: str) -> list[tuple[str, str, str]]:
    lines = (HERE / f"verdicts_{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return [(_spoken(row[0]), row[1], row[2]) for row in rows]


def _spoken(written: str) -> str:
    return written.replace("\\n", "\n").replace("\\u200b", "\u200b")


def heard(text: str, language: str) -> str:
    return verdict(text, [language], language).verdict.value


@pytest.mark.parametrize("name", ["reported", "dev"])
def test_every_phrase_of_the_open_tables_is_understood(name: str) -> None:
    wrong = [(p, lang, right) for p, lang, right in table(name) if heard(p, lang) != right]
    assert wrong == []


def test_everyday_refusals_are_heard_and_nothing_else_is() -> None:
    rows = table("everyday")
    missed = [p for p, lang, right in rows if right == "out" and heard(p, lang) != "out"]
    wrongly = [p for p, lang, right in rows if right != "out" and heard(p, lang) == "out"]
    assert len(missed) <= (1 - HEARD) * len(rows), missed
    assert wrongly == []


def test_phrases_nobody_wrote_rules_from() -> None:
    """What holds today; wanted are 95 % heard and 1 % wrongly taken."""
    count: Counter[str] = Counter()
    for phrase, language, right in table("held_out"):
        kind = "refusals" if right == "out" else "others"
        count[kind] += 1
        count[kind + " taken"] += heard(phrase, language) == "out"
    shares = count["refusals taken"] / count["refusals"], count["others taken"] / count["others"]
    assert shares[0] >= 0.91 and shares[1] <= 0.022, shares
