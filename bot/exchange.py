"""People in from CSV, people and deliveries out to CSV, line by line."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

import channels
from bot.progress import Step, silent
from broadcast import timezone as zones
from broadcast.clock import utc_now
from broadcast.language import languages
from broadcast.machine import DeliveryStatus
from broadcast.models import Address, ConsentEvent, ConsentStatus, Subscriber
from broadcast.store.session import Store
from broadcast.store.upgrade import upgrade

COLUMNS = ("channel", "address", "name", "language", "timezone", "consent", "source")
_REQUIRED = ("channel", "address")
_CHUNK = 500
EXPORTS = {
    "subscribers": (
        (*COLUMNS[:6], "suppressed"),
        """SELECT a.channel, a.value, s.name, s.language, s.timezone, a.consent, a.suppressed
        FROM address a JOIN subscriber s ON s.subscriber_id = a.subscriber_id
        ORDER BY a.address_id""",
    ),
    "deliveries": (
        ("broadcast", "delivery", "channel", "address", "name", "status", "attempts", "sent_at",
         "reason", "detail", "receipt"),
        """SELECT d.broadcast_id, d.delivery_id, a.channel, a.value, s.name, d.status, d.attempt,
        d.sent_at, d.reason, d.detail, d.receipt
        FROM delivery d JOIN address a ON a.address_id = d.address_id
        JOIN subscriber s ON s.subscriber_id = a.subscriber_id
        WHERE :broadcast = 0 OR d.broadcast_id = :broadcast ORDER BY d.delivery_id""",
    ),
}  # fmt: skip


class WrongFile(Exception):
    """The file as a whole cannot be read; nothing was imported."""


class _BadLine(Exception):
    """Why one line cannot be taken."""


@dataclass
class Imported:
    """What became of a file. `kept_out`: people who had left; they stay out."""

    rejected_file: Path
    taken: int = 0
    kept_out: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class _Line:
    number: int
    values: dict[str, str]


async def import_file(
    database_url: str, file: Path, language: str = "en", step: Step = silent
) -> Imported:
    """Take in the good lines; list the bad ones, with why, in FILE.rejected.csv."""
    done = Imported(file.with_name(file.stem + ".rejected.csv"))
    bad: list[tuple[_Line, str]] = []
    await upgrade(database_url)
    store = Store(database_url)
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            good: list[_Line] = []
            lines, last = _read(opened)
            for line in lines:
                try:
                    _check(line.values)
                except _BadLine as why:
                    bad.append((line, str(why)))
                    continue
                good.append(line)
                if len(good) == _CHUNK:
                    await _take(store, good, done, language)
                    good = []
                    step("people", line.number, last)
            await _take(store, good, done, language)
    except UnicodeDecodeError:
        raise WrongFile(f"{file} is not UTF-8 text: save it as CSV UTF-8.") from None
    finally:
        await store.close()
    done.rejected = [(line.number, why) for line, why in bad]
    _write_rejected(done.rejected_file, bad)
    return done


def _read(opened: TextIO) -> tuple[Iterator[_Line], int]:
    """The lines, one by one, and the number of the last."""
    last = _read_through(opened)
    reader = csv.DictReader(opened, restkey="")
    header = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if missing := [name for name in _REQUIRED if name not in header]:
        raise WrongFile(f"The first line must name the columns; missing: {', '.join(missing)}.")
    if unknown := [name for name in header if name not in (*COLUMNS, "why")]:
        raise WrongFile(f"Unknown columns: {', '.join(unknown)}. Known: {', '.join(COLUMNS)}.")
    reader.fieldnames = header
    return _lines(reader), last


def _lines(reader: csv.DictReader[str]) -> Iterator[_Line]:
    for row in reader:
        extra = row.pop("", None)
        values = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if extra is not None:
            values["address"] = ""
        yield _Line(reader.line_num, values)


def _read_through(opened: TextIO) -> int:
    """What breaks the whole file is found before the first person is taken in. How many lines."""
    reader = csv.reader(opened)
    try:
        for _ in reader:
            pass
    except csv.Error as wrong:
        raise WrongFile(f"line {reader.line_num} is not CSV: {wrong}") from None
    opened.seek(0)
    return reader.line_num


def _check(values: dict[str, str]) -> None:
    if values["channel"] not in channels.available():
        raise _BadLine(
            f"no channel {values['channel']!r}; there are: {', '.join(channels.available())}"
        )
    if not values["address"]:
        raise _BadLine("no address, or more values than columns")
    try:
        values["address"] = _spec(values["channel"]).address(values["address"])
    except ValueError as wrong:
        raise _BadLine(str(wrong)) from None
    if values["language"] and values["language"] not in languages():
        raise _BadLine(f"no language {values['language']!r}; there are: {', '.join(languages())}")
    if values["timezone"] and not zones.known(values["timezone"]):
        raise _BadLine(f"{values['timezone']!r} is not a time zone such as Europe/Istanbul")
    if values["consent"] not in {"", *ConsentStatus}:
        raise _BadLine(f"consent must be opted_in, opted_out or none, not {values['consent']!r}")
    if values["consent"] == ConsentStatus.OPTED_IN and not values["source"]:
        raise _BadLine("opted_in needs a source: where and when this person agreed")


_spec = functools.cache(channels.load)  # asked for every line


async def _take(store: Store, lines: list[_Line], done: Imported, language: str) -> None:
    """One transaction for one chunk of good lines, a handful of statements for all of them."""
    async with store.write() as session:
        people = await _known(session, lines)
        await _meet(session, lines, people, language)
        for line in lines:
            subscriber, address = people[_key(line)]
            for name in ("name", "language", "timezone"):
                if line.values[name]:
                    setattr(subscriber, name, line.values[name])
            if _agree(session, address, line.values, subscriber.language):
                done.taken += 1
            else:
                done.kept_out += 1


_People = dict[tuple[str, str], tuple[Subscriber, Address]]


def _key(line: _Line) -> tuple[str, str]:
    return line.values["channel"], line.values["address"]


async def _known(session: AsyncSession, lines: list[_Line]) -> _People:
    rows = await session.execute(
        select(Subscriber, Address).where(
            Address.subscriber_id == Subscriber.subscriber_id,
            Address.account == "default",
            col(Address.channel).in_({line.values["channel"] for line in lines}),
            col(Address.value).in_({line.values["address"] for line in lines}),
        )
    )
    return {(address.channel, address.value): (person, address) for person, address in rows}


async def _meet(session: AsyncSession, lines: list[_Line], people: _People, language: str) -> None:
    """Rows, without consent, for those not known yet."""
    now = utc_now()
    new = {
        _key(line): Subscriber(language=language, created_at=now)
        for line in lines
        if _key(line) not in people
    }
    session.add_all(new.values())
    await session.flush()
    for (channel, value), subscriber in new.items():
        address = Address(subscriber_id=subscriber.subscriber_id or 0, channel=channel, value=value)
        people[channel, value] = subscriber, address
        session.add(address)
    await session.flush()


def _agree(session: AsyncSession, address: Address, values: dict[str, str], language: str) -> bool:
    """Whether the line's consent stands; False if this person had left before."""
    wanted = values["consent"] or ConsentStatus.NONE.value
    left = address.consent == ConsentStatus.OPTED_OUT or address.suppressed
    if left and wanted == ConsentStatus.OPTED_IN:
        return False
    if wanted in {ConsentStatus.NONE, address.consent}:
        return True
    address.consent = wanted
    session.add(
        ConsentEvent(
            address_id=address.address_id or 0,
            channel=values["channel"],
            kind="opt_in" if wanted == ConsentStatus.OPTED_IN else "opt_out",
            at=utc_now(),
            language=language,
            how="import",
            source=f"import: {values['source']}" if values["source"] else "import",
        )
    )
    return True


