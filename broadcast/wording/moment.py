"""When somebody means by `02.12.2026 09:00`, `2/12 9:00`, `tomorrow 9`, `yarın 9` or `Cuma 18.30` (pure).

The words are data: `moments/<language>.toml`, names of days and months from the CLDR. A text that
can mean two things has two readings; one that means nothing to us has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from broadcast.wording.folding import fold

FOLDER = Path(__file__).with_name("moments")
_LONGEST, _MOST_WORDS = 100, 4
_HALF = r"(?:\s*(?P<half>[ap])\.?m\.?(?![a-z]))"
_TOKENS = (
    ("date", re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)t?")),
    ("date", re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2}(?![\d:.]))(?!\d)")),
    ("date", re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?!\d)")),
    ("slashed", re.compile(r"(?P<d>\d{1,2})(?P<sep>[/-])(?P<m>\d{1,2})(?:(?P=sep)(?P<y>\d{4}|\d{2}))?(?!\d)")),
    ("time", re.compile(rf"(?P<h>\d{{1,2}})[:h](?P<min>\d{{2}})(?::00)?(?!\d){_HALF}?")),
    ("time", re.compile(rf"(?P<h>\d{{1,2}})\.(?P<min>\d{{2}}){_HALF}")),
    ("pair", re.compile(r"(?P<h>\d{1,2})\.(?P<min>\d{1,2})(?!\d)")),
    ("time", re.compile(rf"(?P<h>\d{{1,2}}){_HALF}")),
    ("number", re.compile(r"(?P<n>\d{1,4})(?:st|nd|rd|th)?\.?(?![\w:])")),
    ("word", re.compile(r"[^\W\d_]+")),
    ("", re.compile(r"[\s,;.()@]+")),
)  # fmt: skip
_ENDING = re.compile(r"['’ʼ](?!clock)[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """`day` and `hour` as far as they were said, in the writer's zone; `after`: so long from now;
    `now`: at once. `guessed`: the year, or the week, was not said and is the next there is."""

    day: date | None = None
    hour: time | None = None
    after: timedelta | None = None
    now: bool = False
    guessed: bool = False


Token = tuple[str, Any]


def read(text: str, now: datetime) -> tuple[Reading, ...]:
    """What a text can mean to somebody whose clock shows `now`; the day comes first in a date."""
    try:
        tokens = list(_classified(_scanned(fold(text.strip()[:_LONGEST]))))
        return tuple(dict.fromkeys(_readings(tokens, now)))
    except (ValueError, OverflowError):
        return ()


def _scanned(text: str) -> Iterator[Token]:
    """Raises ValueError for a sign that belongs to nothing."""
    text, at = _ENDING.sub(" ", text).replace("'", "").replace("’", ""), 0
    while at < len(text):
        kind, found = next(((k, m) for k, p in _TOKENS if (m := p.match(text, at))), ("", None))
        if found is None:
            raise ValueError(text[at])
        at = found.end()
        if kind:
            yield kind, found[0] if kind == "word" else found.groupdict()


def _classified(tokens: Iterable[Token]) -> Iterator[Token]:
    """Words by what they mean, the longest phrase first. Raises ValueError for an unknown word."""
    run: list[str] = []
    for kind, value in (*tokens, ("", None)):
        if kind == "word":
            run.append(value)
            continue
        yield from _meant(run)
        run = []
        if kind:
            yield kind, value


def _meant(words: list[str]) -> Iterator[Token]:
    known, at = _words(), 0
    while at < len(words):
        for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            if meaning := known.get(" ".join(words[at : at + size])):
                yield from meaning
                at += size
                break
        else:
            yield from _without_ending(words[at])
            at += 1


def _without_ending(word: str) -> tuple[Token, ...]:
    for ending in _endings():
        if word.endswith(ending) and (meaning := _words().get(word.removesuffix(ending))):
            return meaning
    raise ValueError(word)


def _readings(tokens: list[Token], now: datetime) -> Iterator[Reading]:
    kinds = [kind for kind, _ in tokens]
    if kinds == ["now"]:
        yield Reading(now=True)
    elif "ahead" in kinds:
        yield _ahead(tokens)
    elif "pair" in kinds:
        yield from _paired(tokens, now)
    else:
        yield from _dated(tokens, now)


def _ahead(tokens: list[Token]) -> Reading:
    """`in 2 hours`, `2 saat sonra`."""
    numbers = [int(value["n"]) for kind, value in tokens if kind == "number"]
    units = [value for kind, value in tokens if kind == "minutes"]
    others = {kind for kind, _ in tokens} - {"number", "minutes", "ahead", "filler", "clock"}
    if len(numbers) != 1 or len(units) != 1 or others:
        raise ValueError("no stretch of time")
    return Reading(after=timedelta(minutes=numbers[0] * units[0]))


def _paired(tokens: list[Token], now: datetime) -> Iterator[Reading]:
    """`09.30` is an hour and `2.12` a day, or an hour: what is said beside it decides."""
    at = next(place for place, (kind, _) in enumerate(tokens) if kind == "pair")
    pair = tokens[at][1]
    rest = {kind for place, (kind, _) in enumerate(tokens) if place != at}
    timed = bool(rest & {"time", "hour"} or ("number" in rest and "month" not in rest))
    dated = bool(rest & {"date", "slashed", "day", "weekday", "month", "clock", "part"})
    as_time: Token = ("time", {**pair, "half": None})
    as_date: Token = ("date", {"d": pair["h"], "m": pair["min"], "y": None})
    chosen = [as_date] if timed else [as_time] if dated else [as_date, as_time]
    found = 0
    for one in chosen:
        try:
            made = list(_dated([*tokens[:at], one, *tokens[at + 1 :]], now))
        except ValueError:
            continue
        found += len(made)
        yield from made
    if not found:
        raise ValueError("neither a day nor an hour")


def _dated(tokens: list[Token], now: datetime) -> Iterator[Reading]:
    days: list[tuple[date | None, bool]] = list(_days(tokens, now))
    hour = _hour(tokens, bool(days))
    for day, guessed in days or [(None, False)]:
        reading = Reading(day=day, hour=hour, guessed=guessed)
        if day == now.date() and guessed and hour is not None and hour <= now.time():
            reading = replace(
                reading, day=now.date() + timedelta(days=7)
            )  # the same day of the week
        if reading == Reading():
            raise ValueError("nothing said")
        yield reading


def _days(tokens: list[Token], now: datetime) -> Iterator[tuple[date, bool]]:
    """Each day that can be meant, and whether a part of it was not said. Raises ValueError for two
    that are not the same."""
    found: list[list[tuple[date, bool]]] = []
    today = now.date()
    for place, (kind, value) in enumerate(tokens):
        if kind == "date":
            found.append([_day(value.get("y"), int(value["m"]), int(value["d"]), today)])
        elif kind == "slashed":
            found.append(_either(value, today))
        elif kind == "day":
            found.append([(today + timedelta(days=value), False)])
        elif kind == "month":
            found.append([_named(tokens, place, today)])
    weekdays = [value for kind, value in tokens if kind == "weekday"]
    if len(found) > 1 or len(weekdays) > 1:
        raise ValueError("two days")
    if found:  # a day of the week beside a date has to be that date's
        fits = [one for one in found[0] if not weekdays or one[0].weekday() == weekdays[0]]
        if not fits:
            raise ValueError("not that day of the week")
        yield from fits
    elif weekdays:
        first = today + timedelta(days=(weekdays[0] - today.weekday()) % 7)
        later = any(kind == "next" for kind, _ in tokens)
        yield from [(first, not later), *([(first + timedelta(days=7), False)] if later else [])]


def _either(value: dict[str, str], today: date) -> list[tuple[date, bool]]:
    """`12/2` is the twelfth of February here and the second of December there."""
    one, other = int(value["d"]), int(value["m"])
    found = []
    for day, month in ((one, other), (other, one)):
        try:
            found.append(_day(value.get("y"), month, day, today))
        except ValueError:
            continue
    if not found:
        raise ValueError("no such day")
    return list(dict.fromkeys(found))


def _day(year: str | None, month: int, day: int, today: date) -> tuple[date, bool]:
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day), False
    for ahead in range(9):  # until the next 29 February
        try:
            found = date(today.year + ahead, month, day)
        except ValueError:
            if ahead == 8 or not (month == 2 and day == 29):
                raise
            continue
        if found >= today:
            return found, found.year != today.year
    raise ValueError("no such day")


def _named(tokens: list[Token], place: int, today: date) -> tuple[date, bool]:
    """`2 December 2026`, `December 2`: the number beside the name is the day."""
    numbers = {at: value["n"] for at, (kind, value) in enumerate(tokens) if kind == "number"}
    day = next((at for at in (place - 1, place + 1) if len(numbers.get(at, "")) in {1, 2}), None)
    if day is None:
        raise ValueError("no day")
    year = next((at for at in (place + 1, place + 2) if len(numbers.get(at, "")) == 4), None)
    said = numbers[year] if year is not None else None
    found = _day(said, int(tokens[place][1]), int(numbers[day]), today)
    for at in filter(lambda at: at is not None, (day, year)):
        tokens[at or 0] = ("filler", None)
    return found


def _hour(tokens: list[Token], dated: bool) -> time | None:
    """Raises ValueError for two hours, and for a bare number that may be anything."""
    kinds = [kind for kind, _ in tokens]
    said = [_clock(value) for kind, value in tokens if kind == "time"]
    said += [time(value) for kind, value in tokens if kind == "hour"]
    numbers = [int(value["n"]) for kind, value in tokens if kind == "number"]
    told = dated or "clock" in kinds or "part" in kinds
    if numbers and not told:
        raise ValueError("a bare number")
    said += [time(number) for number in numbers]
    if len(said) > 1:
        raise ValueError("two hours")
    if not said:
        return None
    parts = {value for kind, value in tokens if kind == "part"}
    if "evening" in parts and 1 <= said[0].hour < 12:
        return said[0].replace(hour=said[0].hour + 12)
    return said[0]


def _clock(value: dict[str, str | None]) -> time:
    hour, minute, half = int(value["h"] or 0), int(value.get("min") or 0), value.get("half")
    if half is not None:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute)


@cache
def _words() -> dict[str, tuple[Token, ...]]:
    """Folded phrase to what it means, in all languages we have; some mean two things at once."""
    found: dict[str, tuple[Token, ...]] = {}

    def learn(phrase: str, kind: str, value: Any = None) -> None:
        key = fold(phrase)
        found[key] = (
            *(t for t in found.get(key, ()) if t[0] not in {kind, "filler"}),
            (kind, value),
        )

    for code, data in _data().items():
        for kind in ("filler", "now", "clock", "next", "ahead"):
            for phrase in data.get(kind, ()):
                learn(phrase, kind)
        for kind in ("day", "hour", "minutes", "part"):
            for value, phrases in data.get(kind, {}).items():
                for phrase in phrases:
                    learn(phrase, kind, value if kind == "part" else int(value))
        for kind, value, name in _names(code):
            learn(name, kind, value)
    return found


def _names(code: str) -> Iterator[tuple[str, int, str]]:
    from babel.dates import get_day_names, get_month_names

    for width in ("abbreviated", "wide"):
        for context in ("format", "stand-alone"):
            for day, name in get_day_names(width, context, code).items():
                yield "weekday", day, name.rstrip(".")
            for month, name in get_month_names(width, context, code).items():
                yield "month", month, name.rstrip(".")


@cache
def _endings() -> tuple[str, ...]:
    found = {fold(ending) for data in _data().values() for ending in data.get("endings", ())}
    return tuple(sorted(found, key=len, reverse=True))


@cache
def _data() -> dict[str, dict[str, Any]]:
    return {
        file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(FOLDER.glob("*.toml"))
    }
