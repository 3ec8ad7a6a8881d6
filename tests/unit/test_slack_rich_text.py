"""What people write in Slack arrives as they meant it, and Slack shows what subscribers will see."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.frontends.slack.rich_text import (
    BLOCK_CHARACTERS,
    rich_text_value,
    shown_differently,
    to_rich_text,
)
from bot.frontends.slack.rich_text_in import from_rich_text, losses, mentioned
from broadcast.language import speech
from broadcast.message import Entity, EntityKind, RichText, utf16_length
from channels.telegram.markup import to_telegram

NAMES = {"U1": "Ada", "C1": "general", "S1": "nöbetçiler"}
CARRIED = [k for k in EntityKind if k not in {EntityKind.SPOILER, EntityKind.CUSTOM_EMOJI}]
INLINE = set(CARRIED) - {EntityKind.PRE, EntityKind.QUOTE}


def block(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "block_id": "b1", "elements": list(elements)}


def section(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(leaves)}


def words(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def bullets(*items: str, **more: Any) -> dict[str, Any]:
    elements = [section(words(item)) for item in items]
    return {"type": "rich_text_list", "style": "bullet", "indent": 0, "border": 0,
            "elements": elements} | more  # fmt: skip


def marked(text: RichText) -> set[tuple[str, str, str]]:
    """Kind, words and value of each entity."""
    return {(e.kind, text.text[e.offset : e.offset + e.length], e.value) for e in text.entities}


def read(*elements: dict[str, Any]) -> RichText:
    return from_rich_text([block(*elements)], NAMES)


# What a person sends in Slack


def test_formatting_keeps_its_words_and_styles_combine() -> None:
    text = read(
        section(
            words("Su "),
            words("yarın", bold=True),
            words(" kesik", bold=True, italic=True),
            words(" x ", strike=True),
            words("y", underline=True),
            words("kod", code=True),
            {"type": "link", "url": "https://example.org/a?b=1", "text": "ayrıntı"},
            {"type": "link", "url": "https://example.org"},
        )
    )
    assert text.text == "Su yarın kesik x ykodayrıntıhttps://example.org"
    assert marked(text) == {
        ("bold", "yarın kesik", ""),
        ("italic", " kesik", ""),
        ("strike", " x ", ""),
        ("underline", "y", ""),
        ("code", "kod", ""),
        ("link", "ayrıntı", "https://example.org/a?b=1"),
    }


def test_lists_become_lines_and_deeper_ones_are_indented() -> None:
    text = read(
        section(words("Getirin:\n")),
        bullets("su"),
        bullets("büyük", "küçük", indent=1),
        bullets("ekmek", style="ordered", offset=2),
        section(words("Sağ olun")),
    )
    assert text.text == "Getirin:\n• su\n   • büyük\n   • küçük\n3. ekmek\nSağ olun"


def test_quotes_and_code_stand_on_their_own_lines() -> None:
    text = read(
        section(words("Dedi ki\n")),
        {"type": "rich_text_quote", "elements": [words("bir\niki", bold=True)]},
        {"type": "rich_text_preformatted", "language": "python", "elements": [words("x = 1")]},
        section(words("son")),
    )
    assert text.text == "Dedi ki\nbir\niki\nx = 1\nson"
    assert marked(text) == {
        ("quote", "bir\niki", ""), ("bold", "bir\niki", ""), ("pre", "x = 1", "python"),
    }  # fmt: skip


def test_a_section_without_its_line_break_does_not_run_into_the_list() -> None:
    assert read(section(words("Getirin:")), bullets("su")).text == "Getirin:\n• su"


def test_a_list_in_a_quote_is_quoted_with_it() -> None:
    quote = {"type": "rich_text_quote", "elements": [words("Dedi ki")]}
    text = read(quote, bullets("su", border=1), quote)
    assert marked(text) == {("quote", "Dedi ki\n• su\nDedi ki", "")}


def test_two_quotes_stay_two() -> None:
    quote = {"type": "rich_text_quote", "elements": [words("a")]}
    assert len(read(quote, quote).entities) == 2


def test_mentions_become_names_and_the_console_can_ask_for_them_first() -> None:
    elements = [
        section(
            {"type": "user", "user_id": "U1", "style": {"bold": True}},
            words(" "),
            {"type": "channel", "channel_id": "C1"},
            words(" "),
            {"type": "usergroup", "usergroup_id": "S1"},
            words(" "),
            {"type": "broadcast", "range": "here"},
        ),
        bullets("x", elements=[section({"type": "user", "user_id": "U9"})]),
    ]
    assert mentioned([block(*elements)]) == {"U1", "C1", "S1", "U9"}
    text = read(*elements)
    assert text.text == "@Ada #general @nöbetçiler @here\n• @U9"
    assert marked(text) == {("bold", "@Ada", "")}


def test_emoji_become_unicode_by_their_code_points_or_their_name() -> None:
    def emoji(**leaf: Any) -> str:
        return read(section({"type": "emoji", **leaf})).text

    assert emoji(name="tada", unicode="1f389") == "🎉"
    assert emoji(name="wave", unicode="1f44b-1f3fc", skin_tone=3) == "👋🏼"
    assert emoji(name="wave", unicode="1f44b", skin_tone=3) == "👋🏼"
    assert emoji(name="wave::skin-tone-3") == "👋🏼"
    assert emoji(name="point_up", unicode="261d-fe0f", skin_tone=6) == "☝🏿"
    assert emoji(name="flag-tr") == "🇹🇷"
    assert emoji(name="woman-shrugging") == "🤷\u200d♀️"
    assert emoji(name="tada") == "🎉"
    assert emoji(name="parlayan_ekip") == ":parlayan_ekip:"
    for nonsense in ("zz", "ffffffff", "d800", "-"):
        assert emoji(name="ekip", unicode=nonsense) == ":ekip:"


def test_dates_show_their_fallback_and_colours_their_code() -> None:
    date = {"type": "date", "timestamp": 1_700_000_000, "format": "{date}"}
    text = read(section(date | {"fallback": "14 Kasım"}, words(" "), date))
    assert text.text == "14 Kasım 2023-11-14 22:13 UTC"
    assert read(section({"type": "color", "value": "#ff0000"})).text == "#ff0000"


def test_what_was_lost_is_said_in_the_readers_language_once_each() -> None:
    user, party = {"type": "user", "user_id": "U1"}, {"type": "emoji", "name": "party"}
    notes = losses(
        [
            block(
                section(user, user, party, {"type": "color", "value": "#fff"}),
                bullets("x"),
                section({"type": "workflow_token", "id": "1"}),
            )
        ]
    )
    said = [speech("en").plain(note.template, **note.values) for note in notes]
    assert said == [
        "Mentions became plain names.",
        "Your workspace's own emoji became their names, such as :party:.",
        "Colours became their codes.",
        "Parts that only Slack can show were left out.",
        "Lists became lines with a bullet or a number.",
    ]
    assert losses([block(section(words("x", bold=True)))]) == ()


def test_what_slack_may_invent_later_is_skipped_and_never_an_error() -> None:
    odd: list[Any] = [None, 3, {}, {"type": 5}, {"type": "rich_text_section"}, {"elements": "x"},
                      section({"type": "text"}, {"type": "text", "text": 7}, {"type": "new"}),
                      {"type": "rich_text_list", "indent": "x", "offset": -4, "elements": [{}]},
                      section({"type": "date", "timestamp": 10**20})]  # fmt: skip
    text = from_rich_text([block(*odd), {"type": "image"}, {"type": "rich_text"}], {})
    assert text.text.strip() == "•"
    assert mentioned([block(*odd)]) == frozenset()
    losses([block(*odd)])


def test_telegram_gets_the_same_stretches_in_its_own_units() -> None:
    """The shape of the samples in slack-samples, with letters outside the ASCII."""
    text = read(
        section(
            {"type": "emoji", "name": "warning", "unicode": "26a0-fe0f"},
            {"type": "emoji", "name": "family", "unicode": "1f468-200d-1f469-200d-1f466"},
            words(" Şişli'de "),
            words("su kesintisi", bold=True, italic=False, strike=False, code=False),
            words("\n"),
        ),
        bullets("İğne", "Öğle"),
        {"type": "rich_text_quote", "border": 0, "elements": [words("😀 sabır")]},
    )
    raw = text.text.encode("utf-16-le")

    def shown(entity: dict[str, Any]) -> str:
        start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        return raw[start:end].decode("utf-16-le")

    found = [(entity["type"], shown(entity)) for entity in to_telegram(text)]
    assert found == [("bold", "su kesintisi"), ("blockquote", "😀 sabır")]
    assert to_telegram(text)[0]["offset"] == utf16_length("⚠️👨\u200d👩\u200d👦 Şişli'de ")


# What Slack shows of a broadcast


def drawn(text: RichText) -> list[dict[str, Any]]:
    return list(rich_text_value(text)["elements"])


def test_overlapping_formatting_is_drawn_stretch_by_stretch() -> None:
    text = RichText(
        text="abcdef",
        entities=(
            Entity(kind=EntityKind.BOLD, offset=0, length=4),
            Entity(kind=EntityKind.ITALIC, offset=2, length=4),
        ),
    )
    assert drawn(text) == [
        section(
            words("ab", bold=True), words("cd", bold=True, italic=True), words("ef", italic=True)
        )
    ]


def test_what_a_person_typed_is_drawn_literally() -> None:
    hostile = "<!channel> *x* :smile: > <@U1> &amp;"
    assert drawn(RichText(text=hostile)) == [section(words(hostile))]


def test_a_section_before_a_quote_ends_its_line_or_slack_draws_it_inside() -> None:
    text = RichText(text="a\nb\nc", entities=(Entity(kind=EntityKind.QUOTE, offset=2, length=1),))
    assert drawn(text) == [
        section(words("a\n")),
        {"type": "rich_text_quote", "elements": [words("b")]},
        section(words("c")),
    ]


def test_what_slack_cannot_show_is_said_under_the_preview() -> None:
    def noted(kind: EntityKind, text: str = "abc", offset: int = 0) -> list[str]:
        entity = Entity(kind=kind, offset=offset, length=1, value="9")
        notes = shown_differently(RichText(text=text, entities=(entity,)))
        return [speech("en").plain(note.template) for note in notes]

    assert noted(EntityKind.SPOILER) == ["Slack cannot hide words: the spoiler is readable here."]
    assert noted(EntityKind.CUSTOM_EMOJI) == ["Slack shows the special emoji as ordinary ones."]
    assert noted(EntityKind.QUOTE) == ["Slack shows a quote or code inside a line more simply."]
    assert noted(EntityKind.QUOTE, "a") == []
    assert noted(EntityKind.BOLD) == []


def test_code_inside_a_line_is_drawn_inline() -> None:
    text = RichText(text="a b c", entities=(Entity(kind=EntityKind.PRE, offset=2, length=1),))
    assert drawn(text) == [section(words("a "), words("b", code=True), words(" c"))]


def test_a_language_slack_may_not_know_is_left_out_so_that_nothing_is_refused() -> None:
    def language(name: str) -> str | None:
        code = Entity(kind=EntityKind.PRE, offset=0, length=1, value=name)
        found: str | None = drawn(RichText(text="x", entities=(code,)))[0].get("language")
        return found

    assert (language("python"), language("brainf***")) == ("python", None)


def test_a_bare_address_can_be_clicked_and_reads_back_as_plain_text() -> None:
    text = RichText(
        text="Bak: https://example.org/a?b=ğ, ya da (http://b.org)! `https://c.org`",
        entities=(
            Entity(kind=EntityKind.BOLD, offset=0, length=31),
            Entity(kind=EntityKind.CODE, offset=56, length=13),
        ),
    )
    blocks = to_rich_text(text)
    leaves = blocks[0]["elements"][0]["elements"]
    links = [leaf for leaf in leaves if leaf["type"] == "link"]
    assert [link["url"] for link in links] == ["https://example.org/a?b=ğ", "http://b.org"]
    assert links[0]["style"] == {"bold": True}
    assert from_rich_text(blocks, {}) == text


def test_nothing_is_drawn_of_nothing() -> None:
    assert to_rich_text(RichText()) == []


# Both ways

_ALPHABET = st.sampled_from("ab \nğİ😀*<&>:•") | st.characters(exclude_categories=["Cs"])


@st.composite
def rich_texts(draw: st.DrawFn, size: int = 24) -> RichText:
    text = draw(st.text(_ALPHABET, max_size=size)).rstrip("\n")
    entities = []
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(list(EntityKind)))
        value = {EntityKind.LINK: "https://example.org", EntityKind.PRE: "python"}.get(kind, "")
        offset, length = draw(st.integers(0, size)), draw(st.integers(0, size))
        entities.append(Entity(kind=kind, offset=offset, length=length, value=value))
    return RichText(text=text, entities=tuple(entities))


def covered(text: RichText, kinds: set[EntityKind]) -> set[tuple[int, EntityKind, str]]:
    """Which characters carry which formatting; line breaks aside, they show none."""
    return {
        (at, e.kind, e.value)
        for e in text.entities
        if e.kind in kinds
        for at in range(e.offset, min(e.offset + e.length, len(text.text)))
        if text.text[at] != "\n"
    }


@given(rich_texts())
def test_drawn_and_read_again_the_words_are_the_same(text: RichText) -> None:
    assert from_rich_text([rich_text_value(text)], {}).text == text.text


@given(rich_texts(), st.sampled_from(["https://", "http://a.b/", "https://a.b. https://c)"]))
def test_posted_and_read_again_the_words_are_the_same(text: RichText, address: str) -> None:
    text = RichText(text=address + text.text, entities=text.entities)
    assert from_rich_text(to_rich_text(text), {}).text == text.text


@given(rich_texts())
def test_drawn_and_read_again_nothing_changes_any_more(text: RichText) -> None:
    once = from_rich_text([rich_text_value(text)], {})
    assert from_rich_text([rich_text_value(once)], {}) == once


@given(rich_texts())
def test_drawn_and_read_again_inline_formatting_is_the_same(text: RichText) -> None:
    inline = text.model_copy(
        update={"entities": tuple(e for e in text.entities if e.kind in INLINE)}
    )
    back = from_rich_text([rich_text_value(inline)], {})
    assert covered(back, INLINE) == covered(inline, INLINE)


@given(st.lists(st.sampled_from(["düz", "alıntı", "kod", ""]), min_size=1, max_size=8))
def test_drawn_and_read_again_quotes_and_code_on_their_lines_are_the_same(rows: list[str]) -> None:
    entities, at = [], 0
    for row in rows:
        kind = {"alıntı": EntityKind.QUOTE, "kod": EntityKind.PRE}.get(row)
        if kind:
            entities.append(Entity(kind=kind, offset=at, length=len(row)))
        at += len(row) + 1
    text = RichText(text="\n".join(rows).rstrip("\n"), entities=tuple(entities))
    assert from_rich_text([rich_text_value(text)], {}) == text


@given(st.integers(-2, 2), st.sampled_from(["a", "ab cd ", "satır\n", "👨\u200d👩\u200d👦"]))
def test_long_texts_become_several_blocks_and_lose_no_character(extra: int, unit: str) -> None:
    length = BLOCK_CHARACTERS * 2 + extra
    text = RichText(
        text=(unit * length)[:length].rstrip("\n"),
        entities=(Entity(kind=EntityKind.BOLD, offset=0, length=length),),
    )
    blocks = to_rich_text(text)
    drawn = [leaf["text"] for b in blocks for e in b["elements"] for leaf in e["elements"]]
    assert "".join(drawn) == text.text
    assert all(len(leaf) <= BLOCK_CHARACTERS for leaf in drawn)
    assert all(leaf["style"] == {"bold": True} for b in blocks for e in b["elements"]
               for leaf in e["elements"])  # fmt: skip
    assert not any(leaf.startswith("\u200d") or leaf.endswith("\u200d") for leaf in drawn[:-1])


def test_a_text_just_at_the_limit_is_one_block() -> None:
    assert len(to_rich_text(RichText(text="a" * BLOCK_CHARACTERS))) == 1
    assert len(to_rich_text(RichText(text="a" * (BLOCK_CHARACTERS + 1)))) == 2


def test_cut_after_lines_the_blocks_read_as_the_same_text() -> None:
    lines = "\n".join(f"satır {n} " + "x" * 90 for n in range(90))
    text = RichText(
        text=lines, entities=(Entity(kind=EntityKind.ITALIC, offset=0, length=len(lines)),)
    )
    blocks = to_rich_text(text)
    assert len(blocks) > 2
    assert from_rich_text(blocks, {}) == text
