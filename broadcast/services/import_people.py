"""People from a list, met as everybody else is: under every name they have, in a handful of
statements for all of a list's lines. Who left under any of them is not opted in again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col, select

from broadcast.clock import utc_now
from broadcast.language import choose
from broadcast.models import Address, AddressAlias, ConsentEvent, ConsentStatus, Subscriber
from broadcast.outcome import Reason
from broadcast.phone import also_written, language_of
from broadcast.services import reply_language
from broadcast.services.person import IMPORT, name_of

_ACCOUNT = "default"
_Name = tuple[str, str, str]  # channel, account, and what somebody is called there
# A refusal that is the person's and not one address's trouble.
_REFUSED = frozenset({Reason.PLATFORM_STOP.value, Reason.BLOCKED.value})


@dataclass(slots=True)
class Line:
    """One line of a list, checked. `spellings` begin with the address; `phone` in E.164 or empty."""

    channel: str
    spellings: tuple[str, ...]
    phone: str = ""
    name: str = ""
    language: str = ""
    timezone: str = ""
    consent: str = ""
    source: str = ""
    suppressed: str = ""  # of an address that is new to us
    at: datetime | None = None  # when they agreed or left; None: now
    account: str = _ACCOUNT
    everywhere: bool = False  # the address is theirs on every account of the platform

    @property
    def names(self) -> list[_Name]:
        return [(self.channel, self.account, spelling) for spelling in self.spellings]


class Taken(NamedTuple):
    """What became of a line: whose it is, whether its consent stands (False: they had left, and stay
    out), and whether nobody knew this person before."""

    subscriber_id: int
    stands: bool
    new: bool


async def take(session: AsyncSession, lines: Sequence[Line], language: str) -> list[Taken]:
    """Take in these lines, in their order. `language` of those of whom none is known."""
    book = await _known(session, lines)
    places = [book.place(line, language) for line in lines]
    new = [not place.person.subscriber_id for place in places]
    stands = [book.agree(line, place) for line, place in zip(lines, places, strict=True)]
    await book.write_people(session)
    await book.write_consent(session)
    whose = (place.person.subscriber_id for place in places)
    return list(map(Taken, whose, stands, new))


@dataclass(slots=True, eq=False)
class _Person:
    subscriber_id: int
    language: str
    values: dict[str, str] = field(default_factory=dict)  # to be written
    places: list[_Place] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Place:
    """One address of a person; `address_id` 0 until it is written."""

    person: _Person
    channel: str
    value: str
    address_id: int = 0
    consent: str = ConsentStatus.NONE
    suppressed: str = ""
    account: str = _ACCOUNT
    asked: bool = False  # whether they want to leave: nothing new begins before they answer
    changed: bool = False


class _Book:
    """Whom the lines are about, as far as they are known, and what is to be written of them."""

    def __init__(self) -> None:
        self.by_id: dict[int, _Place] = {}
        self.people: dict[int, _Person] = {}
        self.written: dict[_Name, _Place] = {}  # by the address itself
        self.called: dict[_Name, list[_Place]] = {}  # by a name beside it, the newest last
        self.by_phone: dict[str, _Person] = {}
        self.anywhere: dict[tuple[str, str], _Person] = {}  # by channel and address
        self._new_people: list[_Person] = []
        self._new_places: list[_Place] = []
        self._events: list[tuple[_Place, dict[str, object]]] = []
        self._now = utc_now()

    def add(self, row: Address, language: str) -> None:
        """An address that is in the database."""
        person = self.people.setdefault(row.subscriber_id, _Person(row.subscriber_id, language))
        place = _Place(
            person, row.channel, row.value, row.address_id or 0, row.consent, row.suppressed,
            row.account, row.asked_at is not None,
        )  # fmt: skip
        person.places.append(place)
        self.by_id[place.address_id] = place
        self.written[row.channel, row.account, row.value] = place
        self.anywhere.setdefault((row.channel, row.value), person)

    def place(self, line: Line, language: str) -> _Place:
        """Where the line's person is, made if nobody is there; what it tells of them is noted."""
        place = self._find(line)
        if place is None:
            place = self._make(line, language)
        values = place.person.values
        if name := name_of(line.name):
            values |= {"name": name, "named_by": IMPORT}
        for name in ("language", "timezone"):
            if told := getattr(line, name):
                values[name] = told
        if line.language:
            values["language_by"] = reply_language.LIST
        place.person.language = values.get("language", place.person.language)
        return place

    def _find(self, line: Line) -> _Place | None:
        for name in line.names:
            if known := self.called.get(name):
                return known[-1]
        return next((self.written[name] for name in line.names if name in self.written), None)

    def _make(self, line: Line, language: str) -> _Place:
        person = self.by_phone.get(line.phone) if line.phone else None
        here = line.channel, line.spellings[0]
        if person is None and line.everywhere:
            person = self.anywhere.get(here)
        if person is None:
            person = _new_person(line.phone, language)
            self._new_people.append(person)
            for phone in also_written(line.phone):
                self.by_phone[phone] = person
        place = _Place(
            person, line.channel, line.spellings[0], suppressed=line.suppressed,
            account=line.account,
        )  # fmt: skip
        person.places.append(place)
        self._new_places.append(place)
        self.written[line.names[0]] = place
        self.anywhere.setdefault(here, person)
        return place

    def agree(self, line: Line, place: _Place) -> bool:
        wanted = line.consent or ConsentStatus.NONE.value
        if wanted == ConsentStatus.OPTED_OUT:  # a refusal is the person's
            for one in place.person.places:
                if one is place or one.consent != ConsentStatus.OPTED_OUT:
                    self._set(one, wanted, line)
            return True
        if wanted == ConsentStatus.OPTED_IN:
            if self._left(line, place):
                return False
            self._set(place, wanted, line)
        return True

    def _left(self, line: Line, place: _Place) -> bool:
        """Whether the person left here, under any name of this address, or everywhere."""
        named = [one for name in line.names for one in self.called.get(name, ())]
        named += [self.written[name] for name in line.names if name in self.written]
        refused = any(
            one.consent == ConsentStatus.OPTED_OUT or one.suppressed in _REFUSED for one in named
        )
        known = [one for one in place.person.places if one is not place]
        gone = bool(known) and all(one.consent == ConsentStatus.OPTED_OUT for one in known)
        gone = gone or any(one.asked for one in known)
        out = place.consent == ConsentStatus.OPTED_OUT or bool(place.suppressed)
        return refused or out or (gone and place.consent != ConsentStatus.OPTED_IN)

    def _set(self, place: _Place, consent: str, line: Line) -> None:
        if place.consent == consent:
            return
        place.consent, place.changed = consent, True
        event: dict[str, object] = {
            "channel": place.channel,
            "kind": "opt_in" if consent == ConsentStatus.OPTED_IN else "opt_out",
            "at": line.at or self._now, "language": place.person.language, "how": IMPORT,
            "source": f"import: {line.source}" if line.source else "import",
            "wording": "", "wording_version": "", "event_id": "",
        }  # fmt: skip
        self._events.append((place, event))

    async def write_people(self, session: AsyncSession) -> None:
        """Who is new, with what they agreed to; and what is news of the others."""
        fresh = [
            {"name": "", "named_by": "", "timezone": "", "preferred": "", "created_at": self._now}
            | {"language": one.language, "language_by": reply_language.HOUSE} | one.values
            for one in self._new_people
        ]  # fmt: skip
        if fresh:
            ids = await _add(session, Subscriber, col(Subscriber.subscriber_id), fresh)
            for person, subscriber_id in zip(self._new_people, ids, strict=True):
                person.subscriber_id = subscriber_id
        await self._update_people(session)
        if not self._new_places:
            return
        rows = [
            {"subscriber_id": one.person.subscriber_id, "channel": one.channel, "value": one.value}
            | {"account": one.account, "consent": one.consent}
            | {"suppressed": one.suppressed}
            for one in self._new_places
        ]
        ids = await _add(session, Address, col(Address.address_id), rows)
        for place, address_id in zip(self._new_places, ids, strict=True):
            place.address_id = address_id

    async def _update_people(self, session: AsyncSession) -> None:
        connection = await session.connection()
        new = set(map(id, self._new_people))
        for columns in (("name", "named_by"), ("language", "language_by"), ("timezone",)):
            told = [
                {"its_id": one.subscriber_id}
                | {f"new_{name}": one.values[name] for name in columns}
                for one in self.people.values()
                if id(one) not in new and columns[0] in one.values
            ]
            if told:
                statement = update(Subscriber).where(
                    col(Subscriber.subscriber_id) == bindparam("its_id")
                )
                if columns[0] == "language":  # what they chose themselves stays
                    statement = statement.where(
                        col(Subscriber.language_by) != reply_language.CHOSEN
                    )
                values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
                await connection.execute(statement.values(values), told)

    async def write_consent(self, session: AsyncSession) -> None:
        """What the lines changed, and the ledger's lines of it."""
        connection = await session.connection()
        new = set(map(id, self._new_places))
        changed = {id(place): place for place, _ in self._events if id(place) not in new}
        if changed:
            statement = update(Address).where(col(Address.address_id) == bindparam("its_id"))
            await connection.execute(
                statement.values(consent=bindparam("now")),
                [{"its_id": one.address_id, "now": one.consent} for one in changed.values()],
            )
        if self._events:
            lines = [event | {"address_id": place.address_id} for place, event in self._events]
            await connection.execute(insert(ConsentEvent), lines)


