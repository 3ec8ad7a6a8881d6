"""From what somebody writes in Slack to what subscribers read on Telegram: nothing shifts or goes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.frontends.slack.mrkdwn_in import from_mrkdwn
from bot.frontends.slack.rich_text import rich_text_value
from bot.frontends.slack.rich_text_in import from_rich_text, losses, unnamed
from broadcast.language import speech
from broadcast.message import RichText
from channels.telegram.markup import from_telegram, to_telegram

Json = dict[str, Any]
NAMES = {"U1": "Ada Ğ", "C1": "general", "S1": "nöbet"}
TELEGRAM = {"bold": "bold", "italic": "italic", "strike": "strikethrough",
            "underline": "underline", "code": "code"}  # fmt: skip
_WORDS = st.text(st.sampled_from("ab ğİ😀👩\u200d🚒é<&>*_~`:•"), min_size=1, max_size=9)
_STYLE = st.dictionaries(st.sampled_from(sorted(TELEGRAM)), st.just(True), max_size=3)


def _leaf(kind: str, style: Json, **fields: Any) -> Json:
    return {"type": kind, **fields} | ({"style": style} if style else {})


_LEAF = st.one_of(
    st.builds(lambda t, s: _leaf("text", s, text=t), _WORDS, _STYLE),
    st.builds(lambda t, s: _leaf("link", s, url="https://example.org/ş?a=1&b", text=t), _WORDS, _STYLE),
    st.builds(lambda s: _leaf("user", s, user_id="U1"), _STYLE),
    st.builds(lambda s: _leaf("emoji", s, name="wave", unicode="1f44b-1f3fc", skin_tone=3), _STYLE),
    st.builds(lambda s: _leaf("emoji", s, name="our_cat"), _STYLE),
)  # fmt: skip
_SECTION = st.builds(
    lambda leaves: {"type": "rich_text_section", "elements": leaves},
    st.lists(_LEAF, min_size=1, max_size=4),
)
_ELEMENT = st.one_of(
    _SECTION,
    st.builds(
        lambda items, style, indent: {
            "type": "rich_text_list", "style": style, "indent": indent, "elements": items
        },
        st.lists(_SECTION, min_size=1, max_size=3), st.sampled_from(["bullet", "ordered"]),
        st.integers(0, 3),
    ),
    st.builds(
        lambda leaves: {"type": "rich_text_quote", "elements": leaves},
        st.lists(_LEAF, min_size=1, max_size=3),
    ),
    st.builds(
        lambda text: {"type": "rich_text_preformatted", "elements": [_leaf("text", {}, text=text)]},
        _WORDS,
    ),
)  # fmt: skip


def _shown(text: RichText) -> list[tuple[str, str, str]]:
    """(kind, words, address) as Telegram cuts them out, in its own units."""
    raw = text.text.encode("utf-16-le")
    return [
        (
            entity["type"],
            raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le"),
            str(entity.get("url", "")),
        )
        for entity in to_telegram(text)
    ]  # fmt: skip


def _said(leaf: Json) -> str:
    if leaf["type"] == "emoji":
        return "👋🏼" if "unicode" in leaf else ":our_cat:"
    return "@Ada Ğ" if leaf["type"] == "user" else str(leaf["text"])


@given(st.lists(_ELEMENT, min_size=1, max_size=5))
def test_every_word_and_every_style_arrives_where_it_was(elements: list[Json]) -> None:
    text = from_rich_text([{"type": "rich_text", "elements": elements}], NAMES)
    shown = _shown(text)
    at = 0
    for element in elements:
        inner = element["elements"]
        sections = inner if element["type"] == "rich_text_list" else [element]
        for leaf in (leaf for section in sections for leaf in section["elements"]):
            words = _said(leaf)
            at = text.text.index(words, at) + len(words)  # in order, none left out
            for style in leaf.get("style", {}):
                assert any(k == TELEGRAM[style] and words in cut for k, cut, _ in shown)
            if leaf["type"] == "link":
                assert any(url == leaf["url"] and words in cut for _, cut, url in shown)
    quotes = [cut for kind, cut, _ in shown if kind == "blockquote"]
    for element in elements:
        if element["type"] == "rich_text_quote":
            assert any("".join(map(_said, element["elements"])) in cut for cut in quotes)


@given(st.lists(_ELEMENT, min_size=1, max_size=5))
def test_what_telegram_carries_is_read_and_drawn_as_the_same_again(elements: list[Json]) -> None:
    text = from_rich_text([{"type": "rich_text", "elements": elements}], NAMES)
    back = from_telegram(text.text, to_telegram(text))
    assert back == text
    assert from_rich_text([rich_text_value(back)], {}).text.rstrip("\n") == text.text.rstrip("\n")


def _list(style: str, indent: int, *items: str, offset: int = 0) -> Json:
    sections = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": item}]}
        for item in items
    ]
    return {"type": "rich_text_list", "style": style, "indent": indent, "offset": offset,
            "elements": sections}  # fmt: skip


def test_a_nested_list_keeps_its_numbers_and_its_depth() -> None:
    """As Slack sends one: each change of depth is a list of its own, `offset` goes on counting."""
    text = from_rich_text(
        [
            {
                "type": "rich_text",
                "elements": [
                    _list("ordered", 0, "bir"),
                    _list("bullet", 1, "su", "ekmek"),
                    _list("ordered", 2, "iki litre"),
                    _list("ordered", 0, "iki", "üç", offset=1),
                ],
            }
        ],
        {},
    )
    assert text.text == ("1. bir\n   • su\n   • ekmek\n      1. iki litre\n2. iki\n3. üç")


def test_a_date_that_is_a_link_stays_one() -> None:
    date = {"type": "date", "timestamp": 1_700_000_000, "format": "{date}", "fallback": "14 Kasım",
            "url": "https://example.org/takvim"}  # fmt: skip
    section = {"type": "rich_text_section", "elements": [date]}
    text = from_rich_text([{"type": "rich_text", "elements": [section]}], {})
    assert _shown(text) == [("text_link", "14 Kasım", "https://example.org/takvim")]


@pytest.mark.parametrize(
    ("typed", "words", "shown"),
    [
        ("*Su* &amp; _elektrik_ ~yok~", "Su & elektrik yok",
         [("bold", "Su", ""), ("italic", "elektrik", ""), ("strikethrough", "yok", "")]),
        ("😀 <https://a.org/?x=1&amp;y=2|bak &lt;şuna&gt;>", "😀 bak <şuna>",
         [("text_link", "bak <şuna>", "https://a.org/?x=1&y=2")]),
        ("&gt; 👩‍🚒 *dikkat*", "👩‍🚒 dikkat",
         [("blockquote", "👩‍🚒 dikkat", ""), ("bold", "dikkat", "")]),
        ("```\na &lt; b\n```", "a < b", [("pre", "a < b", "")]),
        (":wave::skin-tone-4: `x &amp;&amp; y`", "👋🏽 x && y", [("code", "x && y", "")]),
        ("<@U1> <#C1|x> <!subteam^S1> :our_cat:", "@Ada Ğ #general @nöbet :our_cat:", []),
    ],
)  # fmt: skip
def test_mrkdwn_reaches_telegram_with_its_formatting(
    typed: str, words: str, shown: list[tuple[str, str, str]]
) -> None:
    text = from_mrkdwn(typed, NAMES)
    assert (text.text, _shown(text)) == (words, shown)


def test_what_was_degraded_is_said_and_a_name_slack_hides_is_asked_for() -> None:
    leaves: list[Json] = [{"type": "user", "user_id": "U9"}, {"type": "emoji", "name": "our_cat"}]
    blocks = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": leaves}]}
    ]
    said = [speech("en").plain(p.template, **p.values) for p in losses(blocks)]
    assert said == [
        "Mentions became plain names.",
        "Your workspace's own emoji became their names, such as :our_cat:.",
    ]
    (unknown,) = unnamed(["U9", "U1"], NAMES)
    assert speech("en").plain(unknown.template, **unknown.values) == (
        "Slack does not tell me the name of U9. Please write it yourself."
    )
