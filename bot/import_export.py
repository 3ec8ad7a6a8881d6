"""People in from a list, people and deliveries out to CSV, line by line."""

from __future__ import annotations

import contextlib
import csv
import functools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from sqlalchemy import text

import channels
from bot.import_line import NOWHERE, BadLine, House, Values, channel_names, values_of
from bot.import_line import check as _check
from bot.progress import Step, silent
from bot.spreadsheet import WrongFile
from bot.spreadsheet.encoding import encoding_of, opened
from bot.spreadsheet.formula import harmless
from bot.spreadsheet.header import COLUMNS, EXPORTED
from bot.spreadsheet.lines import Line, Sheet
from bot.spreadsheet.rejected import Rejected
from broadcast.clock import utc_now
from broadcast.language import terminal
from broadcast.services import import_people
from broadcast.services.person import one_line
from broadcast.states import DeliveryStatus
from broadcast.store.migrate import upgrade
from broadcast.store.session import Store

__all__ = ["COLUMNS", "EXPORTS", "Imported", "WrongFile", "export", "import_file"]
_CHUNK = 500
_LISTED = 100  # rejected lines that are told one by one; all are in the rejected file
EXPORTS = {
    "subscribers": (
        EXPORTED,
        """SELECT a.channel, a.value, s.name, s.language, s.timezone, a.consent,
        coalesce(nullif(e.source, ''), nullif(e.how, ''),
            CASE a.consent WHEN 'opted_in' THEN 'not recorded' ELSE '' END) AS source,
        coalesce(e.at, '') AS consent_at, a.suppressed,
        CASE a.account WHEN 'default' THEN '' ELSE a.account END AS account
        FROM address a JOIN subscriber s ON s.subscriber_id = a.subscriber_id
        LEFT JOIN consent_event e ON e.consent_event_id = (
            SELECT max(c.consent_event_id) FROM consent_event c WHERE c.address_id = a.address_id
            AND c.kind = CASE a.consent WHEN 'opted_in' THEN 'opt_in'
                WHEN 'opted_out' THEN 'opt_out' END)
        ORDER BY a.address_id""",
    ),
    "deliveries": (
        ("broadcast", "delivery", "channel", "address", "name", "status", "attempts", "sent_at",
         "reason", "detail", "receipt", "content_version"),
        """SELECT d.broadcast_id, d.delivery_id, a.channel, a.value, s.name, d.status, d.attempt,
        d.sent_at, d.reason, d.detail, d.receipt, d.content_version
        FROM delivery d JOIN address a ON a.address_id = d.address_id
        JOIN subscriber s ON s.subscriber_id = a.subscriber_id
        WHERE :broadcast = 0 OR d.broadcast_id = :broadcast ORDER BY d.delivery_id""",
    ),
    "set-aside": (
        ("source", "event", "at", "error", "update"),
        "SELECT source, event_id, at, error, payload FROM set_aside ORDER BY set_aside_id",
    ),
}  # fmt: skip


@dataclass
class Imported:
    """What became of a file: lines, and the people behind them.

    `taken` + `kept_out` + `rejected_count` = `lines`. `kept_out`: lines of people who had left; they
    stay out. `people`: ids of all whom the lines speak of; `new`: of those nobody knew before. `unspoken`: lines by the language they
    ask for and that we have no words in. `rejected`: the first of them, with why.
    """

    rejected_file: Path
    encoding: str
    delimiter: str
    lines: int = 0
    taken: int = 0
    kept_out: int = 0
    rejected_count: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    people: set[int] = field(default_factory=set)
    new: set[int] = field(default_factory=set)
    unspoken: dict[str, int] = field(default_factory=dict)


class Taken(NamedTuple):
    """A line that can be taken in."""

    number: int
    values: Values


