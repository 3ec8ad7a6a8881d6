"""An admin who is a subscriber as well: their own place on the list, while it is unclear whether
they want to leave it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.inbound import Inbound, InboundKind
from broadcast.models import Address, ConsentStatus
from broadcast.services import doubt, subscribe


async def hold_until_answered(core: Core, channel: str, value: str) -> bool:
    """Nothing is sent to them before they answer. Returns whether they are on the list at all.

    `channel` is a console's platform, `value` how it calls the person.
    """
    async with core.store.read() as session:
        if not await _own(session, channel, value):
            return False
    async with core.store.write() as session:
        held = [
            await doubt.hold_and_ask(core, session, one)
            for one in await _own(session, channel, value)
        ]
    return any(held)


async def listed(core: Core, channel: str, value: str) -> bool:
    """Whether they are a subscriber there as well."""
    async with core.store.read() as session:
        return bool(await _own(session, channel, value))


async def keep_subscribed(core: Core, channel: str, value: str) -> None:
    """They meant something else: they are written to again."""
    async with core.store.read() as session:
        if not any(one.asked_at for one in await _own(session, channel, value)):
            return
    async with core.store.write() as session:
        for one in await _own(session, channel, value):
            await doubt.take_answer(core, session, one.subscriber_id)


async def unsubscribe(core: Core, channel: str, value: str, event_id: str) -> bool:
    """They leave, wherever we know them, as if they had pressed Leave. False: not on the list."""
    async with core.store.read() as session:
        found = await _own(session, channel, value)
    for one in found:
        await subscribe.hear(
            core,
            Inbound(event_id, channel, one.account, value, InboundKind.CHOICE, payload=doubt.LEAVE),
        )
    return bool(found)


async def _own(session: AsyncSession, channel: str, value: str) -> list[Address]:
    rows = await session.scalars(
        select(Address)
        .where(
            Address.channel == channel, Address.value == value,
            Address.consent == ConsentStatus.OPTED_IN,
        )
        .order_by(col(Address.address_id))
    )  # fmt: skip
    return list(rows)
