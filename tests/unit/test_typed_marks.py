"""What an author typed is what everybody sees: no sign of theirs becomes formatting, or is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.frontends.slack.rich_text import to_rich_text
from bot.frontends.telegram.markup import to_entities
from broadcast.message import Entity, EntityKind, LinkButton, Message, RichText
from channels._kit.marked_text import EDGE, JOINER, WHATSAPP, marked
from channels._kit.read_marks import read
from channels.messenger import content as messenger
from channels.telegram import content as telegram
from channels.whatsapp import content as whatsapp

SIGNS = ["*", "_", "~", "`", "```", ">", "> ", "-", "- ", "* "]
WORDS = ["pool", "havuz", "çay", "19:30", "a b", "https://example.org/_a_", "#3", "@ali", "1."]
PIECES = st.lists(st.sampled_from([*SIGNS, *WORDS, " ", "\n", "(", ")", "!"]), max_size=16)


@st.composite
def typed(draw: st.DrawFn) -> str:
    return "".join(draw(PIECES)).strip()


def on_telegram(words: str) -> str:
    fields = telegram.fields_of(Message(text=RichText(text=words)), {})
    assert "parse_mode" not in fields and "entities" not in fields
    return str(fields["text"])


def on_whatsapp(words: str) -> str:
    """As a model of a phone reads it that is not ours: one that knows marks, quotes and lists."""
    made = whatsapp.words_of(Message(text=RichText(text=words)))
    assert not found_by_javascript(made)
    assert not re.search(r"^[ \t]*[>*-][ \t]+\S", made, re.MULTILINE)
    return made.replace(EDGE, "").replace(JOINER, "")


def on_messenger(words: str) -> str:
    """Messenger's page reads the same signs, its apps show them."""
    made = messenger.words_of(Message(text=RichText(text=words)))
    assert not found_by_javascript(made)
    return made.replace(EDGE, "")


def in_slack(words: str) -> str:
    blocks: list[Any] = to_rich_text(RichText(text=words))
    leaves = [leaf for block in blocks for part in block["elements"] for leaf in part["elements"]]
    assert not any(leaf.get("style") for leaf in leaves)
    return "".join(str(leaf.get("text") or leaf.get("url")) for leaf in leaves)


def at_telegrams_console(words: str) -> str:
    assert to_entities(RichText(text=words)) == []
    return words


def found_by_javascript(made: str) -> list[str]:
    inside = r"[^\s\ufeff]"
    found = []
    for sign in "*_~":
        m = re.escape(sign)
        pattern = rf"(?:(?<=[^\w{m}])|^){m}({inside}(?:[^{m}\n]*{inside})?){m}(?=[^\w]|^|$)"
        found += re.findall(pattern, without_addresses(made), re.MULTILINE)
    return found


def without_addresses(made: str) -> str:
    return re.sub(r"https://\S+", "x", made)


PLACES = [on_telegram, on_whatsapp, on_messenger, in_slack, at_telegrams_console]


@pytest.mark.parametrize("place", PLACES)
@given(typed())
def test_everywhere_people_see_the_signs_that_were_typed(place: Any, words: str) -> None:
    assert place(words).strip() == words


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "words",
    ["*pool*", "_pool_", "~pool~", "`pool`", "```pool```", "> pool", "- pool\n- bath", "* pool",
     "  - pool", "*- a* -b-", "Open *pool*, closed _sauna_!", "a\n> b\nc", "- *pool*"],
)  # fmt: skip
def test_signs_at_the_edges_of_words_stay_signs(place: Any, words: str) -> None:
    assert place(words) == words


@given(typed())
def test_our_own_reading_of_what_whatsapp_gets_is_what_was_typed(words: str) -> None:
    made = marked(RichText(text=words), WHATSAPP)
    seen = read(made)
    assert seen.text == words
    addressed = "_a_" in words
    assert addressed or not [e for e in seen.entities if e.kind is not EntityKind.CODE]


@pytest.mark.parametrize(
    ("written", "text", "kinds"),
    [
        ("*pool*", "pool", ["bold"]),
        ("Open *_pool_* now", "Open pool now", ["bold", "italic"]),
        ("> one\n> two", "one\ntwo", ["quote"]),
        ("- milk\n* bread", "• milk\n• bread", []),
        ("2*3*4", "2*3*4", []),
        ("```a\n*b*```", "a\n*b*", ["pre"]),
        ("a `*b*` c", "a *b* c", ["code"]),
        ("* a*", "• a*", []),
        ("*a * b*", "*a * b*", []),
        (f"un{EDGE}*believ*{EDGE}able", "unbelievable", ["bold"]),
    ],
)
def test_marks_are_read_as_a_phone_reads_them(written: str, text: str, kinds: list[str]) -> None:
    seen = read(written)
    assert seen.text == text
    assert sorted(entity.kind.value for entity in seen.entities) == kinds


@pytest.mark.parametrize("kind", [EntityKind.BOLD, EntityKind.ITALIC, EntityKind.STRIKE])
def test_formatting_that_was_meant_arrives_as_that_formatting(kind: EntityKind) -> None:
    text = RichText(text="Open pool now", entities=(Entity(kind=kind, offset=5, length=4),))
    assert read(marked(text, WHATSAPP)) == text


def test_a_buttons_label_is_no_formatting_where_it_becomes_a_line() -> None:
    button = LinkButton(label="*Join* now", url="https://example.org/a_b_c")
    message = Message(text=RichText(text="Come"), buttons=((button,),))
    made = whatsapp.words_of(message)
    assert read(made).text == "Come\n\n*Join* now: https://example.org/a_b_c"
    assert not read(made).entities


def test_a_wall_of_signs_is_read_in_no_time() -> None:
    assert read("*a " * 20_000).text
