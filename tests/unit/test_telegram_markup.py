"""Formatting goes to Telegram and comes back unharmed, whatever people type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import Button
from bot.frontends.telegram import markup as console
from bot.frontends.telegram.markup import keyboard, typed
from broadcast.message import Entity, EntityKind, RichText, utf16_length
from channels.telegram.markup import from_telegram, to_telegram

LETTERS = "aZ 0.\n\tçÇğĞıIİiöÖşŞüÜéß中🚰👩‍👩‍👧🇹🇷𝗦👍🏽\u0301\u200d"
VALUES = {
    EntityKind.LINK: st.sampled_from(["https://example.org/ş?a=1", "tg://user?id=5"]),
    EntityKind.PRE: st.sampled_from(["", "python"]),
    EntityKind.CUSTOM_EMOJI: st.just("5368324170671202286"),
}


@st.composite
def rich_texts(draw: st.DrawFn) -> RichText:
    """Nested, overlapping and repeated stretches of every kind."""
    text = draw(st.text(st.sampled_from(LETTERS), min_size=1, max_size=40))
    entities = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(text) - 1))
        length = draw(st.integers(1, len(text) - start))
        kind = draw(st.sampled_from(EntityKind))
        value = draw(VALUES.get(kind, st.just("")))
        entities.append(Entity(kind=kind, offset=start, length=length, value=value))
    return RichText(text=text, entities=tuple(entities))


@given(rich_texts())
def test_what_goes_to_telegram_comes_back_the_same(text: RichText) -> None:
    assert from_telegram(text.text, to_telegram(text)) == text


@given(rich_texts())
def test_it_survives_the_library_of_the_console_too(text: RichText) -> None:
    assert console.from_entities(text.text, console.to_entities(text)) == text


@given(rich_texts())
def test_offsets_count_utf16_units(text: RichText) -> None:
    units = text.text.encode("utf-16-le")
    for ours, theirs in zip(text.entities, to_telegram(text), strict=True):
        start, end = theirs["offset"], theirs["offset"] + theirs["length"]
        meant = text.text[ours.offset : ours.offset + ours.length]
        assert units[2 * start : 2 * end].decode("utf-16-le") == meant


_JUNK = st.dictionaries(
    st.sampled_from(["type", "offset", "length", "url", "custom_emoji_id"]),
    st.one_of(
        st.integers(-3, 60),
        st.sampled_from(["bold", "text_link", "mention", "new_kind"]),
        st.none(),
    ),
)


@given(st.text(st.sampled_from(LETTERS), max_size=20), st.lists(_JUNK, max_size=5))
def test_entities_we_do_not_understand_do_no_harm(text: str, entities: list[Any]) -> None:
    read = from_telegram(text, entities)
    assert read.text == text
    assert all(0 <= e.offset < e.offset + e.length <= len(text) for e in read.entities)


@pytest.mark.parametrize("kind", ["mention", "hashtag", "url", "email", "bot_command", "cashtag"])
def test_what_clients_find_by_themselves_is_left_to_them(kind: str) -> None:
    assert from_telegram("@tellal", [{"type": kind, "offset": 0, "length": 7}]).entities == ()


def test_an_expandable_quote_is_a_quote() -> None:
    entity = {"type": "expandable_blockquote", "offset": 0, "length": 2}
    assert from_telegram("hi", [entity]).entities[0].kind == EntityKind.QUOTE


@given(st.text(st.sampled_from(LETTERS), max_size=60), st.integers(1, 40))
def test_our_own_words_come_whole_in_parts_that_telegram_takes(text: str, limit: int) -> None:
    limit = max(limit, 2)  # the longest character
    parts = console.pieces(RichText(text=text), limit)
    assert all(0 < utf16_length(part.text) <= limit for part in parts)
    assert "".join("".join(part.text for part in parts).split()) == "".join(text.split())


def test_a_button_whose_command_is_too_long_stands_there_to_be_typed() -> None:
    long = Button("Do it", "template 12 " + "ş" * 40)
    rows = ((Button("Yes", "yes"), long), (long,))
    shown = keyboard(rows)
    assert shown is not None
    assert [[b.text for b in row] for row in shown.inline_keyboard] == [["Yes"]]
    assert typed(rows) == f"\nDo it: /{long.command}" * 2
    assert typed(((Button("Yes", "yes"),),)) == ""


@pytest.mark.parametrize("label", ["", " ", "\u200b" * 70, "\u2800\u3164", "\u200b" * 60 + "x"])
def test_a_button_whose_name_shows_nothing_shows_what_it_does(label: str) -> None:
    made = keyboard(((Button(label, "share door"),),))
    assert made is not None and made.inline_keyboard[0][0].text == "share door"
