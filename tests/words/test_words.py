"""What people write, and what it means for their consent.

The verdicts were written before the rules and without them. Of the table held out only counts are
ever shown: nobody may write rules from it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from broadcast.consent_words import Verdict, asks_to_leave, verdict

HERE = Path(__file__).parent
HEARD, WRONGLY_TAKEN = 0.95, 0.01
UNSEEN = "held_out_2"
# `stpo svp` and `Sotpp bitte` leave by another table's verdict, and this is the same.
DISPUTED = frozenset({"STPO por favor"})


def table(name: str) -> list[tuple[str, str, str]]:
    lines = (HERE / f"verdicts_{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return [(_spoken(row[0]), row[1], row[2]) for row in rows]


def _spoken(written: str) -> str:
    """`\\n` and `\\u200b` stand for what cannot be seen in a table."""
    seen = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), written)
    return seen.replace("\\n", "\n")


def heard(text: str, language: str) -> str:
    return verdict(text, [language], language).verdict.value


@pytest.mark.parametrize("name", ["reported", "dev", "held_out", "foreign"])
def test_every_phrase_of_the_open_tables_is_understood(name: str) -> None:
    rows = [row for row in table(name) if row[0] not in DISPUTED]
    wrong = [(p, lang, right) for p, lang, right in rows if heard(p, lang) != right]
    assert wrong == []


@pytest.mark.parametrize("name", ["reported", "dev", "held_out", "everyday"])
def test_whoever_leaves_goes_before_all_others_whatever_language_they_chose(name: str) -> None:
    """The lane is chosen before it is known whose words these are."""
    rows = table(name)
    assert [p for p, lang, _ in rows if heard(p, lang) == "out" and not asks_to_leave(p)] == []


def test_everyday_refusals_are_heard_and_nothing_else_is() -> None:
    rows = table("everyday")
    missed = [p for p, lang, right in rows if right == "out" and heard(p, lang) != "out"]
    wrongly = [p for p, lang, right in rows if right != "out" and heard(p, lang) == "out"]
    assert len(missed) <= (1 - HEARD) * len(rows), missed
    assert wrongly == []


@pytest.mark.skipif(not (HERE / f"verdicts_{UNSEEN}.tsv").exists(), reason="no such table yet")
def test_phrases_nobody_wrote_rules_from() -> None:
    count: Counter[str] = Counter()
    for phrase, language, right in table(UNSEEN):
        kind = "refusals" if right == "out" else "others"
        count[kind] += 1
        count[kind + " taken"] += heard(phrase, language) == "out"
    assert count["refusals taken"] >= HEARD * count["refusals"], dict(count)
    assert count["others taken"] <= WRONGLY_TAKEN * count["others"], dict(count)


@pytest.mark.parametrize("own", ["en", "de", "ru"])
@pytest.mark.parametrize(
    "word", ["KATIL", "Abone ol", "anmelden", "Подписаться", "s'inscrire", "اشترك"]
)
def test_a_joining_word_of_any_language_joins_whatever_the_house_speaks(
    word: str, own: str
) -> None:
    assert verdict(word, [own], "en").verdict is Verdict.IN


@pytest.mark.parametrize("word", ["KATIL?", "katil", "The word is KATIL", "inscription"])
def test_only_the_word_itself_joins_in_another_language(word: str) -> None:
    joins = verdict(word, ["en"], "en").verdict is Verdict.IN
    assert joins == (word == "katil")
