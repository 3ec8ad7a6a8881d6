"""What an author set on a message in Telegram goes on as it was, or its loss is told."""

from __future__ import annotations

from typing import Any

import pytest

from bot.frontends.telegram.frontend import TelegramFrontend
from broadcast.message import FOLDED, EntityKind, LinkButton, LinkPreview, Message
from broadcast.services import compose, media
from tests.contract.bot_api import BotApi, Json, fed, photo, pressed, wrote
from tests.contract.test_telegram_console import api, console, draft, until_said
from tests.scenario.house import House

__all__ = ["api", "console"]  # fixtures
URL = {"text": "Open", "url": "https://example.org"}
VIDEO = {
    "file_id": "V1", "file_unique_id": "v", "width": 1280, "height": 720, "duration": 61,
    "file_name": "tour.mp4", "mime_type": "video/mp4", "file_size": 90,
    "thumbnail": {"file_id": "T1", "file_unique_id": "t", "width": 320, "height": 180},
}  # fmt: skip


async def taken(house: House, console: TelegramFrontend, **body: Any) -> Message:
    await fed(console, wrote(text="/new"))
    await fed(console, wrote(**body))
    return compose.message_of(await draft(house))


async def test_a_video_keeps_what_it_is_and_how_it_is_shown(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    shown = {"has_media_spoiler": True, "show_caption_above_media": True}
    message = await taken(house, console, video=VIDEO, caption="A tour", **shown)
    (item,) = message.media
    assert (item.width, item.height, item.duration) == (1280, 720, 61)
    assert item.spoiler and message.text_above
    small = await media.find(house.core, "telegram:default", item.thumbnail)
    assert small.path
    (preview,) = api[0].said("sendVideo")
    assert (preview["has_spoiler"], preview["show_caption_above_media"]) == ("true", "true")
    assert "Hidden until it is tapped: file 1" in api[0].texts()
    assert "The text stands above the files" in api[0].texts()


async def test_a_song_keeps_its_title_and_who_plays_it(
    house: House, console: TelegramFrontend
) -> None:
    song = {
        "file_id": "S1", "file_unique_id": "s", "duration": 200, "performer": "Barış Manço",
        "title": "Gülpembe", "file_size": 90,
    }  # fmt: skip
    (item,) = (await taken(house, console, audio=song)).media
    assert (item.duration, item.performer, item.title) == (200, "Barış Manço", "Gülpembe")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"is_disabled": True}, LinkPreview(off=True)),
        ({"show_above_text": True, "prefer_small_media": True}, LinkPreview(above=True, size="small")),
        ({"prefer_large_media": True, "url": "https://e.org/b"}, LinkPreview(size="large", url="https://e.org/b")),
    ],
    ids=["off", "above and small", "large, of another page"],
)  # fmt: skip
async def test_how_a_link_is_shown_is_kept(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], given: Json, kept: LinkPreview
) -> None:
    words = "See https://example.org"
    message = await taken(house, console, text=words, link_preview_options=given)
    assert message.preview == kept
    shown = next(body for body in api[0].said() if body["text"] == words)
    assert shown["link_preview_options"] == given
    assert "Link preview" in api[0].texts()


async def test_a_folded_quote_stays_folded(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    folded = {"type": "expandable_blockquote", "offset": 0, "length": 4}
    message = await taken(house, console, text="Long words", entities=[folded])
    (entity,) = message.text.entities
    assert (entity.kind, entity.value) == (EntityKind.QUOTE, FOLDED)
    assert next(b for b in api[0].said() if b["text"] == "Long words")["entities"] == [folded]


async def test_the_link_buttons_of_a_forwarded_post_come_along_and_others_are_named(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    rows = [
        [URL, {"text": "Vote", "callback_data": "v"}],
        [{"text": "Copy", "copy_text": {"text": "x"}}],
    ]
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "A channel"}
    message = await taken(
        house, console, text="Post", reply_markup={"inline_keyboard": rows}, forward_origin=origin
    )
    assert message.buttons == ((LinkButton(label="Open", url="https://example.org"),),)
    assert "the buttons that are no links" in api[0].texts()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text": "Hi", "effect_id": "5104841245755180586"}, "the effect"),
        ({"text": "Hi", "quote": {"text": "q", "position": 0}}, "the message it answers"),
        (
            {"text": "Ayşe", "entities": [{"type": "text_mention", "offset": 0, "length": 4,
             "user": {"id": 9, "is_bot": False, "first_name": "Ayşe"}}]},
            "the link behind a person's name",
        ),
        ({"video": VIDEO | {"start_timestamp": 5}}, "where it starts"),
        (
            {"text": "Post", "reply_markup": {"inline_keyboard": [[URL | {"style": "danger"}]]}},
            "the colours and the emoji of the buttons",
        ),
        (
            {"text": "Post", "reply_markup": {"inline_keyboard": [
                [URL | {"icon_custom_emoji_id": "5"}]]}},
            "the colours and the emoji of the buttons",
        ),
        (
            {"text": "Post", "entities": [{"type": "of_next_year", "offset": 0, "length": 4}]},
            "formatting that is new to me",
        ),
        ({"text": "Post", "hologram": {"file_id": "H"}}, "a part of it that is new to me"),
    ],
    ids=["effect", "quote", "mention", "video start", "button colour", "button emoji",
         "new formatting", "new part"],
)  # fmt: skip
async def test_what_cannot_go_along_is_named_on_every_card(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], body: Json, words: str
) -> None:
    await taken(house, console, **body)
    number = (await draft(house)).broadcast_id
    await fed(console, pressed(f"a:preview {number}"))
    assert api[0].texts().count(words) == 2


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"paid_media": {"star_count": 5, "paid_media": []}, "caption": "Buy"}, "paid media"),
        ({"story": {"chat": {"id": 1, "type": "private"}, "id": 3}}, "a story"),
        ({"live_photo": {"file_id": "L", "file_unique_id": "l", "width": 1, "height": 1,
          "duration": 3}, "caption": "Alive"}, "a live photo"),
        ({"checklist": {"title": "Do", "tasks": []}}, "a checklist"),
        ({"venue": {"location": {"latitude": 1.0, "longitude": 2.0}, "title": "t", "address": "a"},
          "location": {"latitude": 1.0, "longitude": 2.0}}, "a place"),
        ({"game": {"title": "g", "description": "d", "photo": []}, "caption": "Play"}, "a game"),
        ({"invoice": {"title": "t", "description": "d", "start_parameter": "s", "currency": "TRY",
          "total_amount": 5}}, "an invoice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
async def test_a_kind_that_cannot_be_broadcast_is_called_by_its_name_and_nothing_is_taken(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], body: Json, what: str
) -> None:
    message = await taken(house, console, **body)
    assert message == Message()
    assert f"That is {what}, which I cannot broadcast" in api[0].texts()


