"""Numbers that are one telephone, written differently."""

from __future__ import annotations

import pytest

from broadcast.phone import also_written, spellings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("552187654321", "5521987654321"),  # Brazil, with and without the ninth digit
        ("5511912345678", None),  # its eight digits would be a landline's: one form
        ("541155551234", "5491155551234"),  # Argentina: the 9 of calls from abroad
        ("525512345678", "5215512345678"),  # Mexico: the 1 of before 2019
        ("22997123456", "2290197123456"),  # Benin: 01 before all since 2024
        ("22507123456", "2250707123456"),  # Côte d'Ivoire: Orange's 07 since 2021
        ("22555123456", "2250555123456"),  # MTN's 05
        ("22540123456", "2250140123456"),  # Moov's 01
        ("2250718139912", None),  # given out since, never had eight digits
        ("2250507123456", None),  # MTN's, though an Orange number ends so
        ("22521234567", None),  # a landline of before
        ("552133334444", None),  # a landline in Rio
        ("905321234567", None),
        ("12025550123", None),
        ("TR.13491208655302741918", None),
        ("", None),
    ],
)
def test_a_number_is_known_in_each_of_its_spellings(one: str, other: str | None) -> None:
    both = {one} | ({other} if other else set())
    assert set(spellings(one)) == both
    assert spellings(one)[0] == one
    if other:
        assert set(spellings(other)) == both


def test_with_its_sign() -> None:
    assert also_written("+525512345678") == ("+525512345678", "+5215512345678")
    assert also_written("") == ()