def _new_person(phone: str, language: str) -> _Person:
    """Somebody of whom no language is told reads that of their number's country, else the house's."""
    guess = choose(language_of(phone), "")
    if not guess:
        return _Person(0, language, {"phone": phone})
    return _Person(0, guess, {"phone": phone, "language_by": reply_language.NUMBER})


async def _add(
    session: AsyncSession, table: type[SQLModel], key: Any, rows: list[dict[str, Any]]
) -> list[int]:
    """Insert the rows; their ids in the same order. SQLite gives them in the order of the rows, and
    would be asked row by row to return them so."""
    connection = await session.connection()
    in_order = connection.dialect.name == "sqlite"
    statement = insert(table).returning(key, sort_by_parameter_order=not in_order)
    ids = [int(one) for one in (await connection.execute(statement, rows)).scalars()]
    return sorted(ids) if in_order else ids


async def _known(session: AsyncSession, lines: Sequence[Line]) -> _Book:
    book = _Book()
    names: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        names.setdefault((line.channel, line.account), set()).update(line.spellings)
    for channel in {line.channel for line in lines if line.everywhere}:
        same_ids = {line.spellings[0] for line in lines if line.channel == channel}
        for account in await _accounts(session, channel):
            names.setdefault((channel, account), set()).update(same_ids)
    called: list[tuple[_Name, int]] = []
    ids: set[int] = set()
    for (channel, account), wanted in names.items():
        aliases = await session.execute(
            select(AddressAlias.alias, AddressAlias.address_id)
            .where(
                AddressAlias.channel == channel, AddressAlias.account == account,
                col(AddressAlias.alias).in_(wanted),
            )
            .order_by(col(AddressAlias.alias_id))
        )  # fmt: skip
        called += [((channel, account, row.alias), row.address_id) for row in aliases]
        written = await session.scalars(
            select(Address.address_id).where(
                Address.channel == channel, Address.account == account,
                col(Address.value).in_(wanted),
            )
        )  # fmt: skip
        ids |= {one for one in written if one}
    ids |= {address_id for _, address_id in called}
    await _load(session, book, ids, [line.phone for line in lines if line.phone])
    for name, address_id in called:
        if address_id in book.by_id:
            book.called.setdefault(name, []).append(book.by_id[address_id])
    return book


