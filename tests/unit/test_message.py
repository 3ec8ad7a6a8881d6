"""Neutral messages: what is new in them changes nothing that was approved before, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.message import LinkPreview, Media, MediaKind, Message, RichText, is_visible, rich


def test_a_message_without_the_newer_fields_is_what_it_was() -> None:
    """The digest of before there were any: what was approved then may still go out."""
    media = (Media(media_id=1, kind=MediaKind.PHOTO),)
    message = Message(text=RichText(text="a"), media=media)
    assert message.digest() == "7bf23a81ed95c65d6fcd1cd52421fb0fe0254322631586c510aaaf73e4286712"


_MEDIA = st.builds(
    Media, media_id=st.just(1), kind=st.sampled_from(MediaKind), width=st.integers(0, 9),
    title=st.text(max_size=3), thumbnail=st.integers(0, 2), spoiler=st.booleans(),
    caption=st.builds(RichText, text=st.text(max_size=3)),
)  # fmt: skip
_MESSAGE = st.builds(
    Message, text=st.builds(RichText, text=st.text(max_size=3)), media=st.tuples(_MEDIA),
    text_at=st.integers(0, 1), text_above=st.booleans(), left_out=st.tuples(st.text(max_size=2)),
    preview=st.builds(LinkPreview, off=st.booleans(), size=st.sampled_from(["", "small"])),
)  # fmt: skip


@given(_MESSAGE, _MESSAGE)
def test_all_of_it_is_kept_and_all_of_it_is_approved(one: Message, other: Message) -> None:
    assert Message.model_validate(one.model_dump(mode="json")) == one
    assert (one.digest() == other.digest()) == (one == other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\u200b\u200d",
        "\u2800",
        "\u3000\ufeff",
        "\U000e0020",
        "\x00\x1b",
        "\xad",
        "\u3164",
        "\u115f\u1160",
        "\ufe0f",
        "\u0333",
        "\u2063",
        "\U000e0101",
    ],
)
def test_what_nobody_sees_is_nothing(text: str) -> None:
    assert not is_visible(text)
    assert Message(text=RichText(text=text)).is_empty


@pytest.mark.parametrize("text", ["a", " .", "\u200ba", "🙂", "\ufe0f🙂", "e\u030a", "\x00a"])
def test_what_somebody_sees_is_something(text: str) -> None:
    assert is_visible(text)


@pytest.mark.parametrize("turn", ["\u202e", "\u202d", "\u202b", "\u2067", "\u2066\u202e"])
def test_a_persons_words_do_not_turn_the_direction_of_ours(turn: str) -> None:
    said = rich("Approved by {name}, for *{n}* people.", name=f"Ev{turn}il", n=6)
    before = said.text.partition(", for")[0]
    assert before.count("\u202c") == sum(map(before.count, "\u202b\u202d\u202e"))
    assert before.count("\u2069") == sum(map(before.count, "\u2066\u2067"))
    (bold,) = said.entities
    assert said.text[bold.offset :].startswith("6")
