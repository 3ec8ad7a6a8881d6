"""A number is dialled only when it is certain whose it is."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from channels._kit import phone
from channels._kit.phone import digits_of


@pytest.mark.parametrize(
    ("written", "country", "right"),
    [
        ("+905321234567", "", "905321234567"), ("00 90 532 123 45 67", "", "905321234567"),
        ("+90 (0)532 123-45.67", "", "905321234567"), ("tel:+905321234567", "", "905321234567"),
        ("\u202a+90\u00a0532\u2011123\u201345\u00a067\u202c", "", "905321234567"),
        ("905321234567", "", "905321234567"), ("905321234567.0", "", "905321234567"),
        ("'+905321234567", "", "905321234567"), ("٩٠٥٣٢١٢٣٤٥٦٧", "", "905321234567"),
        ("5321234567", "TR", "905321234567"), ("0532 123 45 67", "TR", "905321234567"),
        ("905321234567", "TR", "905321234567"), ("491701234567", "TR", "491701234567"),
        ("0170/1234567", "DE", "491701234567"), ("4155552671", "US", "14155552671"),
        ("011 90 532 123 45 67", "US", "905321234567"), ("9876543210", "IN", "919876543210"),
        ("13812345678", "CN", "8613812345678"), ("15123456789", "DE", "4915123456789"),
        ("15123456789", "US", "15123456789"), ("552187654321", "", "552187654321"),
    ],
)  # fmt: skip
def test_what_is_certain_is_read(written: str, country: str, right: str) -> None:
    assert digits_of(written, country) == right


@pytest.mark.parametrize(
    "written",
    [
        "5321234567", "0532 123 45 67", "532 123 45 67", "4155552671", "9876543210", "15123456789",
        "13812345678", "11987654321", "89161234567", "7911123456", "6123456789", "0612345678",
    ],
)  # fmt: skip
def test_a_number_of_one_country_needs_that_country(written: str) -> None:
    with pytest.raises(ValueError, match="country code"):
        digits_of(written)


@pytest.mark.parametrize(
    "written",
    [
        "+905321234567 Ali", "+905321234567 cep", "90532ALIVELI", "9,05321E+11", "9.05321234567E11",
        "+1 415 555 2671 ext 5", "+14155552671x5", "1-800-FLOWERS", "+90532123456O", "12", "", "+",
        "05321234567 / 05331234567", "+90532123456789012", "#31#+905321234567", "+905321234567;ext=5",
        "*123*", "½", "+９０532Ａ1234567",
    ],
)  # fmt: skip
@pytest.mark.parametrize("country", ["", "TR", "US"])
def test_letters_and_signs_never_become_digits(written: str, country: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        digits_of(written, country)


def test_the_quick_way_says_what_the_slow_one_says() -> None:
    chance = random.Random(7)
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    quick = 0
    for _ in range(3000):
        digits = f"{chance.choice(codes)}{chance.randrange(10 ** chance.randrange(4, 13))}"
        if phone._surely(digits):
            quick += 1
            assert phone._e164(phone._parsed(f"+{digits}"), strictly=False) == digits
    assert quick > 300
