"""Words people really type when they want to leave, to join, or to answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.consent_words import keyword, says_join, says_no, says_stop, says_yes

KEYWORDS = ("stop", "stopall", "unsubscribe", "opt out", "iptal", "ret", "cikis", "abonelikten cik")


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop.", " Stop! ", "ＳＴＯＰ", "𝗦𝗧𝗢𝗣", "STOP 🛑", "stop stop stop", "s̲top",
        "DUR", "dur", "DURDUR", "İPTAL", "IPTAL", "iptal", "ıptal", "I\u0307ptal", "İptal et!",
        "«RET»", "Ret…", "RED", "reddet", "Çık", "CIK", "ÇIKIŞ", "çikiş", "ayrıl", "AYRIL",
        "Abonelikten ÇIK", "abonelikten  cik.", "İSTEMİYORUM", "istemıyorum", "GÖNDERME",
        "opt out", "Opt-Out", "OPTOUT", "quit", "END", "revoke", "Cancel", "unsubscribe", "STOPALL",
    ],
)  # fmt: skip
def test_a_stop_word_opts_out(text: str) -> None:
    assert says_stop(text)


@pytest.mark.parametrize(
    "text",
    ["", "🛑", "stopping", "dur bakalım", "retro", "hayır", "HAYIR", "no",
     "I do not want to cancel", "çıkmaz", "the end of it all"],
)  # fmt: skip
def test_other_words_do_not(text: str) -> None:
    assert not says_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "please stop", "Stop please!", "Please stop it.", "stop messages", "STOP ALL MESSAGES",
        "Stop sending me messages", "please stop texting me", "stop messaging me, thanks",
        "Hi, please stop sending these", "stop, please stop", "Stop this. Unsubscribe me",
        "Don't text me", "do not message me anymore", "I don't want these messages any more",
        "I do not want to receive any more messages", "no more messages please",
        "unsubscribe me from this list", "remove me from your list", "take me off your list",
        "Opt me out", "opt out please", "leave me alone!!", "I want to unsubscribe",
        "Lütfen durdur", "dur artık", "Bana mesaj atmayın", "mesaj göndermeyin lütfen",
        "Artık mesaj almak istemiyorum", "MESAJ İSTEMİYORUM", "Aboneliğimi iptal edin",
        "beni listeden çıkarın", "bir daha mesaj gönderme",
    ],
)  # fmt: skip
def test_a_sentence_that_only_asks_to_stop_opts_out(text: str) -> None:
    assert says_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "don't stop", "please don't stop", "Do not stop sending me messages", "never stop",
        "please do not cancel", "why did you stop?", "did the messages stop", "non-stop",
        "stop by the shop", "where is the bus stop", "when does it stop", "it stopped raining",
        "I don't want to stop", "I do not want to unsubscribe", "can't stop laughing",
        "please cancel my order", "the end", "thanks", "please", "please stop the water",
        "I don't want to miss these messages", "don't send the truck", "send me messages",
        "no, don't stop the messages", "stop sending trucks down our road",
        "durmayın", "lütfen durma", "dur bakalım", "mesaj istiyorum", "iptal etmeyin",
        "mesaj göndermeyi bırakmayın", "su ne zaman gelecek", "neden mesaj gelmiyor",
    ],
)  # fmt: skip
def test_a_sentence_that_asks_for_something_else_does_not(text: str) -> None:
    assert not says_stop(text)


def test_a_wall_of_words_is_read_at_once() -> None:
    assert not says_stop("stop sending me all of the " * 5000)


@pytest.mark.parametrize("text", ["JOIN", "Katıl", "KATIL", "katil!", "Abone ol", "subscribe"])
def test_a_join_word_opts_in(text: str) -> None:
    assert says_join(text)


def test_yes_and_no_are_answers() -> None:
    assert says_yes("EVET!") and says_yes("yes")
    assert says_no("Hayır.") and says_no("HAYIR") and says_no("No")


@given(
    st.sampled_from(KEYWORDS),
    st.sampled_from(["", "!", "...", "“”", "🙏", "\u200b", "\n"]),
    st.sampled_from([str.upper, str.title, str.lower, lambda w: w.upper().replace("I", "İ")]),
)
def test_capitals_dots_and_marks_do_not_matter(word: str, mark: str, shape: object) -> None:
    assert says_stop(f"{mark} {shape(word)}{mark}")  # type: ignore[operator]


@given(st.text(max_size=50))
def test_nothing_anybody_types_is_an_error(text: str) -> None:
    assert keyword(text) == keyword(text.strip())


@pytest.mark.parametrize(
    "text",
    ["Reply STOP to opt out", "Text STOP to unsubscribe", "Big sale! Reply STOP to opt out.",
     "If you no longer want these messages, write STOP.", "Çıkmak için RET yazın",
     "Zum Abmelden STOPP schreiben", "Pour vous désabonner, envoyez STOP"],
)  # fmt: skip
def test_how_to_leave_as_we_print_it_is_nobodys_refusal(text: str) -> None:
    assert not says_stop(text) and not says_stop(text, "en", house="tr")
