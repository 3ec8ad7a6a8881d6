"""What looks like a blank and is none, and signs that stay signs: said before anybody approves."""

from __future__ import annotations

import pytest

from broadcast.message import Entity, EntityKind, LinkButton, Message, RichText, TemplateUse
from broadcast.typed import NAME, blanks, signs


def template(value: str) -> Message:
    use = TemplateUse(channel="whatsapp", name="hi", language="en", parameters=(("1", value),))
    return Message(text=RichText(text="Hello"), templates=(use,))


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        ("Dear {nmae}", "{nmae}"), ("{nmae|you}", "{nmae|you}"), ("{ad|komşu}", "{ad|komşu}"), ("{ name }", "{ name }"), ("{{name}}", "{{name}}"),
        ("{Name}!", "{Name}"), ("{NAME}", "{NAME}"), ("{ad}", "{ad}"), ("{İsim}", "{İsim}"),
        ("{adınız}", "{adınız}"), ("{first_name}", "{first_name}"), ("{First Name}", "{First Name}"),
        ("{nam}", "{nam}"), ("{naem}", "{naem}"), ("Hi {name, come", "{name"), ("Hi {nmae", "{nmae"),
        ("[name]", "[name]"), ("[First Name]", "[First Name]"), ("%name%", "%name%"),
        ("*|FNAME|*", "*|FNAME|*"), ("<<name>>", "<<name>>"), ("{{{name}}}", "{{{name}}}"), ("{{ .Subscriber.Name }}", "{{ .Subscriber.Name }}"),
        ("{{ contact.first_name }}", "{{ contact.first_name }}"), ("*|TEXT:FNAME|*", "*|TEXT:FNAME|*"),
        ("Hello [MERGE_FIRST_NAME]", "[MERGE_FIRST_NAME]"), ("<Username>", "<Username>"), ("$name$", "$name$"),
        ("{VORNAME}", "{VORNAME}"), ("[Ad Soyad]", "[Ad Soyad]"), ("{ .Name }", "{ .Name }"),
        ("{na\u200bmae}", "{namae}"), ("{i\u0307sim}", "{isim}"), ("{na\u200bme}", NAME), ("{name} {ｎame}", NAME), ("<name>", "<name>"), ("${name}", "${name}"),
    ],
)  # fmt: skip
def test_a_name_by_another_name_is_warned_of_with_the_right_one(value: str, typed: str) -> None:
    found = blanks(template(value))
    assert [one.values for one in found] == [{"typed": typed, "known": NAME}]
    assert "Did you mean" in found[0].template


@pytest.mark.parametrize("value", ["{city}", "{{1}}", "{order number}"])
def test_a_blank_nobody_fills_in_is_said(value: str) -> None:
    found = blanks(template(f"In {value} now"))
    assert [one.values["typed"] for one in found] == [value]
    assert "only blank" in found[0].template


@pytest.mark.parametrize(
    "words",
    [
        "{name}",
        "{nmae}",
        "{ad}",
        "{{name}}",
        "{city}",
        "Dear {name",
        "[name]",
        "%ad%",
        "{name|you}",
    ],
)
def test_in_a_message_nothing_is_filled_in_and_that_is_said(words: str) -> None:
    found = blanks(Message(text=RichText(text=f"Dear {words}, water is off")))
    assert len(found) == 1
    assert "the same for everybody" in found[0].template


def test_labels_and_addresses_of_buttons_are_looked_at() -> None:
    button = LinkButton(label="For {name}", url="https://example.org/?u={ad}&n=%7Bnmae%7D")
    found = blanks(Message(text=RichText(text="Hello"), buttons=((button,),)))
    assert [one.values["typed"] for one in found] == ["{name}", "{ad}", "{nmae}"]


@pytest.mark.parametrize(
    "words",
    ["", "Hello", "Lehrer*innen und Schüler*innen", "[see below]", "$5 and $6", "<3 you>", "1 < 2 > 0", "a {} b", "{ }", "50 % of 20 %", "[1] see [note]", ":-{", "{", "x{2,3}y",
     "<3", "{…}", "Bring: {🎉}", "100%", "a } b {"],
)  # fmt: skip
def test_what_is_no_blank_is_left_alone(words: str) -> None:
    assert blanks(Message(text=RichText(text=words))) == []
    assert blanks(template(words or "-")) == []


def test_a_filled_in_blank_is_no_fault() -> None:
    assert blanks(template("Dear {name}, {name}!")) == []
    assert blanks(template("Dear {name|neighbour}")) == []
    assert blanks(template("Dear { name || 'neighbour' }")) == []


def test_code_means_its_braces_and_its_signs() -> None:
    text = "f{name} *x*"
    code = Entity(kind=EntityKind.CODE, offset=0, length=len(text))
    message = Message(text=RichText(text=text, entities=(code,)))
    assert blanks(message) == signs(message) == []


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("The *pool* is open", "*pool*"), ("**Pool** open", "**Pool**"), ("_tonight_", "_tonight_"),
        ("~old price~", "~old price~"), ("(*havuz açık*)", "*havuz açık*"), ("__init__", "__init__"),
        ("`code`", "`code`"),
    ],
)  # fmt: skip
def test_words_between_signs_are_said_to_stay_so(words: str, typed: str) -> None:
    assert [one.values for one in signs(Message(text=RichText(text=words)))] == [{"typed": typed}]


@pytest.mark.parametrize(
    "words",
    ["*123#", "*123*", "2*3*4", "snake_case_name", "* milk\n* bread", "***", "a * b * c", "5* and 4*", "-x-",
     "~5 to ~10", "_"],
)  # fmt: skip
def test_signs_that_nobody_takes_for_formatting_are_not_mentioned(words: str) -> None:
    assert signs(Message(text=RichText(text=words))) == []


def test_a_thousand_blanks_do_not_bury_the_card() -> None:
    for wall in ("{a1} " * 3, "{" * 4000, "{name " * 700, "[" * 4000, "*a" * 2000, "%a" * 2000):
        assert len(blanks(Message(text=RichText(text=wall)))) <= 3
        signs(Message(text=RichText(text=wall)))
