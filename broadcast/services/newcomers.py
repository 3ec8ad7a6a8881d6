"""What a newcomer may still ask for: the newest announcements of the last days whose author said so.

Each becomes a delivery of its broadcast, planned late: claimed, paced, sent as approved and counted like
any other (docs/decisions/0091).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.models import Address, Broadcast, Subscriber
from broadcast.services import approval_standing
from broadcast.services.audit import change_status
from broadcast.states import BroadcastStatus

OPEN, CHOICE = "open", "newcomers"  # the author's choice, in the audience; else it is closed
DAYS, MOST = 7, 3
WORDS = frozenset({"last", "son"})  # written or as a command; also "son duyurular"
PHRASES = frozenset({"last messages", "last announcements", "son duyurular", "son mesajlar"})
_S = BroadcastStatus
_RUNS = (_S.SENDING, _S.WAITING, _S.COMPLETED)
_GOES_ON = frozenset({_S.WAITING, _S.COMPLETED})

# Read from the ledger of consent, of which no line is ever taken out: whether this address agreed after
# the launch, and none of the person's could have been in its audience. An address that agreed, or left
# first, without such a line from before was taken over from elsewhere, and counts as one that was there.
_NEWCOMER = text("""SELECT EXISTS (SELECT 1 FROM consent_event e WHERE e.address_id = :address_id
AND e.kind = 'opt_in' AND e.consent_event_id > :mark)
AND NOT EXISTS (SELECT 1 FROM address a WHERE a.subscriber_id = :person AND COALESCE(
(SELECT e.kind FROM consent_event e WHERE e.address_id = a.address_id AND e.consent_event_id <= :mark
    AND e.kind IN ('opt_in', 'opt_out', 'declined') ORDER BY e.consent_event_id DESC LIMIT 1),
(SELECT CASE e.kind WHEN 'opt_out' THEN 'opt_in' ELSE 'none' END FROM consent_event e
    WHERE e.address_id = a.address_id AND e.kind IN ('opt_in', 'opt_out', 'declined')
    ORDER BY e.consent_event_id LIMIT 1),
CASE a.consent WHEN 'opted_in' THEN 'opt_in' ELSE 'none' END) = 'opt_in')""")
_ASKED_BEFORE = text("""SELECT EXISTS (SELECT 1 FROM asked_for f JOIN address a
ON a.address_id = f.address_id WHERE a.subscriber_id = :person AND f.broadcast_id = :broadcast_id)""")
_PLAN = text("""INSERT INTO delivery (broadcast_id, lane_id, address_id, status, attempt)
SELECT l.broadcast_id, l.lane_id, :address_id, 0, 0 FROM lane l WHERE l.broadcast_id = :broadcast_id
AND l.channel = :channel AND l.account = :account RETURNING delivery_id, lane_id""")
_COUNT_LANE = text("UPDATE lane SET planned = planned + 1 WHERE lane_id = :lane_id")
_NOTE = text("""INSERT INTO asked_for (delivery_id, broadcast_id, address_id)
VALUES (:delivery_id, :broadcast_id, :address_id)""")


async def missed(
    core: Core, session: AsyncSession, person: Subscriber, address: Address
) -> list[Broadcast]:
    """The newest first; only what can be sent to this address as it was approved."""
    found = []
    for row in await _newest(core, session, person):
        if await _may_have(core, session, row, person, address):
            found.append(row)
    return found


async def ask(core: Core, session: AsyncSession, person: Subscriber, address: Address) -> int:
    """Send this person what they missed, each once however often they ask. Returns how many come."""
    planned = 0
    for row in reversed(await missed(core, session, person, address)):
        if await _plan(session, row, address):
            planned += 1
    if planned:
        core.wake.set()
    return planned


async def _newest(core: Core, session: AsyncSession, person: Subscriber) -> list[Broadcast]:
    """The last few that are open to newcomers who read this language."""
    language = func.coalesce(Broadcast.audience["language"].as_string(), "")
    rows = await session.scalars(
        select(Broadcast)
        .where(
            col(Broadcast.launched_at) >= core.clock() - timedelta(days=DAYS),
            col(Broadcast.status).in_(_RUNS),
            col(Broadcast.planning_done),
            ~col(Broadcast.correcting),
            Broadcast.audience[CHOICE].as_string() == OPEN,
            language.in_(("", person.language)),
        )
        .order_by(col(Broadcast.launched_at).desc(), col(Broadcast.broadcast_id).desc())
        .limit(MOST)
    )
    return list(rows)


async def _may_have(
    core: Core, session: AsyncSession, row: Broadcast, person: Subscriber, address: Address
) -> bool:
    if (address.channel, address.account) not in core.channels:
        return False
    who = {"person": person.subscriber_id, "broadcast_id": row.broadcast_id}
    at = {"address_id": address.address_id, "mark": row.consent_mark}
    if not row.consent_mark or not await session.scalar(_NEWCOMER, who | at):
        return False
    if await session.scalar(_ASKED_BEFORE, who):
        return False
    return await approval_standing.content_changed(core, session, row) is None


async def _plan(session: AsyncSession, row: Broadcast, address: Address) -> bool:
    """One delivery more. False where it never went out on this account."""
    here = {"broadcast_id": row.broadcast_id, "address_id": address.address_id}
    place = {"channel": address.channel, "account": address.account}
    made = (await session.execute(_PLAN, here | place)).one_or_none()
    if made is None:
        return False
    delivery_id, lane_id = made
    await session.execute(_COUNT_LANE, {"lane_id": lane_id})
    await session.execute(_NOTE, here | {"delivery_id": delivery_id})
    row.planned_total += 1
    row.delivery_from = row.delivery_from or delivery_id
    row.delivery_to = max(row.delivery_to, delivery_id)
    if row.status in _GOES_ON:
        change_status(row, _S.SENDING)  # when it ended stays when it ended
    return True
