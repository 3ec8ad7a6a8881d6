"""A template's values: what Meta refuses is not in them, whatever a person is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.channel import Template
from broadcast.message import Message, RichText, TemplateUse
from channels._kit.graph.templates import problems_of, room_of
from channels._kit.values import MAX_BODY, clean, cut, filled
from channels.messenger import content as messenger
from channels.whatsapp import content as whatsapp

ONE = TemplateUse(channel="whatsapp", name="news", language="en", parameters=(("1", "{name}"),))
TWO = TemplateUse(
    channel="whatsapp", name="news", language="en",
    parameters=(("who", "Dear {name}"), ("what", "{name}, the water is off")),
)  # fmt: skip
_REFUSED = re.compile(r"[\r\n\t]| {5}")


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Ayşe\nYılmaz", "Ayşe Yılmaz"), ("Ali\r\nVeli", "Ali Veli"), ("Ece\tSu", "Ece Su"),
        ("Can     Kaya", "Can Kaya"), ("  Ada  ", "Ada"), ("a\u2028b\u2029c\x0bd\x85e", "a b c d e"),
        ("\u00a0Ada\u3000Ay", "Ada Ay"), ("\u200b\u2060\ufeff", "-"), ("", "-"), ("\x00Ada\x1b", "Ada"),
        ("🙂", "🙂"), ("👩\u200d🚀 Ada", "👩\u200d🚀 Ada"), ("نازنین\u200cزهرا", "نازنین\u200cزهرا"),
    ],
)  # fmt: skip
def test_a_name_is_sent_on_one_line_and_visible(name: str, sent: str) -> None:
    made = whatsapp.template_of(ONE, name)
    assert made["template"]["components"][0]["parameters"][0]["text"] == sent
    assert (
        messenger.template_of(ONE, name)["template"]["components"][0]["parameters"][0]["text"]
        == sent
    )


@given(st.text(max_size=1500), st.integers(1, MAX_BODY))
def test_whatever_they_are_called_meta_takes_it(name: str, room: int) -> None:
    values = [value for _, value in filled(TWO, name, room)]
    assert all(value.strip() and not _REFUSED.search(value) for value in values)
    assert sum(map(len, values)) <= max(room, 2)


def test_a_long_name_gives_way_and_the_authors_words_stay() -> None:
    values = dict(filled(TWO, "x" * 1100, 200))
    assert values["who"].startswith("Dear xxx") and values["who"].endswith("…")
    assert values["what"].endswith("…, the water is off")
    assert dict(filled(TWO, "Ada", 200))["who"] == "Dear Ada"
    assert cut("abcdef", 4) == "abc…" and cut("abc", 3) == "abc"
    assert clean("Jean-Luc O'Neil") == "Jean-Luc O'Neil"


def test_values_that_cannot_fit_are_said_before_approval() -> None:
    template = Template(
        "news", "en", "utility", "x" * 1000 + " {{1}} y", "approved", parameters=("1",)
    )
    assert room_of(template) == MAX_BODY - 1003
    known = {("news", "en"): template}

    def found(value: str) -> int:
        use = ONE.model_copy(update={"parameters": (("1", value),)})
        message = Message(text=RichText(text="hi"), templates=(use,))
        return len(problems_of(message, "whatsapp", known))

    assert found("{name}") == 0
    assert found("z" * 22) == 1


@pytest.mark.parametrize(
    ("written", "name", "sent"),
    [
        ("Dear {name|neighbour}", "Ada", "Dear Ada"),
        ("Dear {name|neighbour}", "", "Dear neighbour"),
        ("Dear {name|neighbour}", "🙂", "Dear neighbour"),
        ("Dear {name|neighbour}", "...", "Dear neighbour"),
        ("Sayın {name| değerli komşumuz }", "\u200b", "Sayın değerli komşumuz"),
        ("{name|you} and {name}", "Ada", "Ada and Ada"),
        ("{name|}", "", "-"),
        ("{name|a|b}", "Ada", "{name|a|b}"),
        ("{nmae|x} {Name}", "Ada", "{nmae|x} {Name}"),
        ("{name|neighbour}", "{name|x}", "{name|x}"),  # a person may be called anything
    ],
)
@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
def test_who_has_no_name_is_called_by_the_word_the_author_gave(
    channel: str, written: str, name: str, sent: str
) -> None:
    use = TemplateUse(channel=channel, name="news", language="en", parameters=(("1", written),))
    made = (whatsapp if channel == "whatsapp" else messenger).template_of(use, name)
    assert made["template"]["components"][0]["parameters"][0]["text"] == sent


def test_the_word_for_who_has_no_name_has_to_fit_too() -> None:
    long = TemplateUse(
        channel="whatsapp", name="news", language="en",
        parameters=(("1", "{name|" + "x" * MAX_BODY + "}"),),
    )  # fmt: skip
    known = Template(
        "news", "en", "utility", "{{1}} the water is off", "approved", parameters=("1",)
    )
    message = Message(text=RichText(text="w"), templates=(long,))
    assert problems_of(message, "whatsapp", {("news", "en"): known})


def test_a_fallback_as_others_write_it_is_understood() -> None:
    for written in ("{name || 'neighbour'}", "{ name | neighbour }", "{name|“neighbour”}"):
        use = TemplateUse(channel="whatsapp", name="n", language="en", parameters=(("1", written),))
        assert filled(use, "") == [("1", "neighbour")]
        assert filled(use, "Ada") == [("1", "Ada")]
