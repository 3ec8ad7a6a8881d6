"""The list of who missed it, as a file: what stands in it, who gets it, and that nothing stays behind."""

from __future__ import annotations

import csv
import errno
import os
import tracemalloc
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from sqlalchemy import text

from bot import missed_file
from bot.chat import File
from broadcast.errors import Invalid, NotAllowed
from broadcast.outcome import Reason, Refused, Uncertain
from tests.scenario.house import House
from tests.unit.desk import Desk
from tests.unit.missing import GONE, calm, change, ended, offered

PLENTY = 10**9


@pytest.fixture
async def desk(house: House) -> Desk:
    return await calm(house)


async def taken(desk: Desk, who: str, line: str, limit: int = PLENTY) -> bytes:
    """What this person's console would get."""
    await desk.says(who, line)
    file = desk.last[0].file
    assert file is not None, [reply.text.text for reply in desk.last]
    async with file.made(limit) as opened:
        return opened.read()


def rows_of(data: bytes, delimiter: str = ",") -> list[list[str]]:
    words = data.decode("utf-8")
    assert words.startswith("\ufeff"), "else Excel does not read Turkish"
    return list(csv.reader(words[1:].splitlines(keepends=True), delimiter=delimiter, strict=True))


async def test_it_has_whole_names_and_numbers_and_the_reason_in_words(desk: Desk) -> None:
    await change(desk, "UPDATE subscriber SET name = 'Fatma Şığ', phone = '+905321234512' "
                       "WHERE name = 'Person 0'")  # fmt: skip
    number = await ended(desk, {"1001": GONE, "1002": Uncertain("timeout")})
    await change(desk, "UPDATE address SET value = '905321234512', channel = 'whatsapp' "
                       "WHERE value = '1000'")  # fmt: skip
    await change(desk, "UPDATE delivery SET status = 30, reason = 'rejected', detail = 'no', "
        "receipt = '5,!' WHERE address_id = 1")  # fmt: skip
    head, first, second, third = rows_of(await taken(desk, "author", f"/missed {number} file"))
    assert head == [
        "Name", "Channel", "Address", "Telephone", "Why", "In the platform's words",
        "May it have arrived?",
    ]  # fmt: skip
    assert first == [
        "Fatma Şığ", "WhatsApp", "90 532 123 45 12", "90 532 123 45 12", "refused by the platform",
        "no", "a part of it",
    ]  # fmt: skip
    assert second == ["Person 1", "Telegram", "1001", "", "blocked the bot", "", "no"]
    assert third[4] == "no answer came, it may have arrived" and third[6] == "perhaps"
    file = desk.last[0].file
    assert file is not None and file.name == f"missed-{number}.csv"
    assert len(rows_of(await taken(desk, "author", f"/missed {number} blocked file"))) == 2
    assert desk.last[0].file and desk.last[0].file.name == f"missed-{number}-blocked.csv"
    assert len(rows_of(await taken(desk, "author", f"/missed file {number}"))) == 4


async def test_in_turkish_the_heads_are_turkish_and_excel_parts_them(desk: Desk) -> None:
    number = await ended(desk, {"1000": GONE})
    await change(desk, "UPDATE admin SET language = 'tr'")
    data = await taken(desk, "author", f"/missed {number} dosya")
    head, row = rows_of(data, ";")
    assert head[0] == "Ad" and row[0] == "Person 0"
    assert not data.startswith(b"\xef\xbb\xbfsep="), "Excel then forgets that it is UTF-8"


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1+1", "-2", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", " =1+1", "＝1+1", "x\r=1+1", "x\ty",
     "=HYPERLINK(\"http://x\";\"y\")", "a;=1+1", "+905", '",=1+1,"', "=cmd|'/C calc'!A0"],
)  # fmt: skip
async def test_no_cell_is_calculated_and_no_row_is_split(desk: Desk, name: str) -> None:
    async with desk.house.store.write() as session:
        values = {"name": name}
        await session.execute(text("UPDATE subscriber SET name = :name"), values)
    number = await ended(desk, {"1000": Refused(Reason.REJECTED, detail=name), "1001": GONE})
    for delimiter, language in ((",", "en"), (";", "tr")):
        await change(desk, f"UPDATE admin SET language = '{language}'")
        data = await taken(desk, "owner", f"/missed {number} file")
        head, *rows = rows_of(data, delimiter)
        assert len(rows) == 2 and all(len(row) == len(head) for row in rows)
        for cell in (cell for row in rows for cell in row):
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), cell
            assert not set(cell) & {"\t", "\r", "\n"}
            for part in cell.split(";" if delimiter == "," else ","):
                assert not part.strip(' "').startswith(("=", "@")), cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [("905321234512", "9053 2123 4512"), ("24083721938472135", "2408 3721 9384 7213 5"),
     ("7100123456", "7100123456"), ("+905321234512", "90 532 123 45 12"), ("TR.13ab", "TR.13ab")],
)  # fmt: skip
def test_no_spreadsheet_shortens_a_number(value: str, cell: str) -> None:
    assert missed_file._number(value) == cell


