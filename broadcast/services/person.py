"""Who somebody is: one person behind every name a platform has for them, for chats, callbacks and
imports alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.inbound import Inbound
from broadcast.models import Address, AddressAlias, ConsentEvent, ConsentStatus, Subscriber
from broadcast.name_blanks import is_name
from broadcast.outcome import Reason
from broadcast.phone import also_written
from broadcast.services import joining, reply_language, window

PROFILE, IMPORT = "profile", "import"  # Subscriber.named_by
NAME_LONGEST = 256
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


async def find_or_create(
    core: Core, session: AsyncSession, inbound: Inbound
) -> tuple[Subscriber, Address]:
    """The person and the address an inbound is of, made known on first sight (without consent).

    What the platform calls them beside it is kept, and people it turns out to have been known as
    become one, so that none of their names opens a second door.
    """
    address = await _find(session, inbound, (inbound.address,))
    if address is None and not inbound.previous_address:
        address = await _find(session, inbound, inbound.aliases)
    if address is None:
        address = await _add(core, session, inbound)
    await _remember(session, inbound, address)
    if inbound.everywhere:
        await _on_other_accounts(core, session, inbound, address)
    subscriber = await session.get(Subscriber, address.subscriber_id)
    assert subscriber is not None
    if inbound.previous_address:
        subscriber = await _moved(core, session, inbound, address) or subscriber
    _profile(subscriber, inbound)
    reply_language.learn(subscriber, inbound)
    return subscriber, address


def name_of(text: str) -> str:
    """What somebody is called, in one line without controls; empty for what is no name: it has no
    letter that shows, as a full stop has none."""
    name = one_line(text)[:NAME_LONGEST].rstrip()
    return name if is_name(name) else ""


def one_line(text: str) -> str:
    """Without controls and ends of lines; spaces of any kind are one plain space."""
    return " ".join(_BREAKS.sub(" ", text).split())


async def same_phone(session: AsyncSession, phone: str) -> Subscriber | None:
    """Who an import or another platform already knows under this number (E.164), however it is
    spelled."""
    if not phone:
        return None
    found: Subscriber | None = await session.scalar(
        select(Subscriber)
        .where(col(Subscriber.phone).in_(also_written(phone)))
        .order_by(col(Subscriber.subscriber_id))
    )
    return found


async def addresses(session: AsyncSession, subscriber_id: int) -> list[Address]:
    """Everywhere this person is known to us."""
    rows = await session.scalars(
        select(Address)
        .where(Address.subscriber_id == subscriber_id)
        .order_by(col(Address.address_id))
    )
    return list(rows)


def _profile(subscriber: Subscriber, inbound: Inbound) -> None:
    """A name from a platform's profile follows that profile, and never replaces another's."""
    name = name_of(inbound.name)
    if name and (not subscriber.name or subscriber.named_by == PROFILE):
        subscriber.name, subscriber.named_by = name, PROFILE
    subscriber.phone = subscriber.phone or inbound.phone


async def _find(session: AsyncSession, inbound: Inbound, names: Iterable[str]) -> Address | None:
    """The address with one of these names: the newest that was called so, else one written so."""
    wanted = tuple(filter(None, names))
    if not wanted:
        return None
    newest = await session.scalar(
        select(AddressAlias.address_id)
        .where(
            AddressAlias.channel == inbound.channel,
            AddressAlias.account == inbound.account,
            col(AddressAlias.alias).in_(wanted),
        )
        .order_by(col(AddressAlias.alias_id).desc())
        .limit(1)
    )
    if newest is not None:
        return await session.get(Address, newest)
    return await _written(session, inbound, wanted)


async def _written(
    session: AsyncSession, inbound: Inbound, values: Iterable[str]
) -> Address | None:
    found: Address | None = await session.scalar(
        select(Address)
        .where(
            Address.channel == inbound.channel,
            Address.account == inbound.account,
            col(Address.value).in_(tuple(values)),
        )
        .order_by(col(Address.address_id))
        .limit(1)
    )
    return found


async def _add(core: Core, session: AsyncSession, inbound: Inbound) -> Address:
    subscriber = None
    if not await _is_anothers(session, inbound):
        subscriber = await same_phone(session, inbound.phone)
    if subscriber is None:
        subscriber = Subscriber(
            language=core.policy.language, language_by=reply_language.HOUSE, created_at=core.clock()
        )
        session.add(subscriber)
        await session.flush()
    address = Address(
        subscriber_id=subscriber.subscriber_id or 0, channel=inbound.channel,
        account=inbound.account, value=inbound.address,
    )  # fmt: skip
    session.add(address)
    await session.flush()
    return address


async def _is_anothers(session: AsyncSession, inbound: Inbound) -> bool:
    """Whether the number they have is known as that of somebody else, who has an id of their own
    too: numbers are given out again, ids are not."""
    numbers = {one.removeprefix("+") for one in also_written(inbound.phone)}
    if not numbers - {inbound.address}:
        return False
    found = await session.scalar(
        select(AddressAlias.alias_id)
        .join(Address, col(Address.address_id) == AddressAlias.address_id)
        .where(
            AddressAlias.channel == inbound.channel, AddressAlias.account == inbound.account,
            col(AddressAlias.alias).in_(numbers),
            col(Address.value).not_in({*numbers, inbound.address}),
        )
        .limit(1)
    )  # fmt: skip
    return found is not None


async def _remember(session: AsyncSession, inbound: Inbound, address: Address) -> None:
    """Each name the platform has for this address, once; one that was another's is theirs now."""
    names = {inbound.address, *inbound.aliases, inbound.previous_address} - {"", address.value}
    if not names:
        return
    here = (
        AddressAlias.channel == inbound.channel,
        AddressAlias.account == inbound.account,
        col(AddressAlias.alias).in_(names),
    )
    known = await session.execute(
        select(AddressAlias.alias, AddressAlias.address_id)
        .where(*here)
        .order_by(col(AddressAlias.alias_id))
    )
    newest: dict[str, int] = {row.alias: row.address_id for row in known}
    fresh = [name for name in sorted(names) if newest.get(name) != address.address_id]
    if not fresh:
        return
    for old in await session.scalars(
        select(AddressAlias).where(
            *here, AddressAlias.address_id == address.address_id,
            col(AddressAlias.alias).in_(fresh),
        )
    ):  # fmt: skip
        await session.delete(old)
    await session.flush()
    row: dict[str, object] = {"channel": inbound.channel, "account": inbound.account}
    row["address_id"] = address.address_id
    await session.execute(insert(AddressAlias), [row | {"alias": name} for name in fresh])


