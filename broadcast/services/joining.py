"""Two people known to us who are one: joined by a one-time code, or by a platform's word."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from unicodedata import decimal

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.models import Address, ConsentEvent, LinkCode, Subscriber
from broadcast.services import doubt, reply_language
from broadcast.services.audit import change_status, load_broadcast
from broadcast.states import BroadcastStatus
from broadcast.store import merged_people

CODE_MINUTES = 10
CODE_DIGITS = 8  # a wrong guess costs a message to us: 10^8 is out of reach in ten minutes


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def is_code(text: str) -> bool:
    """Whether this can be one of our codes: digits, perhaps in groups, and nothing else."""
    return "".join(text.replace("-", " ").split()).isdecimal()


async def issue(core: Core, session: AsyncSession, subscriber: Subscriber) -> str:
    """A code that joins this person with whoever sends it from another platform, once. It takes the
    place of their earlier one: asked for a thousand times, there is one to guess."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    now = core.clock()
    expires_at, subscriber_id = now + timedelta(minutes=CODE_MINUTES), subscriber.subscriber_id or 0
    stale = (col(LinkCode.subscriber_id) == subscriber_id) | (col(LinkCode.expires_at) < now)
    await session.execute(delete(LinkCode).where(stale))
    session.add(LinkCode(code_hash=_hash(code), subscriber_id=subscriber_id, expires_at=expires_at))
    return code


async def redeem(
    core: Core, session: AsyncSession, code: str, subscriber: Subscriber, address: Address
) -> bool:
    """Join the person who got the code with the one who sent it; False when it does not hold.

    Consent stays with each address: joining never subscribes anybody.
    """
    digits = "".join(str(decimal(ch)) for ch in code if ch.isdecimal())  # of any script
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
    if other.name and (not kept.name or (kept.named_by, other.named_by) == ("profile", "import")):
        kept.name, kept.named_by = other.name, other.named_by
    reply_language.joined(kept, other)
    kept.phone = kept.phone or other.phone
    kept.timezone = kept.timezone or other.timezone
    kept.preferred = kept.preferred or other.preferred
    await session.flush()
    await doubt.carry_over(core, session, subscriber_id)
    await session.delete(other)
    db = await session.connection()
    for broadcast_id in await db.run_sync(merged_people.keep_one_delivery, subscriber_id):
        row = await load_broadcast(session, broadcast_id)
        if row.status == BroadcastStatus.WAITING:
            change_status(row, BroadcastStatus.SENDING)  # perhaps nobody is left to wait for
        core.wake.set()
