"""Phone numbers as the whole world writes them: E.164, without the sign (pure).

`+905321234567` says everything. `5321234567` says it only inside one country: without that country
it is refused, for dialled as it stands it belongs to a stranger (in Cuba).
"""

from __future__ import annotations

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber

from broadcast.language import terminal
from broadcast.phone import spellings
from channels._kit.typed_address import bare, digits

_EXAMPLE = "+905321234567"
# No letters: a word behind a number is not dialled, and `9,05E+11` has lost its digits.
_WRITTEN = re.compile(r"(?:tel:)?\s*(\+|00)?\s*([0-9][0-9 ().\-/]*)", re.I)
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－⁃", "-") | {"＋": "+", "﹢": "+", "／": "/"})
_SHORT, _LONG = 10, 12  # digits: up to here a landline's may lack its country; from here none does


def digits_of(text: str, country: str = "") -> str:
    """`+90 (532) 123 45 67` becomes `905321234567`. Raises ValueError for what cannot be dialled
    from anywhere: no country code, too short, too long, not a number.

    `country` (ISO 3166) is where numbers without a country code belong.
    """
    written = digits(bare(text)).translate(_HYPHENS)
    if written.endswith(".0") and written[:-2].lstrip("+").isdigit():
        written = written[:-2]  # as programs write whole numbers
    found = _WRITTEN.fullmatch(written)
    number = _read(bool(found[1]), found[2], country) if found else None
    if number is None:
        say = terminal().plain
        words = say(
            "{written} is not a number with its country code, such as {example}", written=repr(text),
            example=_EXAMPLE,
        )  # fmt: skip
        if not country:
            words += " " + say("(or set TELLAL_COUNTRY for numbers of one country)")
        raise ValueError(words)
    return number


def _read(international: bool, written: str, country: str) -> str | None:
    plain = re.sub(r"[^0-9]", "", written)
    if international:
        if _surely(plain):
            return plain
        # The second is in an older form that is no longer dialled: Mexico's 1.
        forms = (written, *spellings(plain)[1:])
        found = (_e164(_parsed(f"+{form}"), strictly=False) for form in forms)
        return next(filter(None, found), None)
    abroad = _e164(_parsed(f"+{plain}"), strictly=len(plain) < _LONG)
    if country:
        code = str(phonenumbers.country_code_for_region(country))
        if abroad is not None and plain.startswith(code) and len(plain) > _SHORT:
            return abroad
        return _e164(_parsed(written, country), strictly=True) or abroad
    return None if abroad is None or _national_somewhere(plain) else abroad


def _surely(plain: str) -> bool:
    """Whether these digits are a number as they stand: a list has many, and parsing is slow."""
    for size in (1, 2, 3):
        if (shape := _shape(plain[:size])) is not None:
            lengths, prefix = shape
            number = plain[size:]
            return len(number) in lengths and not (prefix and prefix.match(number))
    return False


@cache
def _shape(code: str) -> tuple[frozenset[int], re.Pattern[str] | None] | None:
    """Of a country code: how long its numbers are, and what may stand before them at home."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code else None
    if not regions or code != str(int(code)):
        return None
    known = PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0])
    if known is None or known.general_desc is None:
        return None
    prefix = known.national_prefix_for_parsing
    return frozenset(known.general_desc.possible_length), re.compile(prefix) if prefix else None


def _parsed(written: str, country: str | None = None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: PhoneNumber | None, *, strictly: bool) -> str | None:
    """`strictly`: the number is given out there, not only of the right length."""
    fits = phonenumbers.is_valid_number if strictly else phonenumbers.is_possible_number
    if number is None or number.extension or not fits(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]


def _national_somewhere(plain: str) -> bool:
    """Whether some country's people write their own numbers like this."""
    return _nationals(len(plain)).fullmatch(plain) is not None


@cache
def _nationals(length: int) -> re.Pattern[str]:
    patterns = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        if (known := PhoneMetadata.metadata_for_region(region, None)) is None:
            continue
        kinds = (known.mobile, known.fixed_line) if length <= _SHORT else (known.mobile,)
        for kind in kinds:
            if kind is not None and kind.national_number_pattern and _fits(kind, length):
                patterns.add(f"(?:{kind.national_number_pattern})")
    return re.compile("|".join(sorted(patterns)) or r"(?!)")


def _fits(kind: object, length: int) -> bool:
    lengths = getattr(kind, "possible_length", ())
    return not lengths or length in lengths
