"""Settings of a simulator, changed while everything runs."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


def adjust(settings: Any, wish: dict[str, Any]) -> None:
    """Takes over the fields of a dataclass that are given, in their own type.

    Raises ValueError for a number below zero, TypeError for what is no number at all.
    """
    for field in fields(settings):
        if field.name not in wish:
            continue
        kind = type(getattr(settings, field.name))
        given = kind(wish[field.name])
        if isinstance(given, (int, float)) and given < 0:
            raise ValueError(f"{field.name} must not be negative")
        setattr(settings, field.name, given)