async def _moved(
    core: Core, session: AsyncSession, inbound: Inbound, address: Address
) -> Subscriber | None:
    """The platform tells that a person was somewhere else before: consent and what they told the
    platform come along, once. Returns the person both addresses are from now on, if it is news.

    An opt-out of either stands (facts: a changed business-scoped id must not undo a STOP).
    """
    old = await _written(session, inbound, (inbound.previous_address,))
    old = old or await _written(session, inbound, inbound.aliases)
    if old is None or old.address_id == address.address_id:
        return None
    if await session.scalar(  # here, or to another: then it is a number that was given out again
        select(ConsentEvent)
        .join(Address, col(Address.address_id) == ConsentEvent.address_id)
        .where(
            ConsentEvent.kind == "moved", ConsentEvent.source == old.value,
            Address.channel == inbound.channel, Address.account == inbound.account,
        )
        .limit(1)
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
    moved = frozenset({old.address_id, address.address_id})  # of these it is decided above
    await _carry_refusals(core, session, inbound, old, address, but=moved)
    address.wrote_at = max(address.wrote_at or 0.0, old.wrote_at or 0.0) or None
    address.capped_until = max(address.capped_until or 0.0, old.capped_until or 0.0) or None
    address.asked_at = address.asked_at or old.asked_at
    await window.move_waiting(session, old, address)
    old.suppressed = Reason.UNREACHABLE.value
    if old.consent == ConsentStatus.OPTED_IN:  # it went along, and is no second place of theirs
        old.consent = ConsentStatus.NONE
    other = await session.get(Subscriber, address.subscriber_id)
    assert other is not None
    await joining.join(core, session, old.subscriber_id, other)
    return await session.get(Subscriber, old.subscriber_id)


async def _on_other_accounts(
    core: Core, session: AsyncSession, inbound: Inbound, address: Address
) -> None:
    """Who is known under the same id on another of our accounts is the same person; what they had
    refused on one of them, before they agreed on another, counts on all."""
    accounts = [
        account for channel, account in core.channels
        if channel == inbound.channel and account != inbound.account
    ]  # fmt: skip
    if not accounts:
        return
    same_id = await session.scalars(
        select(Address)
        .where(
            Address.channel == inbound.channel, col(Address.account).in_(accounts),
            Address.value == inbound.address,
        )
        .order_by(col(Address.address_id))
    )  # fmt: skip
    for other in list(same_id):
        if other.subscriber_id == address.subscriber_id:
            continue
        await _carry_refusals(core, session, inbound, other, address)
        person = await session.get(Subscriber, address.subscriber_id)
        assert person is not None
        session.add(
            ConsentEvent(
                address_id=address.address_id or 0, channel=inbound.channel, kind="linked",
                at=core.clock(), how="platform", event_id=inbound.event_id,
            )
        )  # fmt: skip
        await session.flush()
        await joining.join(core, session, other.subscriber_id, person)
        await session.refresh(address)


async def _carry_refusals(
    core: Core, session: AsyncSession, inbound: Inbound, old: Address, new: Address,
    but: frozenset[int | None] = frozenset(),
) -> None:  # fmt: skip
    """A refusal of one who turns out to be the other ends, there too, what was agreed to before it;
    who agreed after it has had the last word."""
    for refused, person in ((old, new.subscriber_id), (new, old.subscriber_id)):
        left = await _last(session, refused, "opt_out")
        if left is None or refused.consent != ConsentStatus.OPTED_OUT:
            continue
        for one in await addresses(session, person):
            agreed = await _last(session, one, "opt_in")
            known = one.address_id in but
            if known or one.consent != ConsentStatus.OPTED_IN or (agreed and agreed.at > left.at):
                continue
            one.consent = ConsentStatus.OPTED_OUT
            core.revoked.add(one.address_id or 0)
            session.add(
                ConsentEvent(
                    address_id=one.address_id or 0, channel=one.channel, kind="opt_out",
                    at=core.clock(), how="elsewhere", event_id=inbound.event_id,
                )
            )  # fmt: skip


async def _last(session: AsyncSession, address: Address, kind: str) -> ConsentEvent | None:
    found: ConsentEvent | None = await session.scalar(
        select(ConsentEvent)
        .where(ConsentEvent.address_id == address.address_id, ConsentEvent.kind == kind)
        .order_by(col(ConsentEvent.consent_event_id).desc())
        .limit(1)
    )
    return found
