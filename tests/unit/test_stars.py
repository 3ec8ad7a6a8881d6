"""Typed marks: nothing of the words is lost, whatever is marked how."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.message import Entity, EntityKind, RichText
from channels._kit.marked_text import EDGE, JOINER, PLAIN, WHATSAPP, marked

WORDS = st.text(alphabet="ab \nçş🎉", max_size=30)
KINDS = st.sampled_from(list(EntityKind))


@st.composite
def rich(draw: st.DrawFn) -> RichText:
    words = draw(WORDS)
    entities = tuple(
        Entity(
            kind=draw(KINDS), offset=draw(st.integers(0, 32)), length=draw(st.integers(1, 32)),
            value="https://example.org",
        )
        for _ in range(draw(st.integers(0, 4)))
    )  # fmt: skip
    return RichText.model_construct(text=words, entities=entities)


def _without(made: str) -> str:
    for mark in (EDGE, JOINER, "*", "_", "~", "`", "> ", " (https://example.org)"):
        made = made.replace(mark, "")
    return made


@given(rich())
def test_without_its_marks_the_text_is_what_was_written(text: RichText) -> None:
    plain = [e for e in text.entities if e.kind != EntityKind.LINK]
    assert _without(marked(text, WHATSAPP)) == text.text
    only = RichText.model_construct(text=text.text, entities=tuple(plain))
    assert marked(only, PLAIN) == text.text


@given(rich())
def test_marks_stand_around_words_and_never_beside_a_space_inside(text: RichText) -> None:
    bold = tuple(e for e in text.entities if e.kind == EntityKind.BOLD)[:1]
    made = marked(RichText.model_construct(text=text.text, entities=bold), WHATSAPP)
    if "*" in made:
        inside = made.split("*")[1]
        assert inside and inside == inside.strip()


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (EntityKind.BOLD, "say *hello* there"),
        (EntityKind.ITALIC, "say _hello_ there"),
        (EntityKind.STRIKE, "say ~hello~ there"),
        (EntityKind.CODE, "say `hello` there"),
        (EntityKind.PRE, "say ```hello``` there"),
        (EntityKind.UNDERLINE, "say hello there"),
        (EntityKind.SPOILER, "say hello there"),
        (EntityKind.LINK, "say hello (https://example.org) there"),
    ],
)
def test_each_kind_as_whatsapp_writes_it(kind: EntityKind, made: str) -> None:
    entity = Entity(kind=kind, offset=4, length=6, value="https://example.org")
    assert (
        marked(RichText.model_construct(text="say hello there", entities=(entity,)), WHATSAPP)
        == made
    )


def test_marks_nest() -> None:
    both = (
        Entity(kind=EntityKind.BOLD, offset=0, length=7),
        Entity(kind=EntityKind.ITALIC, offset=4, length=3),
    )
    assert marked(RichText(text="one two", entities=both), WHATSAPP) == "*one _two_*"


def shown(made: str) -> list[tuple[str, str]]:
    """(mark, words) as WhatsApp Web's JavaScript would find them: a mark at a word's edge, words
    beside it, on one line. U+FEFF is a space there."""
    edge, inside = r"[^\w]|^|$", r"[^\s\ufeff]"
    found = []
    for mark in ("*", "_", "~"):
        m = re.escape(mark)
        pattern = rf"(?:(?<=[^\w{m}])|^){m}({inside}(?:[^{m}\n]*{inside})?){m}(?={edge})"
        found += [(mark, hit.strip("*_~")) for hit in re.findall(pattern, made, re.MULTILINE)]
    return found


def bold(text: str, *spans: tuple[int, int]) -> str:
    entities = tuple(Entity(kind=EntityKind.BOLD, offset=o, length=n) for o, n in spans)
    return marked(RichText.model_construct(text=text, entities=entities), WHATSAPP)


@pytest.mark.parametrize(
    ("text", "spans", "words"),
    [
        ("one\ntwo", [(0, 7)], ["one", "two"]),
        ("one\r\n\n two ", [(0, 11)], ["one", "two"]),
        ("unbelievable", [(2, 6)], ["believ"]),
        ("Saat19:30da", [(4, 5)], ["19:30"]),
        ("ab", [(0, 1), (1, 1)], ["a", "b"]),
        ("(now)!", [(1, 3)], ["now"]),
    ],
)
def test_marks_have_word_edges_and_one_line(
    text: str, spans: list[tuple[int, int]], words: list[str]
) -> None:
    made = bold(text, *spans)
    assert shown(made) == [("*", word) for word in words]
    assert made.replace(EDGE, "").replace("*", "") == text


@pytest.mark.parametrize(
    "text",
    ["*123*", "~5~", "_README_", "dial *123* or _#_", "a * b * c", "**", "2*3*4 = 24", "*a* *b*",
     "> not a quote", "snake_case_name", "`x`", "*@ali*", "*https://x.org*", "_a@b.org_",
     "~www.x.org~"],
)  # fmt: skip
def test_what_was_typed_is_no_mark(text: str) -> None:
    made = bold(text)
    assert shown(made) == []
    assert made.replace(EDGE, "").replace(JOINER, "") == text
    assert not re.search("^[>*-] ", made, re.MULTILINE)


@pytest.mark.parametrize("address", ["https://example.org/_a_/*b*", "www.x.org/_a_", "a_b_@x.org"])
def test_addresses_stay_what_they_are(address: str) -> None:
    assert bold(f"See {address} now") == f"See {address} now"


def test_code_keeps_what_it_holds() -> None:
    code = Entity(kind=EntityKind.CODE, offset=0, length=5)
    assert marked(RichText(text="*123*", entities=(code,)), WHATSAPP) == "`*123*`"


@pytest.mark.parametrize(
    ("kind", "words", "made"),
    [
        (EntityKind.CODE, "a`b", "```a`b```"),
        (EntityKind.CODE, "run `x`", f"```run `x`{EDGE}```"),
        (EntityKind.PRE, "x ``` y", f"```x `{EDGE}`{EDGE}`{EDGE} y```"),
        (EntityKind.PRE, "a = '*b*'\n_c_", "```a = '*b*'\n_c_```"),
    ],
)
def test_code_is_not_ended_by_its_own_backticks(kind: EntityKind, words: str, made: str) -> None:
    code = Entity(kind=kind, offset=0, length=len(words))
    assert marked(RichText(text=words, entities=(code,)), WHATSAPP) == made


@pytest.mark.parametrize(
    "text",
    ["5303986***63047BB3", "Dial *123# for balance", "Dial *100# or *200#", "2*3*4 = 24", "5 * 3 = 15*",
     "~5 to ~10 people", "snake_case_name", "1. one", "-5 °C\n-3 °C", ">", "->",
     "*only here\nand there*", "FOO_BAR_", "a*b"],
)  # fmt: skip
def test_what_nothing_closes_has_nothing_invisible_in_it(text: str) -> None:
    """People copy payment codes and dial what is typed."""
    assert bold(text) == text


@given(st.text(alphabet="ab *_~\n", max_size=40))
def test_nothing_typed_becomes_a_mark(text: str) -> None:
    made = bold(text)
    assert shown(made) == []
    assert made.replace(EDGE, "").replace(JOINER, "") == text


def test_a_wall_of_signs_is_read_without_growing_slow() -> None:
    assert bold("*" * 60_000 + "a*").replace(EDGE, "") == "*" * 60_000 + "a*"


def test_typed_marks_beside_real_ones() -> None:
    made = bold("dial *123* now", (11, 3))
    assert shown(made) == [("*", "now")]