async def import_file(
    database_url: str, file: Path, language: str = "en", step: Step = silent, *,
    house: House = NOWHERE, encoding: str = "",
) -> Imported:  # fmt: skip
    """Take in the good lines; keep the bad ones, with why, in a new FILE.rejected.csv.

    `house`: what numbers and accounts are read by; `encoding`: where it cannot be known.
    Raises WrongFile, before anybody is taken in where the whole file is wrong.
    """
    encoding = encoding_of(file, encoding)
    last = _read_through(file, encoding)
    await upgrade(database_url)
    store = Store(database_url)
    try:
        with opened(file, encoding) as text_file:
            sheet = Sheet(text_file, channel_names())
            with Rejected(file, sheet, encoding) as rejected:
                done = Imported(rejected.path, encoding, sheet.header.seen)
                good: list[Taken] = []
                for line in sheet:
                    done.lines += 1
                    if (taken := _one(line, house, done, rejected)) is None:
                        continue
                    good.append(taken)
                    if len(good) == _CHUNK:
                        await _take(store, good, done, language)
                        good = []
                        step("people", line.number, last)
                await _take(store, good, done, language)
                done.rejected_file = rejected.path
    finally:
        await store.close()
    return done


def _one(line: Line, house: House, done: Imported, rejected: Rejected) -> Taken | None:
    try:
        values = values_of(line)
        unspoken = _check(values, house)
    except BadLine as why:
        rejected.put(line, str(why))
        done.rejected_count += 1
        if len(done.rejected) < _LISTED:
            done.rejected.append((line.number, str(why)))
        return None
    if unspoken:
        done.unspoken[unspoken] = done.unspoken.get(unspoken, 0) + 1
    return Taken(line.number, values)


def _read_through(file: Path, encoding: str) -> int:
    """What breaks the whole file is found before the first person is taken in. How many lines."""
    try:
        with opened(file, encoding) as text_file:
            return Sheet(text_file, channel_names()).read_through()
    except UnicodeError:
        words = terminal().plain(
            "{file} is not written in {encoding}; try another --encoding.",
            file=file,
            encoding=encoding,
        )
        raise WrongFile(words) from None


async def _take(store: Store, lines: list[Taken], done: Imported, language: str) -> None:
    """One transaction for one chunk of good lines, a handful of statements for all of them."""
    told = [_told(line.values) for line in lines]
    async with store.write() as session:
        for one in await import_people.take(session, told, language):
            done.people.add(one.subscriber_id)
            done.taken += one.stands
            done.kept_out += not one.stands
            if one.new:
                done.new.add(one.subscriber_id)


def _told(values: Values) -> import_people.Line:
    spec, address = _spec(values["channel"]), values["address"]
    return import_people.Line(
        values["channel"], spec.spellings(address), spec.phone(address), values["name"],
        values["language"], values["timezone"], values["consent"], values["source"],
        values["suppressed"], _moment(values), values["account"], spec.everywhere,
    )  # fmt: skip


_spec = functools.cache(channels.load)  # asked for every line


def _moment(values: Values) -> datetime:
    """When the line says that they agreed or left, else now."""
    written = values["consent_at"]
    return datetime.fromisoformat(written) if written else utc_now()


async def export(
    database_url: str, what: str, out: TextIO, broadcast_id: int = 0, step: Step = silent, *,
    country: str = "",
) -> None:  # fmt: skip
    """Stream rows to `out`; memory does not grow with their number. `country` as for the import
    that is to read it."""
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
                writer.writerow(_readable(dict(zip(columns, row, strict=True)), country))
                done += 1
                if done % _CHUNK == 0:
                    step(what, done, total or 0)
    finally:
        await store.close()
    out.flush()


def _readable(row: dict[str, object], country: str) -> list[object]:
    if isinstance(status := row.get("status"), int):
        row["status"] = DeliveryStatus(status).name.lower()
    if isinstance(sent_at := row.get("sent_at"), float):
        row["sent_at"] = datetime.fromtimestamp(sent_at, UTC).isoformat(timespec="milliseconds")
    if isinstance(at := row.get("consent_at"), str) and at:
        row["consent_at"] = datetime.fromisoformat(at).replace(tzinfo=UTC).isoformat()
    if "consent" in row:
        row["address"] = _address(str(row["channel"]), str(row["address"]), country)
        # a line in a name would be one of the list's own
        row |= {name: one_line(str(row[name] or "")) for name in ("name", "source")}
    return [harmless(value) if isinstance(value, str) else value for value in row.values()]


def _address(channel: str, value: str, country: str) -> str:
    """As `import` reads it back: a number that could be another country's gets its sign."""
    if channel not in channel_names():
        return value
    read = channels.load(channel).address
    for written in (value, f"+{value}"):
        with contextlib.suppress(ValueError):
            if read(written) == value and (not country or read(written, country) == value):
                return written
    return value
