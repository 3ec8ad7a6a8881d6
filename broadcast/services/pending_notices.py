"""What the team has still to be told: kept in the transaction it tells of, gone once it was shown.

A process that is killed in between tells it after its next start; at worst twice, never not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.models import Admin, AdminIdentity, Notice

OF_THE_HOUSE = 0  # in place of a broadcast: news of an account or of the team
_ALSO = "also_for"  # among its details: an admin_id
_BUT, _ONLY, _PLACE = "but_not", "only_for", "place"
_WORDS, _CALM, _BUTTONS = "catalog_words", "calm", "buttons"
_KEYS = frozenset({_ALSO, _BUT, _ONLY, _PLACE, _WORDS, _CALM, _BUTTONS})
Buttons = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it is kept: to whom, and how it reads.

    For the owners (not `but`) and the admin `also`; or for the admin `only`; or, whether somebody
    is of the team or not, at `place` (frontend, conversation, language). `words` are the values
    that are catalog words themselves; `buttons` are (catalog label, command line); `calm`: nothing
    is wrong.
    """

    sentence: str
    values: Mapping[str, Any]
    also: int | None = None
    but: tuple[int, ...] = ()
    only: int | None = None
    place: tuple[str, str, str] | None = None
    words: tuple[str, ...] = ()
    buttons: Buttons = ()
    calm: bool = False


def read(row: Notice) -> Told:
    """The row of a notice of the house."""
    d = row.details
    place = d.get(_PLACE)
    return Told(
        row.sentence, {k: v for k, v in d.items() if k not in _KEYS}, d.get(_ALSO),
        tuple(d.get(_BUT, ())), d.get(_ONLY), (place[0], place[1], place[2]) if place else None,
        tuple(d.get(_WORDS, ())), tuple((b[0], b[1]) for b in d.get(_BUTTONS, ())),
        bool(d.get(_CALM)),
    )  # fmt: skip


def add(session: AsyncSession, told: Told) -> None:
    """Keep it in the transaction of what it tells of; `Event("account")` rings the bell later."""
    kept = {
        _ALSO: told.also, _BUT: list(told.but), _ONLY: told.only, _WORDS: list(told.words),
        _PLACE: list(told.place) if told.place else None,
        _BUTTONS: [list(one) for one in told.buttons], _CALM: told.calm,
    }  # fmt: skip
    details = {**told.values, **{key: value for key, value in kept.items() if value}}
    session.add(Notice(broadcast_id=OF_THE_HOUSE, sentence=told.sentence, details=details))


def team_news(
    session: AsyncSession, sentence: str, values: Mapping[str, Any], *but: Admin,
    words: tuple[str, ...] = (), calm: bool = True,
) -> None:  # fmt: skip
    """For every owner, except who did it and was answered, or is told in other words."""
    numbers = tuple(admin.admin_id or 0 for admin in but)
    add(session, Told(sentence, values, but=numbers, words=words, calm=calm))


def personal(
    session: AsyncSession, to: Admin, sentence: str, values: Mapping[str, Any],
    words: tuple[str, ...] = (), buttons: Buttons = (),
) -> None:  # fmt: skip
    """For one admin, on each of their consoles."""
    told = Told(sentence, values, only=to.admin_id, words=words, buttons=buttons, calm=True)
    add(session, told)


def farewell(
    session: AsyncSession, at: AdminIdentity, to: Admin, sentence: str, values: Mapping[str, Any]
) -> None:
    """For somebody who is not of the team any more by the time they read it."""
    place = (at.frontend, at.conversation, to.language)
    add(session, Told(sentence, values, place=place, calm=True))


async def keep(
    core: Core, sentence: str, values: dict[str, object], also: int | None = None
) -> None:
    """News of no broadcast: a catalog sentence and its values; for the owners, and for the admin
    `also`."""
    async with core.store.write() as session:
        add(session, Told(sentence, values, also=also))


async def latest(core: Core, broadcast_id: int) -> int:
    """The last notice_id about it; 0 when nothing is owed."""
    async with core.store.read() as session:
        found = await session.scalar(
            select(func.max(Notice.notice_id)).where(Notice.broadcast_id == broadcast_id)
        )
        return int(found or 0)


async def owed(core: Core) -> list[int]:
    """The broadcasts somebody has still to be told about."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Notice.broadcast_id)
            .where(Notice.broadcast_id != OF_THE_HOUSE)
            .distinct()
            .order_by(col(Notice.broadcast_id))
        )
        return list(rows)


async def of_the_house(core: Core) -> list[Notice]:
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Notice)
            .where(Notice.broadcast_id == OF_THE_HOUSE)
            .order_by(col(Notice.notice_id))
        )
        return list(rows)


async def shown(core: Core, broadcast_id: int, up_to: int) -> None:
    """Everybody concerned has seen it as it was at this notice_id."""
    async with core.store.write() as session:
        await session.execute(
            delete(Notice).where(
                col(Notice.broadcast_id) == broadcast_id, col(Notice.notice_id) <= up_to
            )
        )
