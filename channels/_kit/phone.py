"""Phone numbers as the whole world writes them: E.164, without the sign (pure)."""

from __future__ import annotations

import phonenumbers

from broadcast.phone import spellings

_EXAMPLE = "+905321234567"


def digits_of(text: str) -> str:
    """`+90 (532) 123 45 67` becomes `905321234567`. Raises ValueError for what cannot be dialled
    from anywhere: no country code, too short, too long, not a number."""
    written = text.strip().removeprefix("00").removeprefix("+")
    digits = _possible(written)
    if digits is None:  # in an older form that can no longer be dialled: Mexico's 1
        older = spellings("".join(filter(str.isdecimal, written)))
        digits = next(filter(None, map(_possible, older[1:])), None)
    if digits is None:
        raise ValueError(f"{text!r} is not a number with its country code, such as {_EXAMPLE}")
    return digits


def _possible(written: str) -> str | None:
    try:
        number = phonenumbers.parse(f"+{written}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