async def test_who_has_no_right_to_names_gets_none(desk: Desk) -> None:
    number = await ended(desk, {"1000": GONE})
    await change(desk, "INSERT INTO admin (name, role, language, timezone, active, created_at) SELECT "
                       "'Other', 'author', 'en', timezone, 1, created_at FROM admin LIMIT 1")  # fmt: skip
    await change(desk, "INSERT INTO admin_identity (frontend, user_id, admin_id, conversation, asking) "
                       "SELECT 'test', 'other', max(admin_id), 'other', '' FROM admin")  # fmt: skip
    said = await desk.says("other", f"/missed {number}")
    assert "Per…" in said and not [one for one in offered(desk) if one.endswith("file")]
    for act in (desk.says, desk.taps):
        said = await act("other", ("/" if act == desk.says else "") + f"missed {number} file")
        assert "only the author of #1, an approver or an owner gets it" in said
        assert desk.last[0].file is None
    async with desk.house.store.read() as session:
        count = "SELECT count(*) FROM audit WHERE action = 'missed_file'"
        assert await session.scalar(text(count)) == 0


async def test_who_lost_the_right_before_it_came_gets_none(desk: Desk) -> None:
    number = await ended(desk, {"1000": GONE})
    for change_of in ("role = 'author'", "active = 0, role = 'approver'"):
        await desk.says("approver", f"/missed {number} file")
        file = desk.last[0].file
        assert isinstance(file, File)
        await change(desk, f"UPDATE admin SET {change_of} WHERE name = 'Murat'")
        with pytest.raises(NotAllowed):
            async with file.made(PLENTY):
                raise AssertionError("it was made")
        await change(desk, "UPDATE admin SET active = 1, role = 'approver' WHERE name = 'Murat'")


async def test_each_time_it_is_taken_stands_in_the_history(desk: Desk) -> None:
    number = await ended(desk, {"1000": GONE})
    await taken(desk, "approver", f"/missed {number} file")
    await taken(desk, "owner", f"/missed {number} file")
    said = await desk.says("author", f"/history {number}")
    assert "Murat · took the list of who missed it as a file" in said
    assert "Zeynep · took the list of who missed it as a file" in said
    async with desk.house.store.read() as session:
        kept = await session.execute(text("SELECT detail FROM audit WHERE action = 'missed_file'"))
        assert [detail for (detail,) in kept] == ["1", "1"]


async def test_a_list_that_is_too_long_is_said_and_not_noted(desk: Desk) -> None:
    number = await ended(desk, {"1000": GONE})
    await desk.says("owner", f"/missed {number} file")
    file = desk.last[0].file
    assert file is not None
    with pytest.raises(Invalid, match="longer than a file may be"):
        async with file.made(50):
            raise AssertionError("it was made")
    assert "took the list" not in await desk.says("owner", f"/history {number}")


async def test_a_full_disk_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(SpooledTemporaryFile[bytes]):
        def write(self, s: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    number = await ended(desk, {"1000": GONE})
    monkeypatch.setattr(missed_file, "SpooledTemporaryFile", Full)
    with pytest.raises(Invalid, match="no room"):
        await taken(desk, "owner", f"/missed {number} file")


@asynccontextmanager
async def many(desk: Desk, people: int) -> Any:
    """A broadcast that so many missed."""
    number = await ended(desk, {})
    every = f"WITH RECURSIVE n(i) AS (SELECT 2000 UNION ALL SELECT i + 1 FROM n LIMIT {people})"
    await change(
        desk,
        f"""{every} INSERT INTO address (subscriber_id, channel, account, value,
        consent, suppressed) SELECT 1, 'telegram', 'default', i, 'opted_in', '' FROM n""",
    )
    await change(
        desk,
        f"""INSERT INTO delivery (broadcast_id, address_id, status, attempt, reason)
        SELECT {number}, address_id, 30, 1, 'blocked' FROM address WHERE
        CAST(value AS INTEGER) >= 2000""",
    )
    await change(desk, "UPDATE broadcast SET delivery_to = (SELECT max(delivery_id) FROM delivery)")
    yield number


@pytest.mark.parametrize("people", [3_000, 20_000])
async def test_memory_does_not_grow_with_their_number_and_no_file_has_a_name(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr(missed_file, "IN_MEMORY_BYTES", 2**15)
    async with many(desk, people) as number:
        await desk.says("owner", f"/missed {number} file")
        file = desk.last[0].file
        assert file is not None
        async with file.made(PLENTY):
            pass  # whatever is read once, such as the telephone numbers of the world
        tracemalloc.start()
        try:
            async with file.made(PLENTY) as opened:
                _, most = tracemalloc.get_traced_memory()
                size = opened.seek(0, os.SEEK_END)
                assert not list(folder.iterdir()), "a file with a name would outlive a crash"
        finally:
            tracemalloc.stop()
    assert size > 35 * people
    assert most < 1_500_000, most
    assert not list(folder.iterdir())
