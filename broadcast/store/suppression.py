"""Addresses a platform will not take, closed as it said so. What they told the platform is kept until
the platform takes it back, and is in the ledger of consent, however we heard of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, text

from broadcast.clock import utc_now
from broadcast.models import ConsentEvent
from broadcast.outcome import Reason

_CLOSE = text("""UPDATE address SET suppressed = :reason
WHERE address_id = :address_id AND suppressed <> 'platform_stop' RETURNING channel""")


def close(db: Connection, addresses: Iterable[tuple[int, str]]) -> None:
    """Each with the Reason to close it with."""
    for address_id, reason in addresses:
        channel = db.execute(_CLOSE, {"address_id": address_id, "reason": reason}).scalar()
        if channel is None or reason != Reason.PLATFORM_STOP:
            continue
        line = {"kind": "platform_stop", "how": "refused", "at": utc_now()}
        db.execute(insert(ConsentEvent).values(address_id=address_id, channel=channel, **line))
