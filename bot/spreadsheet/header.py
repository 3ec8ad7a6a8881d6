"""The first line of a list: which column is which, whatever it is called and separated by (pure)."""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from dataclasses import dataclass

from bot.spreadsheet import WrongFile
from broadcast.language import terminal

COLUMNS = ("channel", "address", "name", "language", "timezone", "consent", "source")
EXPORTED = (*COLUMNS, "consent_at", "suppressed", "account")
WHY = "why"  # of a rejected file; read over
REQUIRED = ("channel", "address")
_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
_SEP = re.compile(r'"?sep=(.)"?[,;\t|]*', re.I)
_SPELLINGS = {
    "channel": "channel channelname kanal kanaladi platform",
    "address": "address adres chatid userid telegramid whatsappid waid psid phone phonenumber "
               "telephone telephonenumber tel mobile mobilephone mobilenumber number telefon "
               "telefonno telefonnumarasi telno cep ceptel ceptelefonu cepno gsm gsmno numara "
               "kullaniciid sohbetid telegramno whatsappno whatsappnumber whatsappnumarasi telefonnumara "
               "chatno mobil mobilno phoneno",
    "name": "name names fullname firstname adi ismi ad isim adsoyad adisoyadi adisoyad isimsoyisim advesoyad",
    "language": "language lang languagecode locale dil dili dilkodu",
    "timezone": "timezone tz zone saatdilimi zamandilimi",
    "consent": "consent consentstatus status optin onay onaydurumu riza rizadurumu izin izindurumu "
               "kvkk kvkkonayi acikriza iletisimizni "
               "durum",
    "source": "source consentsource sourceofconsent kaynak onaykaynagi rizakaynagi izinkaynagi",
    "consent_at": "consentat consentdate dateofconsent onaytarihi rizatarihi izintarihi",
    "suppressed": "suppressed engel engelli",
    "account": "account hesap",
    WHY: "why reason neden sebep",
}  # fmt: skip
_MEANING = {word: column for column, words in _SPELLINGS.items() for word in words.split()}


@dataclass(frozen=True)
class Header:
    """How the lines below are read. `columns`: ours by place, empty where nothing is expected."""

    delimiter: str
    columns: tuple[str, ...]

    @property
    def seen(self) -> str:
        return _NAMES.get(self.delimiter, repr(self.delimiter))


def announced(line: str) -> str:
    """The delimiter of a line `sep=;`, as Excel understands it; else empty."""
    found = _SEP.fullmatch(line.strip("\r\n "))
    return found[1] if found else ""


def read(line: str, delimiter: str = "") -> Header:
    """Raises WrongFile in one sentence that says what was seen."""
    say = terminal().plain
    tries = {mark: _cells(line, mark) for mark in ([delimiter] if delimiter else _DELIMITERS)}
    mark = max(tries, key=lambda one: (sum(map(bool, map(_column, tries[one]))), len(tries[one])))
    written = [cell.strip() for cell in tries[mark]]
    columns = tuple(map(_column, written))
    header = Header(mark, columns)
    if missing := [name for name in REQUIRED if name not in columns]:
        seen = ", ".join(map(repr, filter(None, written))) or say("nothing")
        raise WrongFile(
            say(
                "The first line must name the columns; missing: {missing}. Seen, separated by {mark}: "
                "{seen}.", missing=", ".join(missing), mark=header.seen, seen=seen[:300],
            )
        )  # fmt: skip
    named = list(zip(written, columns, strict=True))
    if unknown := [cell for cell, column in named if cell and not column]:
        words = say(
            "Unknown columns: {unknown}. Known: {known}.", unknown=", ".join(unknown),
            known=", ".join(COLUMNS),
        )  # fmt: skip
        raise WrongFile(words)
    for name in EXPORTED:
        twice = [cell for cell, column in named if column == name]
        if len(twice) > 1:
            twice_ = ", ".join(twice)
            raise WrongFile(
                say(
                    "Several columns for {name}: {columns}. Keep one of them.",
                    name=name,
                    columns=twice_,
                )
            )
    return header


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _column(written: str) -> str:
    """Ours for `Saat Dilimi`, `time-zone` or `ADRES`; empty for none."""
    return _MEANING.get(fold(written), "")


@functools.lru_cache(4096)
def fold(written: str) -> str:
    """Letters and digits alone: without case, accents, spaces and signs."""
    plain = unicodedata.normalize("NFKD", written.casefold().replace("ı", "i"))
    return "".join(c for c in plain if c.isalnum())
