"""Slack's mrkdwn: what a command carries is understood, what people typed never acts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.frontends.slack.mrkdwn_in import from_mrkdwn, mrkdwn_losses, mrkdwn_mentioned
from bot.frontends.slack.mrkdwn_out import to_mrkdwn
from broadcast.language import speech
from broadcast.message import Entity, EntityKind, RichText, rich

NAMES = {"U1": "Ada", "C1": "general", "S1": "nöbetçiler"}


def marked(text: RichText) -> list[tuple[str, str, str]]:
    return [(e.kind, text.text[e.offset : e.offset + e.length], e.value) for e in text.entities]


@pytest.mark.parametrize(
    ("typed", "words", "marks"),
    [
        ("*yarın* su _yok_ ~var~", "yarın su yok var",
         [("bold", "yarın", ""), ("italic", "yok", ""), ("strike", "var", "")]),
        ("*a _b_ c*", "a b c", [("bold", "a b c", ""), ("italic", "b", "")]),
        ("(*a*), *b*!", "(a), b!", [("bold", "a", ""), ("bold", "b", "")]),
        ("`*a* &lt;b&gt;`", "*a* <b>", [("code", "*a* <b>", "")]),
        ("a*b*c snake_case_name", "a*b*c snake_case_name", []),  # only at the edges of words
        ("2 * 3 * 4", "2 * 3 * 4", []),
        ("*a\nb*", "*a\nb*", []),  # a marker does not cross lines
        ("*a * b*", "a * b", [("bold", "a * b", "")]),
        ("şu ```x = 1\n*y*``` bu", "şu \nx = 1\n*y*\n bu", [("pre", "x = 1\n*y*", "")]),
        ("```a```\nb", "a\nb", [("pre", "a", "")]),
        ("&gt; bir\n&gt; *iki*\nüç", "bir\niki\nüç", [("quote", "bir\niki", ""), ("bold", "iki", "")]),
        ("&gt;&gt;&gt; bir\niki", "bir\niki", [("quote", "bir\niki", "")]),
        ("a &gt; b", "a > b", []),
        ("<https://a.org/?x=1&amp;y=2|bak *şuna*>", "bak *şuna*",
         [("link", "bak *şuna*", "https://a.org/?x=1&y=2")]),
        ("<https://a.org> <mailto:a@b.org|a@b.org>", "https://a.org a@b.org", []),
        ("*<https://a.org|bak>*", "bak", [("bold", "bak", ""), ("link", "bak", "https://a.org")]),
        ("&amp;lt; &amp;amp;", "&lt; &amp;", []),  # unescaped once
        (":tada: :wave::skin-tone-3: :bizim_ekip: 10:30:45", "🎉 👋🏼 :bizim_ekip: 10:30:45", []),
        ("<!date^1700000000^{date}^https://a.org|14 Kasım>", "14 Kasım", []),
        ("<!date^1700000000^{date}>", "2023-11-14 22:13 UTC", []),
    ],
)  # fmt: skip
def test_a_command_is_read_as_slack_would_show_it(
    typed: str, words: str, marks: list[tuple[str, str, str]]
) -> None:
    text = from_mrkdwn(typed, {})
    assert (text.text, marked(text)) == (words, marks)


def test_mentions_become_names_from_the_lookup_else_from_slack_itself() -> None:
    typed = "<@U1> <@U2|grace> <#C1|old-name> <!subteam^S1|@x> <!here> <!channel|@channel> <@U3>"
    assert mrkdwn_mentioned(typed) == {"U1", "U2", "U3", "C1", "S1"}
    shown = from_mrkdwn(typed, NAMES).text
    assert shown == "@Ada @grace #general @nöbetçiler @here @channel @U3"


def test_what_was_lost_is_said() -> None:
    notes = mrkdwn_losses("<@U1> <!here> :bizim_ekip: 10:30:45 <!date^1^{date}|x> :tada:")
    assert [speech("en").plain(note.template, **note.values) for note in notes] == [
        "Mentions became plain names.",
        "Your workspace's own emoji became their names, such as :bizim_ekip:.",
        "Dates became plain text.",
    ]
    assert mrkdwn_losses("*x* <https://a.org|y>") == ()


_SIGNS = st.text(st.sampled_from("*_~`<>&|!@#:;^ \nagmplt1xU-ğ😀"), max_size=60)


@given(_SIGNS | st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@example("<|>")
@example("<!date^" + "9" * 5000 + "^{date}>")
@example("<!><@><#><!|><!^|>")
def test_nothing_a_person_types_is_an_error(typed: str) -> None:
    text = from_mrkdwn(typed, {})
    assert all(e.offset + e.length <= len(text.text) and e.length > 0 for e in text.entities)
    mrkdwn_losses(typed)
    mrkdwn_mentioned(typed)


def test_a_wall_of_markers_is_read_without_growing_slow() -> None:
    for typed in ("*" * 40_000, " *a" * 13_000, "*_" * 20_000, "<" * 40_000, "`" * 39_999):
        assert from_mrkdwn(typed, {}).text


# Written by us


@pytest.mark.parametrize(
    "typed",
    ["<!channel>", "<@U1> <#C1>", "*x*", "_x_ ~y~ `z`", "```x```", "> x", ">>> x", ":smile:",
     "&lt;!here&gt;", "<https://evil.org|bank.example>", "*x* y* *z", "a*b *", "＊x＊ ＿y＿ ｀z｀",
     "x\n> y\n*z*", ":a:b:", "<!date^1^{date}|x>"],
)  # fmt: skip
def test_what_a_person_typed_stays_words(typed: str) -> None:
    written = to_mrkdwn(RichText(text=typed))
    assert "<" not in written
    back = from_mrkdwn(written, NAMES)
    assert back.entities == ()
    assert not mrkdwn_losses(written)
    shown = back.text.translate({0x200B: None, 0xAD: None})
    assert len(shown) == len(typed)  # a sign for a sign; nothing is left out


@given(_SIGNS)
def test_nothing_a_person_typed_acts(typed: str) -> None:
    written = to_mrkdwn(RichText(text=typed))
    assert "<" not in written and ">" not in written
    assert from_mrkdwn(written, NAMES).entities == ()
    assert mrkdwn_mentioned(written) == frozenset()


@given(_SIGNS, st.sampled_from(list(EntityKind)), st.integers(0, 60), st.integers(1, 60))
def test_nothing_typed_inside_formatting_acts_either(
    typed: str, kind: EntityKind, offset: int, length: int
) -> None:
    entity = Entity(kind=kind, offset=offset, length=length, value="https://a.org")
    written = to_mrkdwn(RichText(text=typed, entities=(entity,)))
    assert mrkdwn_mentioned(written) == frozenset()
    assert {e.kind for e in from_mrkdwn(written, NAMES).entities} <= {kind, EntityKind.CODE}


def test_our_own_formatting_acts() -> None:
    text = rich("*{title}* by {who}: `{code}`", title="Su & elektrik", who="*Ada*", code="a*b`c")
    assert to_mrkdwn(text) == "*Su &amp; elektrik* by ∗Ada∗: `a*bˋc`"


def test_formatting_comes_back_as_it_was() -> None:
    text = "kalın eğik\nalıntı\nkod\nson bağ"
    entities = (
        Entity(kind=EntityKind.BOLD, offset=0, length=5),
        Entity(kind=EntityKind.ITALIC, offset=6, length=4),
        Entity(kind=EntityKind.QUOTE, offset=11, length=6),
        Entity(kind=EntityKind.PRE, offset=18, length=3),
        Entity(kind=EntityKind.LINK, offset=26, length=3, value="https://a.org/?x=1&y=<2>|3"),
    )
    written = to_mrkdwn(RichText(text=text, entities=entities))
    assert written == (
        "*kalın* _eğik_\n> alıntı\n```\nkod\n```\nson <https://a.org/?x=1&amp;y=%3C2%3E%7C3|bağ>"
    )
    back = from_mrkdwn(written, {})
    assert back.text == text
    assert [e.kind for e in back.entities] == [e.kind for e in entities]


def test_formatting_inside_a_word_gets_an_invisible_gap_so_that_it_acts() -> None:
    text = RichText(text="abcd", entities=(Entity(kind=EntityKind.BOLD, offset=1, length=2),))
    assert to_mrkdwn(text) == "a\u200b*bc*\u200bd"
