r"""Cells that a spreadsheet would calculate: written so that it does not, and read back (pure).

Each place counts where some spreadsheet may see a cell begin: the start, and after any mark that
one splits at. `'` is put before such a beginning; `original` takes away exactly those.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-][0-9]+")  # phone numbers and chat ids keep their sign
# = + - @ and what is folded into them: full-width, small, raised, lowered, the true minus
_SIGNS = "=＝﹦⁼₌+＋﹢⁺₊﬩@＠﹫−⁻₋－﹣-"
# what does not show, or is taken off, before a cell is looked at; and quotes
_IGNORED = (
    r"\s\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U000e0000-\U000e0fff'\"‘’‚“”„`"
)
_SPLITS = r"[;\t|\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
_BEGINNING = rf"(?=[{_IGNORED}]*[{_SIGNS}])"
_PUT = re.compile(rf"(\A|{_SPLITS}){_BEGINNING}")
_TAKEN = re.compile(rf"(\A|{_SPLITS})'{_BEGINNING}")


def harmless(text: str) -> str:
    """What to write into a cell so that nothing in it is calculated."""
    return text if _NUMBER.fullmatch(text) else _PUT.sub(r"\1'", text)


def original(cell: str) -> str:
    """What `harmless` was given, from what it wrote."""
    return _TAKEN.sub(r"\1", cell) if "'" in cell else cell
