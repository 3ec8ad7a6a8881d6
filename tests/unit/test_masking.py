"""People in a chat that others read: recognised, and not found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast import masking


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Fatma Yılmaz", "Fat…"), ("Ayşe", "Ay…"), ("Ali", "A…"), ("Li Wei", "L…"), ("X", "…"), ("🙂", ""),
     ("🙂 Ece", "E…"), ("", ""), ("fatma@example.org", "fat…"), ("+90 532 123 45 12", ""),
     ("Ali 05321234512", "A…"), ("\u202eevil", "ev…"), ("कि कु", "…"), ("İpek", "İp…")],
)  # fmt: skip
def test_a_name_is_its_first_letters_and_never_all_of_them(name: str, shown: str) -> None:
    assert masking.name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+905321234512", "+90 ••• 12"), ("+15551234567", "+1 ••• 67"), ("+35312345678", "+353 ••• 78"),
     ("+9055512", "+90 •••"), ("+90", "•••"), ("", "•••"), ("+0001234567", "••• 67")],
)  # fmt: skip
def test_a_telephone_is_its_country_and_its_end(number: str, shown: str) -> None:
    assert masking.phone(number) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [("(#131026) undeliverable", "(#131026) undeliverable"), ("to 905321234512: no", "to •••: no"),
     ("+90 (532) 123-45-12", "•••"), ("message 1 of 2: gone", "message 1 of 2: gone"),
     ("mail a.b@example.org", "mail •••")],
)  # fmt: skip
def test_a_platforms_words_keep_its_codes_and_lose_whom_they_name(said: str, shown: str) -> None:
    assert masking.words(said) == shown


@given(st.text(max_size=30))
def test_no_name_is_ever_shown_whole(name: str) -> None:
    shown = masking.name(name).removesuffix("…")
    assert len(shown) < len(name) or not name


@given(st.from_regex(r"[0-9]{1,17}", fullmatch=True))
def test_no_number_is_ever_shown_whole(digits: str) -> None:
    for shown in (masking.address(digits), masking.phone(f"+{digits}")):
        left = "".join(ch for ch in shown if ch.isdigit())
        assert len(digits) < 3 or left != digits
        assert len(digits) < 7 or len(digits) - len(left) >= 2
