"""Where a person is on WhatsApp: a number, or an id that is theirs with this business (pure)."""

from __future__ import annotations

import re

from channels._kit.phone import digits_of
from channels._kit.typed_address import bare

_BUSINESS_SCOPED = re.compile(r"[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}")  # facts section 1, Identity


def address(text: str, country: str = "") -> str:
    """As it is stored. Raises ValueError for what is neither. `country`: of numbers without one."""
    written = bare(text)
    return written if _BUSINESS_SCOPED.fullmatch(written) else digits_of(text, country)