def _write_rejected(file: Path, bad: list[tuple[_Line, str]]) -> None:
    if not bad:
        return
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow((*COLUMNS, "why"))
        writer.writerows((*line.values.values(), why) for line, why in bad)


async def export(
    database_url: str, what: str, out: TextIO, broadcast_id: int = 0, step: Step = silent
) -> None:
    """Stream rows to `out`; memory does not grow with their number."""
    columns, query = EXPORTS[what]
    await upgrade(database_url)
    store = Store(database_url)
    writer = csv.writer(out)
    writer.writerow(columns)
    try:
        async with store.engine.connect() as connection:
            values = {"broadcast": broadcast_id} if ":broadcast" in query else {}
            total = (
                await connection.execute(text(f"SELECT count(*) FROM ({query})"), values)
            ).scalar()
            done = 0
            async for row in await connection.stream(text(query), values):
                writer.writerow(_readable(dict(zip(columns, row, strict=True))))
                done += 1
                if done % _CHUNK == 0:
                    step(what, done, total or 0)
    finally:
        await store.close()
    out.flush()


def _readable(row: dict[str, object]) -> list[object]:
    from datetime import UTC, datetime

    if isinstance(status := row.get("status"), int):
        row["status"] = DeliveryStatus(status).name.lower()
    if isinstance(sent_at := row.get("sent_at"), float):
        row["sent_at"] = datetime.fromtimestamp(sent_at, UTC).isoformat(timespec="milliseconds")
    return [_harmless(value) for value in row.values()]


# Phone numbers and chat ids keep their sign: no formula is made of digits alone.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d+\Z)")


def _harmless(value: object) -> object:
    """A name that starts like a formula must not run in somebody's spreadsheet."""
    if isinstance(value, str) and _FORMULA.match(value):
        return "'" + value
    return value
