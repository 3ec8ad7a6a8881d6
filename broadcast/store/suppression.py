"""Addresses a platform will not take, closed as it said so. What they told the platform is kept until
the platform takes it back, and is in the ledger of consent, however we heard of it; it ends what the
person agreed to elsewhere too (docs/decisions/0042)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, text

from broadcast.clock import utc_now
from broadcast.models import ConsentEvent
from broadcast.outcome import Reason

_CLOSE = text("""UPDATE address SET suppressed = :reason
WHERE address_id = :address_id AND suppressed <> 'platform_stop' RETURNING channel""")
_OTHERS = text("""SELECT o.address_id, o.channel, o.consent = 'opted_in' FROM address a
JOIN address o ON o.subscriber_id = a.subscriber_id AND o.address_id <> a.address_id
WHERE a.address_id = :address_id""")
_LEAVE = text("UPDATE address SET consent = 'opted_out' WHERE address_id = :address_id")
_LINE = text("SELECT max(consent_event_id) FROM consent_event WHERE address_id = :address_id")


def close(db: Connection, addresses: Iterable[tuple[int, str]]) -> set[int]:
    """Each with the Reason to close it with. Returns the addresses nothing may be sent to from now
    on because of what the person told the platform."""
    stopped: set[int] = set()
    for address_id, reason in addresses:
        here = {"address_id": address_id}
        channel = db.execute(_CLOSE, here | {"reason": reason}).scalar()
        if channel is not None and reason == Reason.PLATFORM_STOP:
            stopped |= _stop(db, address_id, channel)
    return stopped


def _stop(db: Connection, address_id: int, channel: str) -> set[int]:
    """Their line in the ledger, and one for each other address, under a name of its own."""
    here = {"address_id": address_id}
    event_id = f"refused:{address_id}:{db.execute(_LINE, here).scalar() or 0}"
    line = {"at": utc_now(), "event_id": event_id}
    mine = here | line | {"channel": channel, "kind": "platform_stop", "how": "refused"}
    db.execute(insert(ConsentEvent).values(**mine))
    others = db.execute(_OTHERS, here).all()
    for other_id, other_channel, agreed in others:
        db.execute(_LEAVE, {"address_id": other_id})
        theirs = {"address_id": other_id, "channel": other_channel, "kind": "opt_out"}
        how = "elsewhere" if agreed else "everywhere"  # as services/agreement has it
        db.execute(insert(ConsentEvent).values(**theirs | line, how=how))
    return {address_id, *(other_id for other_id, _, _ in others)}
