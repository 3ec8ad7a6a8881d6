"""Page-scoped ids: a person's opaque number at one page, computed from the seed, not stored."""

from __future__ import annotations

from channels._kit.sandbox_world import People

_FIRST, _RANGE = 1_000_000_000_000_000, 8_000_000_000_000_000
_SPREAD = 5_871_239_417_730_611  # prime to the range: neighbours get ids far apart
_BACK = pow(_SPREAD, -1, _RANGE)


class Identity:
    """Turns people (by index) into PSIDs and back, for one page."""

    def __init__(self, people: People, page_id: str, seed: int) -> None:
        self._people = people
        self._start = (int(page_id) * 2_654_435_761 + seed * 40_503) % _RANGE

    def psid(self, index: int) -> str:
        """Sixteen digits."""
        return str(_FIRST + (index * _SPREAD + self._start) % _RANGE)

    def index(self, psid: str) -> int | None:
        """Whose id this is; None for nobody."""
        if not (psid.isascii() and psid.isdigit() and len(psid) == 16):
            return None
        index = (int(psid) - _FIRST - self._start) * _BACK % _RANGE
        return index if index < len(self._people) else None
