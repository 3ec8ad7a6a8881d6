"""What public reports told of Telegram's messages, in words of our own (docs/foreign-eyes-content.md)."""

from __future__ import annotations

from typing import Any

import pytest
import telegram

from bot.frontends.telegram import uncarried as reading
from broadcast.message import (
    Entity,
    EntityKind,
    LinkPreview,
    Media,
    MediaKind,
    Message,
    RichText,
)
from channels.telegram.content import fields_of
from channels.telegram.markup import from_telegram, to_telegram
from channels.telegram.problem import changes_of, problems_of

Json = dict[str, Any]
JAPANESE = "はじめまして ❤️🔴\n🔹\nhttp://www.example.org"
SHARED = "89 a note 😆 GeV6 😆 xhslink.com/jZ66hv，copy"


@pytest.mark.parametrize(
    ("text", "offset", "length", "covered"),
    [
        ("😀qwerty", 3, 5, "werty"),
        (JAPANESE, len(JAPANESE) - 20, 22, "http://www.example.org"),
        (SHARED, 21, 18, "xhslink.com/jZ66hv"),
        ("👨‍👩‍👧‍👦 us", 12, 2, "us"),
        ("🇹🇷 bold", 5, 4, "bold"),
        ("❤️ x", 3, 1, "x"),
        ("𝕊𝕋 ok", 5, 2, "ok"),
    ],
)
def test_offsets_count_utf16_units_both_ways(
    text: str, offset: int, length: int, covered: str
) -> None:
    raw = [{"type": "bold", "offset": offset, "length": length}]
    read = from_telegram(text, raw)
    (entity,) = read.entities
    assert text[entity.offset : entity.offset + entity.length] == covered
    assert to_telegram(read) == raw


@pytest.mark.parametrize(("offset", "length"), [(1, 1), (0, 1), (1, 3), (0, 9), (-1, 2), (2, 0)])
def test_half_a_character_is_never_marked(offset: int, length: int) -> None:
    read = from_telegram("😅🌗", [{"type": "bold", "offset": offset, "length": length}])
    assert read.entities == ()


def test_two_quotes_side_by_side_stay_two_and_are_called_as_telegram_calls_them() -> None:
    raw = [
        {"type": "blockquote", "offset": 0, "length": 2},
        {"type": "expandable_blockquote", "offset": 2, "length": 1},
    ]
    assert to_telegram(from_telegram("A\nB", raw)) == raw


def test_what_was_typed_is_never_parsed_again() -> None:
    typed = "```python\nfoo = '*b*'\n``` and <tg-emoji> _x_ [a](b) \\*"
    fields = fields_of(Message(text=RichText(text=typed)), {})
    assert fields == {"text": typed}


def special(count: int, words: str = "") -> RichText:
    text = "🔥" * count + words
    entities = tuple(
        Entity(kind=EntityKind.CUSTOM_EMOJI, offset=n, length=1, value="5") for n in range(count)
    )
    return RichText(text=text, entities=entities)


def test_special_emoji_that_may_come_as_ordinary_ones_are_named() -> None:
    (problem,) = changes_of(Message(text=special(1, " hot")))
    assert "special emoji" in problem.template
    item = Media(media_id=1, kind=MediaKind.PHOTO, caption=special(1))
    assert changes_of(Message(media=(item,)))
    assert changes_of(Message(text=RichText(text="🔥 hot"))) == []


def test_more_special_emoji_than_telegram_shows_are_named() -> None:
    assert problems_of(Message(text=special(100))) == []
    (problem,) = problems_of(Message(text=special(101)))
    assert problem.values["limit"] == 100


@pytest.mark.parametrize(("count", "fine"), [(1024, True), (1025, False)])
def test_a_caption_is_measured_in_characters_as_telegram_does(count: int, fine: bool) -> None:
    photo = Media(media_id=1, kind=MediaKind.PHOTO)
    message = Message(text=RichText(text="😀" * count), media=(photo,))
    assert (problems_of(message) == []) is fine


def photo(number: int, caption: str = "", **more: Any) -> Media:
    return Media(
        media_id=number, kind=MediaKind.PHOTO, caption=RichText(text=caption), **more
    )  # fmt: skip


def test_each_part_of_an_album_keeps_its_caption_and_is_hidden_by_itself() -> None:
    message = Message(
        text=RichText(text="second"), text_at=1,
        media=(photo(1, "first", spoiler=True), photo(2), photo(3), photo(4, "fourth")),
    )  # fmt: skip
    sent = fields_of(message, {n: f"id{n}" for n in range(1, 5)})["media"]
    assert [part.get("caption") for part in sent] == ["first", "second", None, "fourth"]
    assert [part.get("has_spoiler") for part in sent] == [True, None, None, None]
    assert set(fields_of(message, dict.fromkeys(range(1, 5), "x"))) == {"media"}


@pytest.mark.parametrize(
    ("preview", "options"),
    [
        (LinkPreview(off=True), {"is_disabled": True}),
        (LinkPreview(url="https://b.example"), {"url": "https://b.example"}),
        (
            LinkPreview(above=True, size="small"),
            {"show_above_text": True, "prefer_small_media": True},
        ),
        (LinkPreview(size="large"), {"prefer_large_media": True}),
        (LinkPreview(), None),
    ],
)
def test_how_a_linked_page_is_shown_goes_along(preview: LinkPreview, options: Json | None) -> None:
    message = Message(text=RichText(text="https://a.example https://b.example"), preview=preview)
    assert fields_of(message, {}).get("link_preview_options") == options
    raw = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "x"}
    read = telegram.Message.de_json(raw | {"link_preview_options": options or {}}, None)
    assert reading.preview_of(read) == preview


@pytest.mark.parametrize(
    ("kinds", "fine"),
    [
        ("photo video", True),
        ("document document", True),
        ("audio audio", True),
        ("document photo", False),
        ("audio document", False),
        ("photo animation", False),
        ("voice voice", False),
    ],
)
def test_what_may_stand_together_in_an_album(kinds: str, fine: bool) -> None:
    files = tuple(Media(media_id=n, kind=MediaKind(k)) for n, k in enumerate(kinds.split(), 1))
    assert (problems_of(Message(media=files)) == []) is fine


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        (
            {"type": "text_mention", "user": {"id": 7, "first_name": "Ada", "is_bot": False}},
            "person's name",
        ),
        ({"type": "date_time", "unix_time": 1764898735}, "reader's own zone"),
    ],
)
def test_what_is_more_than_words_is_named_as_left_out(entity: Json, words: str) -> None:
    raw = {
        "message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "Ada",
        "entities": [entity | {"offset": 0, "length": 3}],
    }  # fmt: skip
    read = telegram.Message.de_json(raw, None)
    assert any(words in sentence for sentence in reading.left_out(read))
