"""What the core refuses, as sentences a person can act on; each console translates them."""

from __future__ import annotations


class CannotDo(Exception):
    """Base: a catalog sentence (English, the key of the translation) and its values."""

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values = values


class NotFound(CannotDo):
    """There is no such broadcast, subscriber or invitation (any more)."""


class NotAllowed(CannotDo):
    """This admin may not do that."""


class TooLate(CannotDo):
    """Somebody was faster, or the broadcast has moved on meanwhile."""


class Invalid(CannotDo):
    """What was given cannot be used; nothing was changed."""
