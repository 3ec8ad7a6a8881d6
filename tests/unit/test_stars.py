"""Typed marks: nothing of the words is lost, whatever is marked how."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.message import Entity, EntityKind, RichText
from channels._kit.stars import PLAIN, WHATSAPP, marked

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
    for mark in ("*", "_", "~", "`", "> ", " (https://example.org)"):
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
