"""The language that lexicons are written in: what a phrase finds, and how far it reaches."""

from __future__ import annotations

import pytest

from broadcast.wording.matching import without
from broadcast.wording.phrase import Phrases, WrongPhrase, alternatives

CLASSES = {
    "me": "me|us|my number",
    "please": "please|pls",
    "end": "(now|today)? $",
    "thing": "mesaj/noun|sms",
    "any": "<please>*",
}


def phrases() -> Phrases:
    return Phrases(CLASSES, {"ue": "u"}, {"noun": "- lar i"})


def found(written: str, said: str) -> str | None:
    """The words that the phrase takes, None where it is not in them."""
    here = phrases()
    span = here.choice(written).search(here.tokens(said.split()))
    return None if span is None else " ".join(said.split()[slice(*span)])


@pytest.mark.parametrize(
    ("written", "said", "taken"),
    [
        ("stop", "please stop now", "stop"),
        ("stop", "please stopp now", None),
        ("stop it|stop it now", "stop it now", "stop it"),
        ("stop (it now|it)", "stop it now", "stop it now"),
        ("stop (it|it now)", "stop it now", "stop it"),
        ("stop <me>? now", "stop now", "stop now"),
        ("stop <me>? now", "stop my number now", "stop my number now"),
        ("<please>? stop", "pls stop", "pls stop"),
        ("<please>* stop", "x please pls please stop", "please pls please stop"),
        ("<please>+ stop", "x stop", None),
        ("<any> stop", "x please stop", "please stop"),
        ("(a|b)+ c", "a b a c", "a b a c"),
        ("(a|b)+ a c", "a b a c", "a b a c"),
        ("stop _ me", "stop texting me", "stop texting me"),
        ("stop _ me", "stop me", None),
        ("stop __ me", "stop me a b me", "stop me a b me"),
        ("stop __ me", "stop a b c d me", None),
        ("stop ___ me", "stop a b c d e f g h me", "stop a b c d e f g h me"),
        ("__ stop", "a b stop", "a b stop"),
        ("^ stop", "stop stop", "stop"),
        ("^ stop", "please stop", None),
        ("stop $", "stop or stop", "stop"),
        ("(^|please) keep", "now keep", None),
        ("(^|please) keep", "now please keep", "please keep"),
        ("stop <end>", "stop now", "stop now"),
        ("stop <end>", "stop now please", None),
        ("# texts", "12a texts", "12a texts"),
        ("<thing> gelmesin", "mesajlar gelmesin", "mesajlar gelmesin"),
        ("<thing> gelmesin", "mesajx gelmesin", None),
        ("mesaj~", "bu mesajlariniz", "mesajlariniz"),
        ("me~aj yok", "bu metraj yok", "metraj yok"),
        ("fuer mich", "fur mich", "fur mich"),
        ("", "anything", None),
    ],
)
def test_what_a_phrase_takes(written: str, said: str, taken: str | None) -> None:
    assert found(written, said) == taken


def test_a_whole_clause_is_one_phrase() -> None:
    here = phrases()
    rule, first = here.choice("stop|stop <me>"), here.choice("^ stop")
    assert rule.fullmatch(here.tokens(["stop", "my", "number"]))
    assert not rule.fullmatch(here.tokens(["stop", "my"]))
    assert not rule.fullmatch(here.tokens([]))
    cut = here.tokens(["do", "stop", "me"])
    assert rule.fullmatch(cut.part(1, 3)) and first.begins(cut.part(1, 3))


def test_words_of_no_account_are_left_out() -> None:
    here = phrases()
    noise = here.choice("<please>+")
    tokens = here.tokens(["please", "do", "pls", "pls", "stop"])
    assert str(without(noise, tokens)) == "do stop"


def test_a_row_of_repetitions_is_read_in_few_steps() -> None:
    """A regular expression would try billions of ways to part these words."""
    here = phrases()
    rule = here.choice("(<please>* <me>* <please>*)* (<me>+ <please>+)+ ___ ___ ___ never")
    assert rule.search(here.tokens(["me", "please"] * 40)) is None


@pytest.mark.parametrize("written", ["<nobody>", "a/none", "~a", "stop (it", "!"])
def test_what_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(WrongPhrase):
        phrases().choice(written)


def test_brackets_hold_their_alternatives_together() -> None:
    assert alternatives("a (b|c) d|e\n\nf") == ["a (b|c) d", "e", "f"]
