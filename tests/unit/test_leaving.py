"""The way out is stamped on what is written, and not on what was approved before there was one."""

from __future__ import annotations

from bot.views import way_out
from broadcast.channel import Template
from broadcast.context import Core
from broadcast.language import languages, speech
from broadcast.message import Media, MediaKind, Message, RichText
from broadcast.way_out import LEAVE, LEAVE_WORD, is_written, stamped
from channels.whatsapp.problem import no_way_out


def content(text: str, **more: object) -> dict[str, object]:
    return Message(text=RichText(text=text), **more).model_dump(mode="json")  # type: ignore[arg-type]


def test_new_words_get_it_and_unchanged_ones_keep_what_they_had() -> None:
    assert stamped(content("a"), {})["way_out"] is True
    assert stamped(content("b"), content("a"))["way_out"] is True
    assert stamped(content("a"), content("a")) == content("a"), "approved before there was one"
    assert stamped(content("a"), content("a", way_out=True))["way_out"] is True
    assert stamped({}, {}) == {}


def test_a_message_without_it_has_the_digest_it_had_before_there_was_one() -> None:
    assert "way_out" not in content("a")
    assert (
        Message(text=RichText(text="a")).digest()
        != Message(text=RichText(text="a"), way_out=True).digest()
    )


def test_only_words_that_everybody_sees_take_its_place() -> None:
    said = RichText(text="Write STOP to leave.")
    files = tuple(
        Media(media_id=n, kind=MediaKind.PHOTO, caption=said if n == 2 else RichText())
        for n in (1, 2)
    )
    assert not is_written(Message(text=RichText(text="Water is off"), media=files))
    assert is_written(Message(text=said, media=files))


def test_the_button_fits_where_platforms_cut_after_twenty_letters() -> None:
    for language in languages():
        assert len(speech(language).plain(LEAVE)) <= 20
        line = speech(language).plain(LEAVE_WORD)
        assert len(line) <= 58
        message = Message(text=RichText(text=line), way_out=True)
        assert is_written(message), "our own line is understood as one"


def test_a_card_says_nothing_where_no_channel_adds_anything() -> None:
    core = Core(None)  # type: ignore[arg-type]
    assert way_out.lines(core, speech("en"), Message(text=RichText(text="a"))) == []


def test_a_template_that_does_not_say_how_to_leave_is_told() -> None:
    def template(**more: object) -> Template:
        return Template("news", "en", "marketing", "Water is off", **more)  # type: ignore[arg-type]

    (problem,) = no_way_out(template())
    assert problem.values == {"name": "news"}
    assert no_way_out(template(buttons=("Stop promotions",))) == []
    assert no_way_out(template(buttons=("Mesajları durdur",))) == []
    assert no_way_out(template(footer="Reply STOP to leave")) == []
    assert no_way_out(template(buttons=("Read on: https://example.org/stop",))) != []