async def _accounts(session: AsyncSession, channel: str) -> list[str]:
    """Those that somebody has an address on; each is one look into the index."""
    found: list[str] = []
    while True:
        after = col(Address.account) > found[-1] if found else sa.true()
        query = select(func.min(Address.account)).where(Address.channel == channel, after)
        account = await session.scalar(query)
        if account is None:
            return found
        found.append(account)


async def _load(
    session: AsyncSession, book: _Book, address_ids: set[int], phones: Iterable[str]
) -> None:
    """These people whole: with every address they have."""
    people: set[int] = set()
    if address_ids:
        people |= set(
            await session.scalars(
                select(Address.subscriber_id).where(col(Address.address_id).in_(address_ids))
            )
        )
    numbers = {spelling for phone in phones for spelling in also_written(phone)}
    found: dict[str, int] = {}
    if numbers:
        rows = await session.execute(
            select(Subscriber.phone, Subscriber.subscriber_id)
            .where(col(Subscriber.phone).in_(numbers))
            .order_by(col(Subscriber.subscriber_id).desc())
        )
        for phone, subscriber_id in rows:
            found |= dict.fromkeys(also_written(phone), subscriber_id or 0)
        people |= set(found.values())
    if not people:
        return
    told = await session.execute(
        select(Subscriber.subscriber_id, Subscriber.language).where(
            col(Subscriber.subscriber_id).in_(people)
        )
    )
    for subscriber_id, language in told:
        book.people[subscriber_id or 0] = _Person(subscriber_id or 0, language)
    rows_ = await session.scalars(
        select(Address)
        .where(col(Address.subscriber_id).in_(people))
        .order_by(col(Address.address_id))
    )
    for row in rows_:
        book.add(row, "")
    book.by_phone = {phone: book.people[one] for phone, one in found.items() if one in book.people}
