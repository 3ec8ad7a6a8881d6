"""Phone numbers as the whole world writes them: E.164, without the sign (pure)."""

from __future__ import annotations

import phonenumbers

_EXAMPLE = "+905321234567"


def digits_of(text: str) -> str:
    """`+90 (532) 123 45 67` becomes `905321234567`. Raises ValueError for what cannot be dialled
    from anywhere: no country code, too short, too long, not a number."""
    written = text.strip().removeprefix("00").removeprefix("+")
    try:
        number = phonenumbers.parse(f"+{written}")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValueError(f"{text!r} is not a number with its country code, such as {_EXAMPLE}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
