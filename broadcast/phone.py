"""Numbers that are one telephone, written differently (pure).

Some countries changed how a mobile number is dialled, and messengers still name many people by
the older form: what was imported and what a callback brings differ by a digit or two.

| country | dialled now | also seen | source |
|---|---|---|---|
| Brazil (55) | area, 9, eight digits | without the 9 (it began 6 to 9) | ANATEL's ninth digit, 2012–16 |
| Argentina (54) | 9, area, number: ten digits | without the 9 | ITU plan: the 9 marks calls from abroad |
| Mexico (52) | ten digits | with a 1 before them | IFT plan of 2019 dropped the 1 |
| Benin (229) | 01, eight digits | without the 01 | plan of 30 November 2024 |
| Côte d'Ivoire (225) | the operator's 01, 05 or 07, eight digits | without them | ARTCI, 31 January 2021 |

Which of the two a person has on WhatsApp cannot be computed (reports: chatwoot 14264, 14174,
whatsapp-web.js 596, waha 1894), so both are looked up. Landlines of eight digits in Brazil have one
form, and so have those of Côte d'Ivoire. Whose a mobile number was there stood in its second digit
(libphonenumber 8.12.10, carriers of 225): to 3 Moov, now 01; to 6 MTN, 05; from 7 on Orange, 07.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BRAZIL = re.compile(r"55([1-9][0-9])(9?)([6-9][0-9]{7})")
_ARGENTINA = re.compile(r"54(9?)([1-9][0-9]{9})")
_MEXICO = re.compile(r"52(1?)([1-9][0-9]{9})")
_BENIN = re.compile(r"229(01)?([0-9]{8})")
_IVORY_COAST = re.compile(r"225(0[157])?([04-9])([0-9])([0-9]{6})")
_OPERATORS = ("01",) * 4 + ("05",) * 3 + ("07",) * 3  # by the second digit of the older number


def spellings(digits: str) -> tuple[str, ...]:
    """Every form of an international number without its sign, as given first."""
    if found := _BRAZIL.fullmatch(digits):
        area, nine, number = found.groups()
        return digits, f"55{area}{'' if nine else '9'}{number}"
    if found := _ARGENTINA.fullmatch(digits):
        return digits, f"54{'' if found[1] else '9'}{found[2]}"
    if found := _MEXICO.fullmatch(digits):
        return digits, f"52{'' if found[1] else '1'}{found[2]}"
    if found := _BENIN.fullmatch(digits):
        return digits, f"229{'' if found[1] else '01'}{found[2]}"
    if found := _IVORY_COAST.fullmatch(digits):
        operator, *older = found.groups()
        theirs = _OPERATORS[int(older[1])]
        if operator in {None, theirs}:
            return digits, f"225{'' if operator else theirs}{''.join(older)}"
    return (digits,)


def language_of(phone: str) -> str:
    """The language most people speak where a number (E.164) is from, as two or three letters; empty
    where that is not known."""
    digits = phone.removeprefix("+")
    return _language_of_code(digits[:3]) if digits.isdecimal() else ""


@lru_cache(1000)
def _language_of_code(digits: str) -> str:
    """Of a number's first three digits, which hold its country's code."""
    from babel import Locale, UnknownLocaleError
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as REGIONS

    codes = (int(digits[:size]) for size in (1, 2, 3))
    region = next((REGIONS[code][0] for code in codes if code in REGIONS), "")
    if not region.isalpha():  # 001: of the whole world
        return ""
    try:
        return Locale.parse(f"und_{region}").language
    except (UnknownLocaleError, ValueError):
        return ""


def also_written(phone: str) -> tuple[str, ...]:
    """The same for E.164 with its sign; nothing for an empty one."""
    return tuple(f"+{one}" for one in spellings(phone.removeprefix("+"))) if phone else ()
