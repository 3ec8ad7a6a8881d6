"""Which of their addresses a person likes best, in SQL."""

from __future__ import annotations


def rank(address: str, lane: str) -> str:
    """A person's order of their addresses, as an SQL row value: the channel they prefer, then as
    opened. The id breaks ties, so that no two are equal."""
    preferred = f"CASE WHEN {address}.channel = s.preferred THEN 0 ELSE 1 END"
    return f"{preferred}, {lane}.lane_id, {address}.address_id"
