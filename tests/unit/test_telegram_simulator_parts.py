"""The simulator's pure parts: parse modes, entities, schema, limits, pictures."""

from __future__ import annotations

from typing import Any

import pytest

from channels.telegram.simulator.entities import formatted, utf16_length
from channels.telegram.simulator.errors import ApiError
from channels.telegram.simulator.files import picture_size
from channels.telegram.simulator.limits import Limiter, Rates
from channels.telegram.simulator.links import valid_url
from channels.telegram.simulator.schema import checker
from sandbox.samples import picture


def kinds(text: str, mode: str) -> tuple[str, list[tuple[Any, ...]]]:
    bare, entities = formatted(text, mode, None, 4096)
    return bare, [(e["type"], e["offset"], e["length"]) for e in entities]


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("<b>a</b>&lt;&amp;&#128512;", "a<&😀", [("bold", 0, 1)]),
        ("😀<i>b</i>", "😀b", [("italic", 2, 1)]),
        ('<a href="https://e.org/?a=1&amp;b=2">x</a>', "x", [("text_link", 0, 1)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ('<span class="tg-spoiler">s</span><tg-spoiler>t</tg-spoiler>', "st",
         [("spoiler", 0, 1), ("spoiler", 1, 1)]),
        ('<tg-emoji emoji-id="5">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("  <u>x</u>  ", "x", [("underline", 0, 1)]),
        ("see https://e.org/x, ok", "see https://e.org/x, ok", [("url", 4, 15)]),
    ],
)  # fmt: skip
def test_html_becomes_text_and_entities(html: str, text: str, entities: list[Any]) -> None:
    assert kinds(html, "HTML") == (text, entities)


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("*a* _b_ __c__ ~d~ ||e||", "a b c d e",
         [("bold", 0, 1), ("italic", 2, 1), ("underline", 4, 1), ("strikethrough", 6, 1),
          ("spoiler", 8, 1)]),
        (r"1\. [x](https://e.org/\))", "1. x", [("text_link", 3, 1)]),
        ("```py\nx = 1\n```", "x = 1", [("pre", 0, 5)]),
        ("`a_b`", "a_b", [("code", 0, 3)]),
        (">q1\n>q2\nafter", "q1\nq2\nafter", [("blockquote", 0, 5)]),
        ("![👍](tg://emoji?id=5)", "👍", [("custom_emoji", 0, 2)]),
        ("*a _b_*", "a b", [("bold", 0, 3), ("italic", 2, 1)]),
    ],
)  # fmt: skip
def test_markdown_v2_becomes_text_and_entities(
    markdown: str, text: str, entities: list[Any]
) -> None:
    assert kinds(markdown, "MarkdownV2") == (text, entities)


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("</b>", "HTML", "Unexpected end tag at byte offset 0"),
        (
            "ş<b><i>x</b>",
            "HTML",
            'Unmatched end tag at byte offset 9, expected "</i>", found "</b>"',
        ),
        ("<b", "HTML", "Unclosed start tag at byte offset 0"),
        ("a < b", "HTML", 'Unsupported start tag "" at byte offset 2'),
        ("*a", "MarkdownV2", "Can't find end of Bold entity at byte offset 0"),
        ("`a", "MarkdownV2", "Can't find end of Code entity at byte offset 0"),
        ("a!", "MarkdownV2", "Character '!' is reserved"),
        ("*a", "Markdown", "Can't find end of the entity starting at byte offset 0"),
    ],
)
def test_broken_markup_is_refused_with_telegrams_words(text: str, mode: str, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        formatted(text, mode, None, 4096)
    assert refused.value.description.startswith(f"Bad Request: can't parse entities: {words}")


def test_lengths_are_counted_in_code_points_after_parsing_and_offsets_in_utf16() -> None:
    assert utf16_length("aş😀") == 4
    formatted("<b>" + "x" * 4096 + "</b>", "HTML", None, 4096)
    formatted("😀" * 1024, None, None, 1024, "caption")
    with pytest.raises(ApiError, match="caption is too long"):
        formatted("😀" * 1025, None, None, 1024, "caption")
    with pytest.raises(ApiError, match="ends in a middle of a UTF-16 symbol"):
        formatted("😀", None, [{"type": "bold", "offset": 0, "length": 1}], 4096)


def test_entities_are_trimmed_with_the_text() -> None:
    text, entities = formatted("  ab ", None, [{"type": "bold", "offset": 1, "length": 2}], 4096)
    assert (text, entities) == ("ab", [{"type": "bold", "offset": 0, "length": 1}])


def test_urls_a_button_may_open() -> None:
    good = ["https://e.org", "http://e.org:80/a?b#c", "tg://user?id=1", "t.me/x", "https://ü.de/ş"]
    bad = ["", "nonsense", "javascript:alert(1)", "https://", "http://a b.org", "ftp://e.org"]
    assert all(valid_url(url) for url in good) and not any(valid_url(url) for url in bad)


def test_the_schema_tells_unions_apart_by_their_type() -> None:
    check = checker("editMessageMedia")
    media = '{"type":"photo","media":"x","caption":"c"}'
    assert check({"media": media}, {})["media"]["type"] == "photo"
    for wrong in ('{"type":"poll","media":"x"}', '{"media":"x"}', '{"type":"photo"}', "[]", "x"):
        with pytest.raises(ApiError, match="can't parse media"):
            check({"media": wrong}, {})
    commands = checker("setMyCommands")
    with pytest.raises(ApiError):
        commands({"commands": "[]", "scope": '{"type":"chat"}'}, {})


def test_the_window_slides_and_keeps_its_slack() -> None:
    now = [100.0]
    limiter = Limiter(Rates(per_chat_per_second=0), clock=lambda: now[0])
    for chat in range(32):
        limiter.admit(chat, 1, False)
    with pytest.raises(ApiError) as refused:
        limiter.admit(99, 1, False)
    assert refused.value.parameters == {"retry_after": 1}
    now[0] += 1.0
    limiter.admit(99, 1, False)


def test_a_chat_recovers_its_burst_second_by_second() -> None:
    now = [100.0]
    limiter = Limiter(Rates(), clock=lambda: now[0])
    for _ in range(3):
        limiter.admit(5, 1, False)
    for wait in (0.0, 0.5):
        now[0] += wait
        with pytest.raises(ApiError):
            limiter.admit(5, 1, False)
    now[0] += 0.5
    limiter.admit(5, 1, False)
    now[0] += 10
    for _ in range(3):
        limiter.admit(5, 1, False)


def test_samples_are_real_pictures() -> None:
    assert picture_size(picture()) == (480, 320)
    assert picture_size(b"GIF89a\x05\x00\x07\x00") == (5, 7)
    assert picture_size(b"nothing") is None
