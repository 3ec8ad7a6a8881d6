"""Words people really type when they want to leave."""

import pytest

from broadcast.consent import says_join, says_stop


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", " Stop! ", "DUR", "dur", "İPTAL", "IPTAL", "iptal", "ıptal", "«RET»", "Ret…"],
)
def test_a_bare_stop_word_opts_out(text: str) -> None:
    assert says_stop(text)


@pytest.mark.parametrize("text", ["", "please stop it", "stopping", "dur bakalım", "retro"])
def test_other_words_do_not(text: str) -> None:
    assert not says_stop(text)


@pytest.mark.parametrize("text", ["JOIN", "Katıl", "KATIL", "katil!"])
def test_a_join_word_opts_in(text: str) -> None:
    assert says_join(text)