async def test_each_part_of_an_album_keeps_its_own_words_and_an_edit_finds_them(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(text="/new"))
    parts = [photo(f"A{n}", media_group_id="g", **words) for n, words in enumerate(
        ({}, {"caption": "Second"}, {"caption": "Third", "has_media_spoiler": True})
    )]  # fmt: skip
    for part in parts:
        await fed(console, part)
    await until_said(api[0], "Status: a draft")
    message = compose.message_of(await draft(house))
    assert (message.text.text, message.text_at) == ("Second", 1)
    assert [item.caption.text for item in message.media] == ["", "", "Third"]
    album = api[0].said("sendMediaGroup")[-1]["media"]
    assert [item.get("caption") for item in album] == [None, "Second", "Third"]
    assert [item.get("has_spoiler") for item in album] == [None, None, True]
    assert "Caption of file 3: Third" in api[0].texts()

    changed = parts[2]["message"] | {"caption": "Third, changed", "edit_date": 2}
    await fed(console, {"update_id": 9001, "edited_message": changed})
    message = compose.message_of(await draft(house))
    assert [item.caption.text for item in message.media] == ["", "", "Third, changed"]
    assert message.text.text == "Second"


async def test_a_preview_that_telegram_refuses_takes_no_card_with_it(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    no = (400, {"description": "Bad Request: PHOTO_INVALID_DIMENSIONS"})
    api[0].refuse["sendPhoto"] = [no] * 2
    await fed(console, wrote(text="/new"))
    await fed(console, photo("F1", caption="Look"))
    note, card = api[0].said()[-2:]
    assert "photo_invalid_dimensions" in note["text"].lower()
    assert "Status: a draft" in card["text"]
    assert "Submit for approval" in str(card["reply_markup"])


async def test_a_file_whose_id_went_stale_is_shown_from_its_bytes(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    no = (400, {"description": "Bad Request: invalid remote file identifier"})
    api[0].refuse["sendPhoto"] = [no]
    await fed(console, wrote(text="/new"))
    await fed(console, photo("F1", caption="Look"))
    assert [body["photo"] for body in api[0].said("sendPhoto")] == ["F1", "file"]
    assert "did not take that message" not in api[0].texts()


async def test_two_button_lines_are_two_buttons(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await taken(house, console, text="Hi")
    number = (await draft(house)).broadcast_id
    await fed(console, pressed(f"a:button {number}"))
    await fed(console, wrote(text="Read more - https://example.org\nCall - Https://e.org/call"))
    buttons = compose.message_of(await draft(house)).buttons
    assert [[(b.label, b.url) for b in row] for row in buttons] == [
        [("Read more", "https://example.org")],
        [("Call", "Https://e.org/call")],
    ]


async def test_a_wrong_line_among_buttons_takes_none_of_them(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await taken(house, console, text="Hi")
    number = (await draft(house)).broadcast_id
    await fed(console, wrote(text=f"/button {number} One - https://e.org Two - https://f.org"))
    await fed(console, wrote(text=f"/button {number} One - https://e.org\nTwo - nothing"))
    assert compose.message_of(await draft(house)).buttons == ()
    assert api[0].texts().count("A button needs a label and a web address") == 2
