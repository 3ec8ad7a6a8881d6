"""One line of a list of people: what it says in our words, or why it cannot be taken.

An opt-out waits for nothing but its channel and address: a language or a zone nobody knows is left
out of it. Other lines are rejected for what can be mended there. A language that exists, and that
we have no words in, rejects nobody: those people get the house's.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import channels
from bot.settings import DEFAULT
from bot.spreadsheet.encoding import broken
from bot.spreadsheet.formula import original
from bot.spreadsheet.header import EXPORTED, fold
from bot.spreadsheet.lines import Line
from broadcast import timezone
from broadcast.account_key import AccountKey
from broadcast.clock import utc_now
from broadcast.language import choose, languages, terminal
from broadcast.models import SOURCE_LONGEST, ConsentStatus
from broadcast.outcome import Reason

IMPORTED = "import: "  # before the source of what came by a list; taken off, for it is put again
_CONSENTS = {  # folded; whatever says no is heard as a refusal
    "none": "none",
    **dict.fromkeys(
        [
            "optedin",
            "optin",
            "subscribed",
            "yes",
            "true",
            "evet",
            "izinli",
            "onayli",
            "onayladi",
            "abone",
        ],
        "opted_in",
    ),
    **dict.fromkeys(
        [
            "optedout",
            "optout",
            "unsubscribed",
            "no",
            "false",
            "stop",
            "stopped",
            "unsubscribe",
            "hayir",
            "yok",
            "dur",
            "iptal",
            "ret",
            "red",
            "reddetti",
            "reddedildi",
            "izinsiz",
            "onaysiz",
            "onaylamadi",
            "izinyok",
            "onayyok",
            "cikti",
            "ayrildi",
        ],
        "opted_out",
    ),
}
_spec = functools.cache(channels.load)  # asked for every line
channel_names = functools.cache(lambda: frozenset(channels.available()))
Values = dict[str, str]
_REASONS = frozenset(map(str, Reason))


@dataclass(frozen=True)
class House:
    """What a list is read by: the country of numbers without one, and the accounts
    (`channel:name`) beside the default ones."""

    country: str = ""
    accounts: frozenset[AccountKey] = frozenset()


NOWHERE = House()


class BadLine(Exception):
    """Why one line cannot be taken."""


def values_of(line: Line) -> Values:
    """Every column's value as it was meant. Raises BadLine for a line that is no row of cells."""
    if line.why:
        raise BadLine(terminal().plain(line.why))
    if broken(line.raw):
        raise BadLine(terminal().plain("a part of this line is not written in UTF-8"))
    values = dict.fromkeys(EXPORTED, "")
    for name, written in line.values.items():
        if written:
            values[name] = original(written.replace("\x00", "").strip())
    return values


def check(values: Values, house: House = NOWHERE) -> str:
    """Bring what is understood into our spelling, in place. Returns the language that was asked for
    and is not spoken here, else empty. Raises BadLine."""
    say = terminal().plain
    _where(values, house)
    written = values["consent"]
    values["consent"] = _CONSENTS.get(fold(written), "-") if written else ""
    if values["consent"] == "-":
        raise BadLine(
            say("consent must be opted_in, opted_out or none, not {written}", written=repr(written))
        )
    leaves = values["consent"] == ConsentStatus.OPTED_OUT
    for name, understood in (("timezone", _zone), ("consent_at", _moment), ("suppressed", _reason)):
        try:
            values[name] = understood(values.get(name, ""))
        except BadLine:
            if not leaves:
                raise
            values[name] = ""
    _long(values, leaves=leaves)
    if values["consent"] == ConsentStatus.OPTED_IN and not values["source"]:
        raise BadLine(say("opted_in needs a source: where and when this person agreed"))
    values["language"], unspoken = _language(values)
    return unspoken


def _long(values: Values, *, leaves: bool) -> None:
    values["source"] = values["source"].removeprefix(IMPORTED)
    for name in ("name", "source"):
        if len(values[name]) > SOURCE_LONGEST:
            if not leaves:
                raise BadLine(
                    terminal().plain(
                        "{name} has more than {n} characters", name=name, n=SOURCE_LONGEST
                    )
                )
            values[name] = values[name][:SOURCE_LONGEST]


def _where(values: Values, house: House) -> None:
    say = terminal().plain
    channel = fold(values["channel"])
    if channel not in channel_names():
        known = ", ".join(sorted(channel_names()))
        raise BadLine(
            say(
                "no channel {written}; there are: {known}",
                written=repr(values["channel"]),
                known=known,
            )
        )
    values["channel"] = channel
    if not values["address"]:
        raise BadLine(say("no address"))
    account = values["account"] = values.get("account", "") or DEFAULT
    if account != DEFAULT and AccountKey(channel, account) not in house.accounts:
        raise BadLine(
            say("{channel} has no account {account} here: set it up first", channel=channel,
                account=repr(account))
        )  # fmt: skip
    try:
        values["address"] = _spec(channel).address(values["address"], house.country)
    except ValueError as wrong:
        raise BadLine(str(wrong)) from None


def _language(values: Values) -> tuple[str, str]:
    """(the language to write in, the one asked for where we have no words in it)."""
    written = values["language"]
    if not written or written in languages():
        return written, ""
    code = _tongue(re.sub(r"\s*\(.*\)\Z", "", written))
    if code in languages():
        return code, ""
    if not code and values["consent"] != ConsentStatus.OPTED_OUT:
        raise BadLine(
            terminal().plain(
                "no language {written}; there are: {known}", written=repr(written),
                known=", ".join(languages()),
            )
        )  # fmt: skip
    return "", code or written


@functools.cache
def _tongue(written: str) -> str:
    """`tr` for `TR`, `tr-TR`, `tur`, `Turkish` and `Türkçe`; a code of ISO 639 for others; empty:
    none."""
    from babel.core import get_global

    if code := choose(written.strip(), ""):
        return code
    first = re.split(r"[-_]", written.strip().lower())[0]
    first = get_global("language_aliases").get(first, first)  # of three letters, where two will do
    return first if first in _codes() else _names().get(fold(written), "")


@functools.cache
def _codes() -> frozenset[str]:
    from babel.localedata import locale_identifiers

    return frozenset(one for one in locale_identifiers() if one.isalpha())


@functools.cache
def _names() -> dict[str, str]:
    """Names of languages, in English, in the house's languages and in their own, folded."""
    from babel import Locale

    found: dict[str, str] = {}
    for code in sorted(_codes()):
        own = Locale.parse(code)
        for name in (own.language_name, *(own.get_language_name(place) for place in languages())):
            found.setdefault(fold(name or code), code)
    return found


def _zone(written: str) -> str:
    if not written:
        return ""
    if name := timezone.named(written.replace(" ", "_")):
        return name
    raise BadLine(
        terminal().plain(
            "{written} is not a time zone such as Europe/Istanbul", written=repr(written)
        )
    )


def _moment(written: str) -> str:
    """When somebody agreed or left: ISO 8601, without a zone in UTC."""
    if not written:
        return ""
    try:
        at = datetime.fromisoformat(written)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadLine(
            terminal().plain(
                "{written} is not a time such as 2026-11-30T09:30:00+00:00", written=repr(written)
            )
        ) from None
    if at > utc_now():
        raise BadLine(terminal().plain("{written} lies in the future", written=repr(written)))
    return at.isoformat()


def _reason(written: str) -> str:
    if not written or written in _REASONS:
        return written
    raise BadLine(
        terminal().plain("suppressed must be empty or one of: {known}", known=", ".join(Reason))
    )
