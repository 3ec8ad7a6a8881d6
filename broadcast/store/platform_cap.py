"""Whom a platform lets have no more for now: kept with the address, for every broadcast."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

# The cap is the person's: it holds under each of our accounts there.
_HOLD = text("""UPDATE address SET capped_until = max(COALESCE(capped_until, 0), :until)
WHERE (subscriber_id, channel) =
(SELECT a.subscriber_id, a.channel FROM delivery d JOIN address a ON a.address_id = d.address_id
WHERE d.delivery_id = :delivery_id)""")
# Failed as by the platform's own word, so that trying again is offered when their time has come.
_SPARE = text("""UPDATE delivery SET status = 30, reason = :reason,
due_at = (SELECT a.capped_until FROM address a WHERE a.address_id = delivery.address_id)
WHERE delivery_id = :delivery_id AND status IN (0, 1)""")
_SHIFT = text("""UPDATE address SET capped_until = capped_until - :seconds
WHERE capped_until IS NOT NULL""")


def hold_back(db: Connection, capped: Sequence[tuple[int, float]]) -> None:
    """(delivery, Unix seconds before which the person it went to gets no more of this)."""
    if capped:
        db.execute(_HOLD, [{"delivery_id": d, "until": until} for d, until in capped])


def skip_capped(db: Connection, delivery_ids: Sequence[int], reason: str) -> None:
    """Not tried at all: the cap another delivery ran into holds still."""
    db.execute(_SPARE, [{"delivery_id": one, "reason": reason} for one in delivery_ids])


def shift_clock(db: Connection, seconds: float) -> None:
    """The clock went back by so many seconds: nobody must wait for it to catch up."""
    db.execute(_SHIFT, {"seconds": seconds})
