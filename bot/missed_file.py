"""The list of who missed a broadcast, as CSV that a spreadsheet opens by a double click.

It is made while it is asked for, in memory or, where it is longer, in a file that never has a name:
nothing of it is left when it is closed, or when the process dies.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, lru_cache
from tempfile import SpooledTemporaryFile
from typing import IO

from babel.numbers import get_decimal_symbol
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

from bot.spreadsheet.formula import harmless
from bot.views.review_card import reason_words
from broadcast.context import Core
from broadcast.errors import Invalid
from broadcast.language import N_, Speech, channel_label
from broadcast.models import Admin
from broadcast.services import missed
from broadcast.services.person import one_line
from broadcast.services.report import Missed
from broadcast.states import DeliveryStatus

IN_MEMORY_BYTES = 2**20
_AS_A_NUMBER = 11  # digits: Excel shows more as 9,05E+11, and forgets those after the fifteenth
# a list parted by semicolons may be opened where cells end at commas
_AFTER_A_COMMA = re.compile(r",(?=[\s'\"]*[=＝+＋@＠\-−－])")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FILE_WORD = N_("file")  # as people write it behind /missed 3
UNKNOWN = N_("nobody knows why")
TOO_BIG = N_(
    "That list is longer than a file may be here ({mb} MB). Take one reason at a time, or ask whoever "
    "looks after the server for `tellal export deliveries --broadcast {id}`."
)
_NO_ROOM = N_("I could not make the file: there is no room on my disk. Nothing else was changed.")


@asynccontextmanager
async def made(
    core: Core, by: Admin, broadcast_id: int, reason: str | None, speech: Speech, limit: int
) -> AsyncIterator[IO[bytes]]:
    """The whole list in the reader's language, at most `limit` bytes, from its start. Noted in the
    history as theirs before anybody gets it. Raises NotAllowed, Invalid."""
    with SpooledTemporaryFile(IN_MEMORY_BYTES) as spool:
        try:
            people = await _written(core, broadcast_id, reason, speech, spool, limit)
            await missed.taken(core, by, broadcast_id, people)
            size = spool.tell()
            spool.seek(0)
            # who sends it asks for its number, and that alone would put a short one on the disk
            out: IO[bytes] = io.BytesIO(spool.read()) if size <= IN_MEMORY_BYTES else spool
        except OSError:
            raise Invalid(_NO_ROOM) from None
        yield out


async def _written(
    core: Core, broadcast_id: int, reason: str | None, speech: Speech, out: IO[bytes], limit: int
) -> int:
    """How many people. Raises Invalid as soon as it is too large."""
    head = [speech.plain(one) for one in _HEAD]
    size = out.write(b"\xef\xbb\xbf" + _lines([head], speech.language))
    people = 0
    async for some in missed.rows(core, broadcast_id, reason):
        size += out.write(_lines([_cells(speech, one) for one in some], speech.language))
        people += len(some)
        if size > limit:
            raise Invalid(TOO_BIG, mb=limit // 1_000_000, id=broadcast_id)
    return people


_HEAD = (
    N_("Name"), N_("Channel"), N_("Address"), N_("Telephone"), N_("Why"), N_("In the platform's words"),
    N_("May it have arrived?"),
)  # fmt: skip


def _cells(speech: Speech, one: Missed) -> list[str]:
    arrived = N_("no")
    if one.part:
        arrived = N_("a part of it")
    elif one.status == DeliveryStatus.UNCERTAIN:
        arrived = N_("perhaps")
    own = one.phone and one.phone.removeprefix("+") == one.address.removeprefix("+")
    return [
        one.name, channel_label(one.channel), _number(one.phone if own else one.address),
        _number(one.phone), _why(speech, one.reason), one.detail, _plain(speech, arrived),
    ]  # fmt: skip


@lru_cache(256)
def _why(speech: Speech, reason: str) -> str:
    return reason_words(speech, reason) or speech.plain(UNKNOWN)


@lru_cache(256)
def _plain(speech: Speech, sentence: str) -> str:
    return speech.plain(sentence)


def _lines(rows: Sequence[Sequence[str]], language: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=separator(language)).writerows(
        [_cell(value) for value in row] for row in rows
    )
    return written.getvalue().encode(errors="replace")


@cache
def separator(language: str) -> str:
    """What Excel parts cells by where this language is spoken: a semicolon where numbers have a comma.
    A line `sep=` would say it too, but then Excel does not read the rest as UTF-8."""
    return ";" if get_decimal_symbol(language) == "," else ","


@lru_cache(4096)  # most cells say what another has said
def _cell(text: str) -> str:
    """On one line, and nothing that a spreadsheet calculates."""
    safe = _AFTER_A_COMMA.sub(",'", harmless(one_line(text)))
    return f"'{safe}" if safe.startswith(_FORMULA) else safe


def _number(value: str) -> str:
    """Grouped where a spreadsheet would take it for a quantity and shorten it."""
    digits = value.removeprefix("+")
    if not digits.isdecimal():
        return value
    if value != digits:
        try:
            found = parse(value)
            return format_number(found, PhoneNumberFormat.INTERNATIONAL).removeprefix("+")
        except NumberParseException:
            pass
    if len(digits) <= _AS_A_NUMBER:
        return digits
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
