"""Where a person is on Telegram: the number of the chat (pure)."""

from __future__ import annotations

import re

from broadcast.language import terminal
from channels._kit.typed_address import bare, digits

_ID = re.compile(r"-?[1-9][0-9]{0,15}")
_LARGEST = 2**52  # "at most 52 significant bits", core.telegram.org/bots/api#chat


def address(text: str, country: str = "") -> str:
    """As it is stored. Raises ValueError: a @name, a phone number or `5.1E+09` is no such number."""
    written = digits(bare(text)).removesuffix(".0")  # as programs write whole numbers
    if not _ID.fullmatch(written) or abs(int(written)) >= _LARGEST:
        raise ValueError(
            terminal().plain(
                "{written} is no Telegram chat id, a whole number such as 123456789: a person gets one "
                "by writing to the bot", written=repr(text),
            )
        )  # fmt: skip
    return written
