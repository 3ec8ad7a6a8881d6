"""What Telegram would refuse is said before anybody approves it, with the way to mend it."""

from __future__ import annotations

import pytest

from broadcast.message import Entity, EntityKind, LinkButton, Media, MediaKind, Message, RichText
from channels.telegram.problem import changes_of, problems_of

MB = 2**20


def files(*kinds: MediaKind, size: int = 10) -> tuple[Media, ...]:
    return tuple(Media(media_id=n, kind=kind, size=size) for n, kind in enumerate(kinds, 1))


def text(words: str, formatted: int = 0) -> RichText:
    bold = tuple(Entity(kind=EntityKind.BOLD, offset=n, length=1) for n in range(formatted))
    return RichText(text=words, entities=bold)


def button(label: str = "Read more", url: str = "https://example.org") -> Message:
    return Message(text=text("x"), buttons=((LinkButton(label=label, url=url),),))


def photo(width: int, height: int) -> Message:
    (item,) = files(MediaKind.PHOTO)
    return Message(media=(item.model_copy(update={"width": width, "height": height}),))


def captioned(words: str) -> Media:
    (item,) = files(MediaKind.PHOTO)
    return item.model_copy(update={"media_id": 2, "caption": text(words)})


PHOTO, VIDEO, FILE, MUSIC = (
    MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.DOCUMENT, MediaKind.AUDIO,
)  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        Message(text=text("a" * 4096)),
        Message(text=text("🚰" * 4096)),
        Message(text=text("a" * 4096 + " \n")),
        Message(text=text("🚰" * 900), media=files(PHOTO)),
        Message(text=text("a" * 1024), media=files(PHOTO)),
        Message(text=text("ğ" * 1024), media=files(PHOTO)),
        Message(text=text("a" * 100, formatted=100)),
        Message(media=files(PHOTO, size=10 * MB)),
        Message(media=files(FILE, size=50_000_000)),
        Message(media=files(*[PHOTO, VIDEO] * 5)),
        Message(media=files(FILE, FILE)),
        Message(media=files(MUSIC, MUSIC)),
        button(),
        button("ç" * 64),
        button(url="http://example.org/ş?a=1"),
        button(url="tg://resolve?domain=tellal"),
        button(url="Https://example.org"),
        photo(9500, 500),
        photo(4000, 200),
        photo(0, 0),
    ],
)
def test_what_telegram_takes_is_no_problem(message: Message) -> None:
    assert problems_of(message) == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Message(), "nothing in it"),
        (Message(text=text(" \n")), "nothing in it"),
        (Message(text=text("a" * 4097)), "A message may have"),
        (Message(text=text("🚰" * 4097)), "A message may have"),
        (Message(text=text("\u200b\u2800\u200d")), "nothing in it"),
        (Message(text=text("a" * 1025), media=files(PHOTO)), "under a file"),
        (Message(text=text("🚰" * 1025), media=files(PHOTO, PHOTO)), "under a file"),
        (Message(media=(*files(PHOTO), captioned("a" * 1025))), "under a file"),
        (Message(text=text("a" * 101, formatted=101)), "formatted parts"),
        (Message(media=files(PHOTO, size=10 * MB + 1)), "too big"),
        (Message(media=files(VIDEO, size=50_000_001)), "too big"),
        (photo(9501, 500), "9501"),
        (photo(4001, 200), "4001"),
        (photo(1, 21), "21"),
        (Message(media=(files(PHOTO)[0].model_copy(update={"mime": "image/heic"}),)), "JPEG"),
        (Message(media=files(*[PHOTO] * 11)), "An album holds"),
        (Message(media=files(PHOTO, FILE)), "separately"),
        (Message(media=files(FILE, MUSIC)), "separately"),
        (Message(media=files(PHOTO, MediaKind.ANIMATION)), "by itself"),
        (Message(media=files(MediaKind.VOICE, MediaKind.VOICE)), "by itself"),
        (Message(media=files(PHOTO, PHOTO), buttons=button().buttons), "buttons under an album"),
        (button(" "), "needs a label"),
        (button("\u2800"), "needs a label"),
        (button("x" * 65), "label may have"),
        (button(url="example.org"), "does not open"),
        (button(url="https://localhost"), "does not open"),
        (button(url="https://exam ple.org"), "does not open"),
        (button(url="javascript:alert(1)"), "does not open"),
        (button(url="https://example.org:99999"), "does not open"),
        (button(url="https://exa<mple.org"), "does not open"),
        (Message(text=text("x"), buttons=button().buttons * 101), "buttons at most"),
    ],
)
def test_what_it_would_refuse_is_named(message: Message, words: str) -> None:
    (problem, *_) = problems_of(message)
    assert words in problem.template.format_map(problem.values)


def test_the_limit_and_the_length_are_told_in_telegrams_units() -> None:
    (problem,) = problems_of(Message(text=text("🚰" * 4097)))
    assert problem.values == {"limit": 4096, "length": 4097}


def test_a_link_that_telegram_would_drop_is_named() -> None:
    urls = ["https://example.org", "example.org/a", "https://e.org:99999", "slack://channel?id=C1"]
    links = tuple(
        Entity(kind=EntityKind.LINK, offset=n, length=1, value=url) for n, url in enumerate(urls)
    )
    found = changes_of(Message(text=RichText(text="abcd", entities=links)))
    assert [change.values["url"] for change in found] == urls[2:]


def test_a_large_film_of_unknown_size_is_named() -> None:
    """Seen by others: 320 × 320, 0:00, no thumbnail above 10 MB (hermes-agent issue 116131)."""
    (film,) = files(VIDEO, size=14 * MB)
    (change,) = changes_of(Message(media=(film,)))
    assert "0:00" in change.template
    known = film.model_copy(update={"width": 2560, "height": 1440, "duration": 6})
    assert changes_of(Message(media=(known, *files(VIDEO, size=9 * MB)))) == []


def test_everything_wrong_is_told_at_once() -> None:
    message = Message(
        text=text("a" * 1025), media=files(PHOTO, FILE), buttons=button(url="x").buttons
    )
    assert len(problems_of(message)) == 4
