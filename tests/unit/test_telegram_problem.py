"""What Telegram would refuse is said before anybody approves it, with the way to mend it."""

from __future__ import annotations

import pytest

from broadcast.message import Entity, EntityKind, LinkButton, Media, MediaKind, Message, RichText
from channels.telegram.problem import problems_of

MB = 2**20


def files(*kinds: MediaKind, size: int = 10) -> tuple[Media, ...]:
    return tuple(Media(media_id=n, kind=kind, size=size) for n, kind in enumerate(kinds, 1))


def text(words: str, formatted: int = 0) -> RichText:
    bold = tuple(Entity(kind=EntityKind.BOLD, offset=n, length=1) for n in range(formatted))
    return RichText(text=words, entities=bold)


def button(label: str = "Read more", url: str = "https://example.org") -> Message:
    return Message(text=text("x"), buttons=((LinkButton(label=label, url=url),),))


PHOTO, VIDEO, FILE, MUSIC = (
    MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.DOCUMENT, MediaKind.AUDIO,
)  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        Message(text=text("a" * 4096)),
        Message(text=text("🚰" * 2048)),
        Message(text=text("a" * 1024), media=files(PHOTO)),
        Message(text=text("ğ" * 1024), media=files(PHOTO)),
        Message(text=text("a" * 100, formatted=100)),
        Message(media=files(PHOTO, size=10 * MB)),
        Message(media=files(FILE, size=50 * MB)),
        Message(media=files(*[PHOTO, VIDEO] * 5)),
        Message(media=files(FILE, FILE)),
        Message(media=files(MUSIC, MUSIC)),
        button(),
        button("ç" * 64),
        button(url="http://example.org/ş?a=1"),
        button(url="tg://resolve?domain=tellal"),
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
        (Message(text=text("🚰" * 2049)), "A message may have"),
        (Message(text=text("a" * 1025), media=files(PHOTO)), "under a file"),
        (Message(text=text("🚰" * 513), media=files(PHOTO, PHOTO)), "under a file"),
        (Message(text=text("a" * 101, formatted=101)), "formatted parts"),
        (Message(media=files(PHOTO, size=10 * MB + 1)), "too big"),
        (Message(media=files(VIDEO, size=50 * MB + 1)), "too big"),
        (Message(media=files(*[PHOTO] * 11)), "An album holds"),
        (Message(media=files(PHOTO, FILE)), "separately"),
        (Message(media=files(FILE, MUSIC)), "separately"),
        (Message(media=files(PHOTO, MediaKind.ANIMATION)), "by itself"),
        (Message(media=files(MediaKind.VOICE, MediaKind.VOICE)), "by itself"),
        (Message(media=files(PHOTO, PHOTO), buttons=button().buttons), "buttons under an album"),
        (button(" "), "needs a label"),
        (button("x" * 65), "label may have"),
        (button(url="example.org"), "full web address"),
        (button(url="https://localhost"), "full web address"),
        (button(url="https://exam ple.org"), "full web address"),
        (button(url="javascript:alert(1)"), "full web address"),
        (Message(text=text("x"), buttons=button().buttons * 101), "buttons at most"),
    ],
)
def test_what_it_would_refuse_is_named(message: Message, words: str) -> None:
    assert words in problems_of(message)[0].template


def test_the_limit_and_the_length_are_told_in_telegrams_units() -> None:
    (problem,) = problems_of(Message(text=text("🚰" * 2049)))
    assert problem.values == {"limit": 4096, "length": 4098}


def test_everything_wrong_is_told_at_once() -> None:
    message = Message(
        text=text("a" * 1025), media=files(PHOTO, FILE), buttons=button(url="x").buttons
    )
    assert len(problems_of(message)) == 4
