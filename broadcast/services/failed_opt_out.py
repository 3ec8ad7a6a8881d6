"""Who asked to leave when that could not be carried out: nothing more is sent to them, the team is
told, and it is tried again after the next start. It is never given up in silence (0068)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast import consent_words
from broadcast.consent_words import Verdict
from broadcast.context import Core
from broadcast.language import N_, channel_label
from broadcast.models import Address, AddressAlias, ConsentEvent, ConsentStatus, Inbox, Subscriber
from broadcast.phone import also_written
from broadcast.services import account_news

log = structlog.get_logger()
HELD = "unheard"  # the ledger's line, and how somebody left who had never agreed
_ANSWERED = ("opt_in", "opt_out", "declined", "stayed", "platform_stop")
_QUIET_SECONDS = 600.0
_TONGUES = frozenset({"language_code", "locale", "language"})  # Norwegian is no refusal
_MOST_WORDS, _MOST_TEXTS = 4096, 200
_TOLD = N_(
    "{channel}: somebody asked to leave and I could not carry it out ({error}); it is our fault. "
    "Nothing more is sent to them, and I try again at my next start. `tellal doctor` counts them; "
    "please show the log to whoever runs me."
)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose an update is: the account it came by, and every name and number they have there."""

    channel: str
    account: str
    names: tuple[str, ...]
    phones: tuple[str, ...] = ()


