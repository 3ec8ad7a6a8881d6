"""A word that may be a refusal: we ask, and nothing is sent to that person before they answer.

One question stands for all their addresses, however often and wherever they wrote such words. It is
kept with each address, where claims read it. Who never answers has left (docs/decisions/0059).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from broadcast.context import Core
from broadcast.inbound import Answer, Choice
from broadcast.language import N_, Speech
from broadcast.models import Address, ConsentEvent, ConsentStatus

LEAVE, STAY = "out", "stay"  # the data of the two buttons
UNANSWERED_FOR = timedelta(days=7)  # then silence is taken for the refusal it may be
ANSWERED_BY_WORD_FOR = timedelta(days=3)  # a bare YES later than that may mean anything
_SAID_AGAIN_AFTER = timedelta(hours=1)
_ASKED, _UNANSWERED = "asked", "unanswered"
_AT_ONCE = 500
QUESTION = N_(
    "Shall *{sender}* stop writing to you? Nothing is sent to you before you answer. Press a button, "
    "or write STOP to leave."
)


async def asked_at(session: AsyncSession, subscriber_id: int) -> datetime | None:
    """Since when a question stands; None: there is none."""
    known = await _addresses(session, subscriber_id)
    stands = [one.asked_at for one in known if one.asked_at is not None]
    return min(stands, default=None)


async def hold_and_ask(core: Core, session: AsyncSession, address: Address) -> bool:
    """Hold everything to this person until they answer. False for somebody who gets nothing from
    us anyway: there is nothing to hold."""
    known = await _addresses(session, address.subscriber_id)
    if not any(one.consent == ConsentStatus.OPTED_IN for one in known):
        return False
    since = min((one.asked_at for one in known if one.asked_at), default=core.clock())
    for one in known:
        one.asked_at = since
        core.revoked.add(one.address_id or 0)  # before the commit, as for an opt-out
    return True


async def question_for(
    core: Core, session: AsyncSession, address: Address, speech: Speech, event_id: str
) -> list[Answer]:
    """The question, noted in the ledger as shown; not again to the same place within the hour."""
    last = await session.scalar(
        select(ConsentEvent)
        .where(
            col(ConsentEvent.address_id) == address.address_id,
            col(ConsentEvent.kind) == _ASKED,
        )
        .order_by(col(ConsentEvent.consent_event_id).desc())
        .limit(1)
    )
    shown = last is not None and address.asked_at is not None and last.at >= address.asked_at
    lately = last is not None and last.at > core.clock() - _SAID_AGAIN_AFTER
    if shown and lately and last is not None and last.event_id != event_id:
        return []
    words = speech.say(QUESTION, sender=core.policy.sender_name)
    if last is None or last.event_id != event_id:
        session.add(
            ConsentEvent(
                address_id=address.address_id or 0, channel=address.channel, kind=_ASKED,
                at=core.clock(), how="word", wording=words.text, language=speech.language,
                event_id=event_id,
            )
        )  # fmt: skip
    return [Answer(words, choices(speech))]


def choices(speech: Speech) -> tuple[tuple[Choice, ...], ...]:
    """The two answers as buttons."""
    leave = Choice(speech.plain(N_("Yes, leave")), LEAVE)
    stay = Choice(speech.plain(N_("No, stay")), STAY)
    return (leave,), (stay,)


async def take_answer(
    core: Core, session: AsyncSession, subscriber_id: int, *, leaves: bool = False
) -> bool:
    """They answered; who does not leave is written to again. Returns whether a question stood."""
    stood = False
    for one in await _addresses(session, subscriber_id):
        if one.asked_at is None:
            continue
        stood, one.asked_at = True, None
        if not leaves and one.consent == ConsentStatus.OPTED_IN and not one.suppressed:
            core.revoked.discard(one.address_id or 0)
    return stood


async def carry_over(core: Core, session: AsyncSession, subscriber_id: int) -> None:
    """People became one: a question to one of them is a question to the one they are."""
    since = await asked_at(session, subscriber_id)
    if since is not None:
        for one in await _addresses(session, subscriber_id):
            one.asked_at = since
            core.revoked.add(one.address_id or 0)


async def expire(core: Core) -> int:
    """Whoever was asked too long ago and never answered has left. Returns at how many addresses."""
    now = core.clock()
    async with core.store.write() as session:
        found = await session.scalars(
            select(Address).where(col(Address.asked_at) < now - UNANSWERED_FOR).limit(_AT_ONCE)
        )
        left = list(found)
        for address in left:
            address.asked_at = None
            core.revoked.add(address.address_id or 0)
            if address.consent != ConsentStatus.OPTED_IN:
                continue
            address.consent = ConsentStatus.OPTED_OUT
            session.add(
                ConsentEvent(
                    address_id=address.address_id or 0, channel=address.channel, kind="opt_out", at=now,
                    how=_UNANSWERED,
                )
            )  # fmt: skip
    return len(left)


async def _addresses(session: AsyncSession, subscriber_id: int) -> list[Address]:
    rows = await session.scalars(
        select(Address)
        .where(col(Address.subscriber_id) == subscriber_id)
        .order_by(col(Address.address_id))
    )
    return list(rows)
