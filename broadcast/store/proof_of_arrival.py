"""What a person's own act proves of an uncertain delivery: that it arrived, or that it cannot have."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from broadcast.models import Broadcast, Delivery
from broadcast.outcome import Reason
from broadcast.states import DeliveryStatus

_APART = timedelta(minutes=1)  # that our clock and the platform's may differ
# Few rows are uncertain, and they have an index of their own.
# What they got is the version it was then, whatever it was corrected to since.
_UNCERTAIN = text("""SELECT d.delivery_id, COALESCE(v.content, b.content) FROM address a
JOIN delivery d ON d.address_id = a.address_id AND d.status = 20
JOIN broadcast b ON b.broadcast_id = d.broadcast_id
LEFT JOIN content_version v ON v.broadcast_id = d.broadcast_id AND v.number = d.content_version
WHERE a.channel = :channel AND a.account = :account AND a.value = :address""")


def answered(db: Connection, channel: str, account: str, address: str, quoted: str) -> list[int]:
    """The deliveries whose words the person has before them, for they answered them."""
    here = {"channel": channel, "account": account, "address": address}
    return [
        int(delivery_id)
        for delivery_id, content in db.execute(_UNCERTAIN, here)
        if _words(content) == quoted.strip()
    ]


def _words(content: str | dict[str, object]) -> str:
    known = json.loads(content) if isinstance(content, str) else content
    body = known.get("text")
    return str(body.get("text", "")).strip() if isinstance(body, dict) else ""


async def blocked(session: AsyncSession, address_id: int, at: datetime) -> None:
    """Who had blocked us by `at` cannot have received what was launched after it.

    A block after the launch proves nothing: perhaps it is the answer to what arrived.
    """
    later = select(col(Broadcast.broadcast_id)).where(col(Broadcast.launched_at) > at + _APART)
    await session.execute(
        update(Delivery)
        .where(
            col(Delivery.address_id) == address_id,
            col(Delivery.status) == DeliveryStatus.UNCERTAIN,
            col(Delivery.broadcast_id).in_(later),
        )
        .values(status=DeliveryStatus.FAILED, reason=Reason.BLOCKED.value, detail=None)
    )
