"""Lists that are nearly right: what can be understood is taken, and the rest is kept byte by byte."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from bot import import_export
from bot.spreadsheet import WrongFile
from bot.spreadsheet.lines import Sheet
from bot.spreadsheet.rejected import Rejected
from broadcast.models import Subscriber
from broadcast.services.person import name_of
from broadcast.store.session import Store
from tests.unit.test_lists_of_people import HEADER, people, read


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "opted_in"), ("Evet", "opted_in"), ("İZİNLİ", "opted_in"), ("Onaylı", "opted_in"),
        ("TRUE", "opted_in"), ("no", "opted_out"), ("Hayır", "opted_out"), ("RED", "opted_out"),
        ("İptal", "opted_out"), ("izin yok", "opted_out"), ("false", "opted_out"),
        ("STOP", "opted_out"), ("Çıktı", "opted_out"), ("Opted-Out", "opted_out"),
    ],
)  # fmt: skip
def test_consent_is_read_as_people_write_it(written: str, meant: str) -> None:
    (values,), none = read(f"{HEADER}\ntelegram,1,Ali,,,{written},fair\n")
    assert not none and values["consent"] == meant


@pytest.mark.parametrize("written", ["maybe", "pending", "5", "evet hayır", "beklemede", "?"])
def test_consent_that_is_neither_is_never_guessed(written: str) -> None:
    none, (why,) = read(f"{HEADER}\ntelegram,1,Ali,,,{written},fair\n")
    assert not none and "consent must be" in why


@pytest.mark.parametrize(
    ("written", "kept"),
    [("tur", "tr"), ("ENG", "en"), ("English (US)", "en"), ("Türkçe (Türkiye)", "tr"), ("ger", "")],
)
def test_a_language_is_known_by_any_code_it_has(written: str, kept: str) -> None:
    (values,), none = read(f"{HEADER}\ntelegram,1,Ali,{written},,opted_in,fair\n")
    assert not none and values["language"] == kept


BROKEN = b"telegram,2,Veli" + b" \xdeahin,tr,,opted_in,fair"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "mark"])
@pytest.mark.parametrize("given", ["", "utf-8"])
async def test_a_broken_line_of_unicode_is_kept_byte_by_byte_and_stops_no_other(
    tmp_path: Path, mark: bytes, given: str
) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/t.db", tmp_path / "p.csv"
    good = ["telegram,1,Ayşe,tr,,opted_in,fair", "telegram,3,Gül,tr,,opted_in,fair"]
    lines = [HEADER.encode(), good[0].encode(), BROKEN, good[1].encode()]
    file.write_bytes(mark * (not given) + b"\n".join(lines) + b"\n")
    done = await import_export.import_file(url, file, encoding=given)
    assert (done.taken, done.rejected_count) == (2, 1)
    assert done.rejected == [(3, "a part of this line is not written in UTF-8")]
    assert done.rejected_file.read_bytes().rstrip().endswith(b"," + BROKEN)
    assert [one["name"] for one in await people(url)] == ["Ayşe", "Gül"]


async def test_another_encoding_that_was_called_utf8_is_refused_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_bytes(f"{HEADER}\ntelegram,1,Ayşe,,,,\ntelegram,2,Gül,,,,\n".encode("cp1254"))
    with pytest.raises(WrongFile, match="not written in utf8"):
        await import_export.import_file(
            f"sqlite+aiosqlite:///{tmp_path}/t.db", file, encoding="utf8"
        )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ali\nVeli", "Ali Veli"), ("A\x00li", "A li"), ("Ali\u2028telegram,9,x", "Ali telegram,9,x"),
        ("  Ayşe   Gül ", "Ayşe Gül"), (".", ""), ("\u3164", ""), ("\u200b", ""), ("🙂", ""),
        ("محمد", "محمد"), ("李", "李"), ("👩\u200d🔧 Ece", "👩\u200d🔧 Ece"), ("x" * 400, "x" * 256),
    ],
)  # fmt: skip
def test_a_name_is_one_line_that_shows(written: str, name: str) -> None:
    assert name_of(written) == name


async def test_names_that_are_lines_of_a_list_are_exported_as_names(tmp_path: Path) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/t.db", tmp_path / "p.csv"
    file.write_text(f"{HEADER}\ntelegram,1,Ali,tr,,opted_in,fair\n", encoding="utf-8")
    await import_export.import_file(url, file)
    store = Store(url)
    try:
        async with store.write() as session:  # as kept before names were one line
            person = await session.get(Subscriber, 1)
            assert person is not None
            person.name = 'Ali\ntelegram,666,"x'
    finally:
        await store.close()
    out = io.StringIO()
    await import_export.export(url, "subscribers", out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert row["name"] == 'Ali telegram,666,"x'
    again = tmp_path / "again.csv"
    again.write_text(out.getvalue(), encoding="utf-8", newline="")
    done = await import_export.import_file(f"sqlite+aiosqlite:///{tmp_path}/o.db", again)
    assert (done.taken, done.rejected_count) == (1, 0)


def test_a_file_that_came_in_between_is_never_written_over(tmp_path: Path) -> None:
    sheet = Sheet(io.StringIO(f"{HEADER}\nbad\n", newline=""), {"telegram"})
    (line,) = sheet
    with Rejected(tmp_path / "p.csv", sheet, "utf-8") as rejected:
        (tmp_path / "p.rejected.csv").write_text("another import's")
        rejected.put(line, "why not")
    assert (tmp_path / "p.rejected.csv").read_text() == "another import's"
    assert rejected.path == tmp_path / "p.rejected-2.csv" and "bad" in rejected.path.read_text()
