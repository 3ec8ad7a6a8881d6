"""Addresses: the product refuses whatever Telegram would, as the simulator reads them on its own."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.telegram.simulator.links import refusal
from channels.telegram.web_address import is_address

RIGHT = [
    "https://example.org", "Https://example.org", "HTTP://EXAMPLE.ORG:80/", "https://e.org?a=b#c",
    "https://e.org:0443/x", "https://[2001:db8::1]:8080/x", "https://user:word@e.org/",
    "https://e.org/a b", "https://e_x-1.org/%zz", "https://şehir.gov.tr/ğ", "https://1.2.3.4",
    "https://%41.org", "tg://resolve?domain=tellal", "TG://user?id=1", "ton://transfer/x",
    "tonsite://a.ton/x",
]  # fmt: skip
WRONG = [
    "", "example.org", "https://", "https://localhost", "https://e.org:99999", "https://e.org:0",
    "https://e.org:", "https://e.org:8o", "https://exa<mple.org", "https://exam ple.org",
    "https://e.org\\x.org", 'https://e".org', "https://[zz]/", "https://a@b@c|d.org", "https://%zz.org",
    "ftp://e.org", "javascript:alert(1)", "tg://res.olve", "tg://u@resolve", "tg://resolve:80",
    "https://e.org\n", "//e.org", "https:/e.org",
]  # fmt: skip


@pytest.mark.parametrize("url", RIGHT)
def test_what_telegram_opens_is_an_address(url: str) -> None:
    assert is_address(url)
    assert refusal(url) == ""


@pytest.mark.parametrize("url", WRONG)
def test_what_it_would_refuse_is_none(url: str) -> None:
    assert not is_address(url)


_PIECES = st.lists(
    st.sampled_from(
        ["https://", "HTTP://", "tg://", "e.org", "a", ".", ":", "8", "99999", "@", "/", "?", "#",
         "[", "]", "::1", "%4", "%41", " ", "<", "ş", "-", "\\", "\n"]
    ),
    max_size=8,
)  # fmt: skip


@given(_PIECES)
@example(["https://", "e.org", ":", "99999"])
def test_no_address_of_ours_is_refused_there(pieces: list[str]) -> None:
    url = "".join(pieces)
    if is_address(url):
        assert refusal(url) == ""
