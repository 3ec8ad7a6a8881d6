"""One person, several addresses: joined by a one-time code, a phone number, or a platform's word."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.heard import Inbound
from broadcast.machine import BroadcastStatus
from broadcast.models import Address, ConsentEvent, ConsentStatus, LinkCode, Subscriber
from broadcast.outcome import Reason
from broadcast.services import window
from broadcast.services.record import load, move
from broadcast.store import joined

CODE_MINUTES = 10
CODE_DIGITS = 8  # a wrong guess costs a message to us: 10^8 is out of reach in ten minutes


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


async def same_phone(session: AsyncSession, phone: str) -> Subscriber | None:
    """Who an import or another platform already knows under this number (E.164)."""
    if not phone:
        return None
    found: Subscriber | None = await session.scalar(
        select(Subscriber).where(Subscriber.phone == phone).order_by(col(Subscriber.subscriber_id))
    )
    return found


async def issue(core: Core, session: AsyncSession, subscriber: Subscriber) -> str:
    """A code that joins this person with whoever sends it from another platform, once."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    expires_at = core.clock() + timedelta(minutes=CODE_MINUTES)
    subscriber_id = subscriber.subscriber_id or 0
    session.add(LinkCode(code_hash=_hash(code), subscriber_id=subscriber_id, expires_at=expires_at))
    return code


async def redeem(
    core: Core, session: AsyncSession, code: str, subscriber: Subscriber, address: Address
) -> bool:
    """Join the person who got the code with the one who sent it; False when it does not hold.

    Consent stays with each address: joining never subscribes anybody.
    """
    digits = "".join(filter(str.isdecimal, code))
    row = await session.get(LinkCode, _hash(digits))
    if row is None or row.expires_at < core.clock() or row.subscriber_id == address.subscriber_id:
        return False
    await session.delete(row)
    await join(core, session, row.subscriber_id, subscriber)
    session.add(
        ConsentEvent(
            address_id=address.address_id or 0, channel=address.channel, kind="linked",
            at=core.clock(), how="code",
        )
    )  # fmt: skip
    return True


async def join(core: Core, session: AsyncSession, subscriber_id: int, other: Subscriber) -> None:
    """All addresses of `other` become those of `subscriber_id`; what only `other` knew is kept.
    A broadcast under way that was planned for both reaches them once."""
    kept = await session.get(Subscriber, subscriber_id)
    if kept is None or kept.subscriber_id == other.subscriber_id:
        return
    for address in await session.scalars(
        select(Address).where(Address.subscriber_id == other.subscriber_id)
    ):
        address.subscriber_id = subscriber_id
    await session.execute(
        delete(LinkCode).where(col(LinkCode.subscriber_id) == other.subscriber_id)
    )
    kept.name = kept.name or other.name
    kept.phone = kept.phone or other.phone
    kept.timezone = kept.timezone or other.timezone
    kept.preferred = kept.preferred or other.preferred
    await session.flush()
    await session.delete(other)
    db = await session.connection()
    for broadcast_id in await db.run_sync(joined.settle, subscriber_id):
        row = await load(session, broadcast_id)
        if row.status == BroadcastStatus.WAITING:
            move(row, BroadcastStatus.SENDING)  # perhaps nobody is left to wait for
        core.wake.set()


async def moved(
    core: Core, session: AsyncSession, inbound: Inbound, address: Address
) -> Subscriber | None:
    """The platform tells that a person was somewhere else before: consent and what they told the
    platform come along, once. Returns the person both addresses are from now on, if it is news.

    An opt-out of either stands (facts: a changed business-scoped id must not undo a STOP).
    """
    old = await session.scalar(
        select(Address).where(
            Address.channel == inbound.channel,
            Address.account == inbound.account,
            Address.value == inbound.previous_address,
        )
    )
    if old is None or old.address_id == address.address_id:
        return None
    if await session.scalar(
        select(ConsentEvent).where(
            ConsentEvent.address_id == address.address_id, ConsentEvent.kind == "moved",
            ConsentEvent.source == old.value,
        )
    ):  # fmt: skip
        return None
    session.add(
        ConsentEvent(
            address_id=address.address_id or 0, channel=inbound.channel, kind="moved",
            at=core.clock(), how="platform", source=old.value, event_id=inbound.event_id,
        )
    )  # fmt: skip
    if ConsentStatus.OPTED_OUT in {old.consent, address.consent}:
        address.consent = ConsentStatus.OPTED_OUT
    elif old.consent == ConsentStatus.OPTED_IN:
        address.consent = ConsentStatus.OPTED_IN
    if old.suppressed == Reason.PLATFORM_STOP:
        address.suppressed = old.suppressed
    if address.consent == ConsentStatus.OPTED_OUT or address.suppressed:
        core.revoked.add(address.address_id or 0)
    address.wrote_at = max(address.wrote_at or 0.0, old.wrote_at or 0.0) or None
    address.capped_until = max(address.capped_until or 0.0, old.capped_until or 0.0) or None
    await window.moved(session, old, address)
    old.suppressed = Reason.UNREACHABLE.value
    other = await session.get(Subscriber, address.subscriber_id)
    assert other is not None
    await join(core, session, old.subscriber_id, other)
    return await session.get(Subscriber, old.subscriber_id)
