"""On which of their channels somebody who is on several may hear from us."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.models import Address, ConsentStatus


async def places(session: AsyncSession, subscriber_id: int) -> list[str]:
    """The channels on which this person has agreed and can be reached, as they came to them."""
    rows = await session.scalars(
        select(Address.channel)
        .where(
            Address.subscriber_id == subscriber_id,
            Address.consent == ConsentStatus.OPTED_IN,
            Address.suppressed == "",
        )
        .order_by(col(Address.address_id))
    )
    return list(dict.fromkeys(rows))