class Unheard:
    """What is done about updates that cannot be handled and may be a refusal."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._told_at: float | None = None

    async def mark(self, inbox_id: int) -> None:
        """Doctor sees it from now on, whatever else can be done about it."""
        async with self._core.store.write() as session:
            await session.execute(
                update(Inbox)
                .where(col(Inbox.inbox_id) == inbox_id, col(Inbox.failing_since).is_(None))
                .values(failing_since=self._core.clock())
            )

    async def hold(self, whose: Whose, event_id: str) -> None:
        """Send nothing more to them before they say what they meant. Safe to repeat."""
        async with self._core.store.write() as session:
            for one in await _addresses(session, whose) or await self._stranger(session, whose):
                self._core.revoked.add(one.address_id or 0)  # before the commit, as for an opt-out
                await self._close(session, one, event_id)

    async def tell(self, whose: Whose, error: str) -> None:
        """The team hears that one was given up; of many, not by each."""
        if self._told_at is None or monotonic() - self._told_at > _QUIET_SECONDS:
            self._told_at = monotonic()
            values: dict[str, object] = {"channel": channel_label(whose.channel), "error": error}
            await account_news.tell_owners(self._core, _TOLD, values)

    async def _stranger(self, session: AsyncSession, whose: Whose) -> list[Address]:
        """Known from now on, so that no list opts them in."""
        if not whose.names:
            return []
        core = self._core
        person = Subscriber(
            language=core.policy.language,
            created_at=core.clock(),
            phone=next(iter(whose.phones), ""),
        )
        session.add(person)
        await session.flush()
        address = Address(
            subscriber_id=person.subscriber_id or 0, channel=whose.channel, account=whose.account,
            value=whose.names[0],
        )  # fmt: skip
        session.add(address)
        await session.flush()
        for alias in whose.names[1:]:
            session.add(
                AddressAlias(
                    channel=whose.channel, account=whose.account, alias=alias,
                    address_id=address.address_id or 0,
                )
            )  # fmt: skip
        return [address]

    async def _close(self, session: AsyncSession, one: Address, event_id: str) -> None:
        """Who had agreed is asked what they meant, and has left if they never say; of others it is
        noted as the refusal it seems to be."""
        now, kind = self._core.clock(), HELD
        if one.consent == ConsentStatus.OPTED_IN:
            one.asked_at = one.asked_at or now
        elif one.consent != ConsentStatus.OPTED_OUT:
            one.consent, kind = ConsentStatus.OPTED_OUT, "opt_out"
        written = await session.scalar(
            select(ConsentEvent.consent_event_id).where(
                ConsentEvent.address_id == one.address_id, ConsentEvent.event_id == event_id,
                ConsentEvent.how == HELD,
            )
        )  # fmt: skip
        if written is None:
            session.add(
                ConsentEvent(
                    address_id=one.address_id or 0, channel=one.channel, kind=kind, at=now,
                    how=HELD, event_id=event_id,
                )
            )  # fmt: skip


async def _addresses(session: AsyncSession, whose: Whose) -> list[Address]:
    """Everywhere these people are known: by each of the names, on each channel."""
    here = Address.channel == whose.channel, Address.account == whose.account
    people = set(
        await session.scalars(
            select(Address.subscriber_id).where(*here, col(Address.value).in_(whose.names))
        )
    )
    people |= set(
        await session.scalars(
            select(Address.subscriber_id)
            .join(AddressAlias, col(AddressAlias.address_id) == Address.address_id)
            .where(
                AddressAlias.channel == whose.channel, AddressAlias.account == whose.account,
                col(AddressAlias.alias).in_(whose.names),
            )
        )
    )  # fmt: skip
    numbers = [one for phone in whose.phones for one in also_written(phone)]
    if not people and numbers:
        people = {
            one or 0
            for one in await session.scalars(
                select(Subscriber.subscriber_id).where(col(Subscriber.phone).in_(numbers))
            )
        }
    rows = await session.scalars(
        select(Address)
        .where(col(Address.subscriber_id).in_(people))
        .order_by(col(Address.address_id))
    )
    return list(rows)


async def failed_updates(session: AsyncSession) -> list[Inbox]:
    """What fails, or was given up, and has not come to anything since."""
    rows = await session.scalars(
        select(Inbox)
        .where(col(Inbox.failing_since).is_not(None), col(Inbox.handled).is_(False))
        .order_by(col(Inbox.inbox_id))
    )
    return list(rows)


async def forget_answered(core: Core) -> int:
    """Who has said since what they want, or has left by their silence, is heard; how many. An old
    refusal must not undo what they chose after it."""
    async with core.store.read() as session:
        if not await failed_updates(session):
            return 0
    count = 0
    async with core.store.write() as session:
        for row in await failed_updates(session):
            if await _has_answered(session, row.event_id):
                row.handled, row.payload = True, {}
                count += 1
    return count


async def _has_answered(session: AsyncSession, event_id: str) -> bool:
    """Whether anything was decided since they were held because of this event, or they agree to
    nothing anyway."""
    held = (ConsentEvent.how == HELD, ConsentEvent.event_id == event_id)
    since = await session.scalar(select(func.min(ConsentEvent.consent_event_id)).where(*held))
    where = select(ConsentEvent.address_id).where(*held)
    theirs = select(Address.subscriber_id).where(col(Address.address_id).in_(where))
    everywhere = select(Address.address_id).where(col(Address.subscriber_id).in_(theirs))
    said = await session.scalar(
        select(ConsentEvent.consent_event_id)
        .where(
            col(ConsentEvent.address_id).in_(everywhere),
            col(ConsentEvent.kind).in_(_ANSWERED),
            ConsentEvent.how != HELD,
            col(ConsentEvent.consent_event_id) > (since or 0),
        )
        .limit(1)
    )
    agrees = await session.scalar(
        select(Address.address_id)
        .where(
            col(Address.address_id).in_(everywhere), Address.consent == ConsentStatus.OPTED_IN
        )
        .limit(1)
    )  # fmt: skip
    return since is not None and (said is not None or agrees is None)


def may_leave(update: object) -> bool:
    """Whether anything in an update reads as a refusal, or as something that may be one."""
    return any(
        consent_words.verdict(text).verdict in {Verdict.OUT, Verdict.ASK}
        for text in _texts([update])
    )


def _texts(level: list[Any]) -> Iterable[str]:
    found = 0
    while level:
        level = [inner for one in level for inner in _inside(one)]
        for one in level:
            if isinstance(one, str) and len(one) <= _MOST_WORDS and found < _MOST_TEXTS:
                found += 1
                yield one


def _inside(value: object) -> Iterable[Any]:
    if isinstance(value, dict):
        return [inner for key, inner in value.items() if key not in _TONGUES]
    return value if isinstance(value, list) else ()
